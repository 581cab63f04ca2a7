"""The two databases and the clients' log, arranged so that they can be compared."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

from proof.history import Call
from proof.snapshot import (
    LineRow,
    MovementRow,
    OrderRow,
    Snapshot,
    TimelineRow,
)

Row = TypeVar("Row", LineRow, TimelineRow)


class Evidence:
    """What a checker looks at."""

    def __init__(self, snapshot: Snapshot, calls: Iterable[Call]) -> None:
        """Take both databases and the log."""
        self.snapshot = snapshot
        self.calls = list(calls)

    @cached_property
    def orders(self) -> dict[str, OrderRow]:
        """The orders by id."""
        return {order.id: order for order in self.snapshot.orders}

    @cached_property
    def order_lines(self) -> dict[str, list[LineRow]]:
        """The lines of each order."""
        return _by_order(self.snapshot.order_lines)

    @cached_property
    def timelines(self) -> dict[str, list[TimelineRow]]:
        """The timeline of each order, oldest first."""
        return _by_order(self.snapshot.timeline)

    @cached_property
    def states(self) -> dict[str, str]:
        """The state of each reservation, by its order's id."""
        return {reservation.order_id: reservation.state for reservation in self.snapshot.reservations}

    @cached_property
    def held_lines(self) -> dict[str, list[LineRow]]:
        """The lines of each reservation, by its order's id."""
        return _by_order(self.snapshot.reservation_lines)

    @cached_property
    def movements(self) -> dict[str, list[MovementRow]]:
        """The ledger of each book, oldest first."""
        found: dict[str, list[MovementRow]] = defaultdict(list)
        for movement in sorted(self.snapshot.movements, key=lambda row: row.id):
            found[movement.book_id].append(movement)
        return found

    @cached_property
    def orders_by_mark(self) -> dict[str, list[OrderRow]]:
        """The orders that came of each placement."""
        found: dict[str, list[OrderRow]] = defaultdict(list)
        for order in self.snapshot.orders:
            if order.mark is not None:
                found[order.mark].append(order)
        return found

    @cached_property
    def calls_by_order(self) -> dict[str, list[Call]]:
        """The calls that name an order, in their path or in their answer."""
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            parts = call.path.split("?")[0].split("/")
            named = {call.order_id, parts[2] if len(parts) > 2 and parts[1] == "orders" else None}  # noqa: PLR2004
            for order_id in named - {None, ""}:
                found[str(order_id)].append(call)
        return found

    @cached_property
    def calls_by_mark(self) -> dict[str, list[Call]]:
        """The calls that carry a mark: placements and changes of stock."""
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            if call.mark is not None:
                found[call.mark].append(call)
        return found

    def log_of(self, order: OrderRow) -> list[Call]:
        """Return the calls about an order, also those that lost its id with their answer."""
        about = {call.number: call for call in self.calls_by_order.get(order.id, [])}
        about |= {call.number: call for call in self.calls_by_mark.get(order.mark or "", [])}
        return [about[number] for number in sorted(about)]


def quantities(lines: Iterable[LineRow]) -> dict[str, int]:
    """Return the copies of each book."""
    return {line.book_id: line.quantity for line in lines}


def _by_order(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found
