"""In the place of order-service's SQL: the same functions on ``order_tables``, each as its statement says."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from order_service.orders.repository import Move
from order_service.orders.states import StockStep
from proof.model.order_tables import OrderRow, WorkRow
from proof.model.tables import Session, insert


class Row(SimpleNamespace):
    """A row of a result."""

    @property
    def _mapping(self) -> dict[str, Any]:
        return vars(self)


async def move_order(session: Session, move: Move, *, lease_seconds: float) -> bool:
    """Change the order's status if it still is ``move.seen``; return whether it was. It is reserved for no more."""
    async with session.writes() as tables:
        row = tables.orders.get(move.order_id)
        if row is None or row.status != move.seen.value:
            return False
        entry = tables.entry(move.status.value, move.actor_role, actor=move.actor, detail=move.detail)
        tables.orders[row.id] = row.moved(entry, reason=move.reason or row.reason)
        tables.work.pop((row.id, StockStep.RESERVE.value), None)
        if move.next_step is not None:
            due_at = tables.clock.seconds + lease_seconds
            insert(tables.work, (row.id, move.next_step.value), WorkRow(due_at, move.next_lease, attempts=1))
        return True


async def order_by_id(connection: Session, order_id: UUID) -> Row | None:
    """Return an order with its lines and timeline."""
    row = (await connection.reads()).orders.get(order_id)
    if row is None:
        return None
    return shown(row)


async def order_status(connection: Session, order_id: UUID) -> Row | None:
    """Return what a decision about an order needs."""
    row = (await connection.reads()).orders.get(order_id)
    return None if row is None else Row(account_id=row.account_id, status=row.status)


async def claim_work(
    session: Session, *, limit: int, lease: UUID, lease_seconds: float, deadline_seconds: float
) -> Sequence[Row]:
    """Take work that is due and that no other worker has, for ``lease_seconds``."""
    async with session.writes() as tables:
        now = tables.clock.seconds
        due = [name for name, row in tables.work.items() if row.parked_at is None and row.due_at <= now]
        claimed = sorted(due, key=lambda name: tables.work[name].due_at)[:limit]
        for name in claimed:
            row = tables.work[name]
            tables.work[name] = replace(row, lease=lease, due_at=now + lease_seconds, attempts=row.attempts + 1)
        overdue_before = tables.clock.at(now - deadline_seconds)
        return [
            Row(
                order_id=order_id,
                step=step,
                attempts=tables.work[order_id, step].attempts,
                write_off=tables.work[order_id, step].write_off,
                account_id=tables.orders[order_id].account_id,
                expected_total=tables.orders[order_id].expected_total,
                from_cart=tables.orders[order_id].from_cart,
                overdue=tables.orders[order_id].created_at < overdue_before,
                lines=[
                    {"book_id": line["book_id"], "quantity": line["quantity"]} for line in tables.orders[order_id].lines
                ],
            )
            for order_id, step in claimed
        ]


async def postpone_work(  # noqa: PLR0913 (the columns)
    session: Session, order_id: UUID, step: StockStep, lease: UUID, *, delay_seconds: float, error: str, tries: int
) -> bool | None:
    """Give work back for a later try; return whether it is parked now, or None when the lease was lost."""
    async with session.writes() as tables:
        row = tables.work.get((order_id, step.value))
        if row is None or row.lease != lease:
            return None
        now = tables.clock.seconds
        parks = step is not StockStep.RESERVE and row.attempts >= tries
        tables.work[order_id, step.value] = replace(
            row, due_at=now + delay_seconds, lease=None, last_error=error, parked_at=now if parks else None
        )
        return parks


async def finish_work(session: Session, order_id: UUID, step: StockStep, lease: UUID) -> None:
    """Delete work that is done, unless another worker has taken it over."""
    async with session.writes() as tables:
        row = tables.work.get((order_id, step.value))
        if row is not None and row.lease == lease:
            del tables.work[order_id, step.value]


def shown(row: OrderRow) -> Row:
    """Return a row of the result that tells of a whole order."""
    columns = {name: getattr(row, name) for name in row.__slots__ if name not in {"lines", "delivery"}}
    delivery = {f"delivery_{name}": value for name, value in row.delivery.items()}
    items = [line | {"line_total": _times(line["unit_price"], line["quantity"])} for line in row.lines]
    return Row(**columns | delivery | {"items": items, "timeline": list(row.timeline)})


def _times(price: str | Decimal | None, quantity: int) -> str | None:
    return None if price is None else str(Decimal(price) * quantity)
