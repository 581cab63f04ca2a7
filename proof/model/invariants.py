"""What must be true of orders and stock: at every moment, and once everything has come to rest."""

import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

from book_service.inventory.states import ReservationState as R
from order_service.orders.states import TRANSITIONS, OrderStatus
from proof.model.book_tables import MovementRow
from proof.model.order_tables import OrderRow

if TYPE_CHECKING:
    from proof.model.shop import Loss, Shop, Told

S = OrderStatus
I1, I2, I3, I4, I5, I6 = "I1", "I2", "I3", "I4", "I5", "I6"

HELD_AT_ANY_TIME: dict[OrderStatus, set[R | None]] = {
    # What is placed has its copies: nothing may take them from it while it is.
    S.PLACED: {R.HELD},
    S.SHIPPED: {R.HELD, R.COMMITTED},
    S.DELIVERED: {R.HELD, R.COMMITTED},
    S.RETURNED: {R.HELD, R.COMMITTED, R.RETURNED},
    S.PENDING: {None, R.HELD, R.REFUSED},
    S.REJECTED: {R.HELD, R.RELEASED, R.REFUSED},
    S.CANCELLED: {None, R.HELD, R.RELEASED, R.REFUSED},
}
HELD_AT_REST: dict[OrderStatus, set[R | None]] = {
    S.PLACED: {R.HELD},
    S.SHIPPED: {R.COMMITTED},
    S.DELIVERED: {R.COMMITTED},
    S.RETURNED: {R.RETURNED},
    S.PENDING: set(),
    S.REJECTED: {R.RELEASED, R.REFUSED},
    S.CANCELLED: {R.RELEASED, R.REFUSED},
}
_STEPS = {(before, transition.status) for (before, _), transition in TRANSITIONS.items() if before != transition.status}
_OUTCOMES = {S.REJECTED, S.CANCELLED, S.DELIVERED}
_CREATED, _ACCEPTED, _OK, _FIRST_ERROR = 201, 202, 200, 400


class Broken(Exception):
    """An invariant does not hold; ``name`` is I1 to I6."""

    def __init__(self, name: str, text: str) -> None:
        """Take the invariant's name and what is wrong."""
        super().__init__(f"{name} is broken: {text}")
        self.name = name


def check_at_any_time(shop: "Shop") -> None:
    """Check what no moment may break. Raises ``Broken``."""
    _stock_adds_up(shop)
    _one_order_for_each_key(shop)
    for order in shop.tables.orders.values():
        _timeline_is_a_life(order)
        _prices_are_book_services(shop, order)
        _holds(shop, order, HELD_AT_ANY_TIME)


def check_at_rest(shop: "Shop") -> None:
    """Check what must be true once nothing is under way. Raises ``Broken``."""
    check_at_any_time(shop)
    for order in shop.tables.orders.values():
        if order.status == S.PENDING:
            raise Broken(I5, f"order {order.number} is pending for ever")
        _holds(shop, order, HELD_AT_REST)
        ends = sum(entry["status"] in _OUTCOMES for entry in order.timeline)
        expected = 1 if order.status in {S.REJECTED, S.CANCELLED, S.DELIVERED, S.RETURNED} else 0
        if ends != expected:
            raise Broken(I6, f"order {order.number} is {order.status} with {ends} outcomes")
    for order_id, reservation in shop.stock.reservations.items():
        if order_id not in shop.tables.orders:
            raise Broken(I5, f"a reservation is {reservation.state} of no order")
    for told in shop.told:
        check_told(shop, told)
        if told.request.loss is not None:
            _lost_copies_left(shop, told.request.loss)


def check_told(shop: "Shop", told: "Told") -> None:
    """Check that what a client was told is so, and stays so. Raises ``Broken``."""
    request, answer = told.request, told.answer
    if request.loss is not None:
        for order_id in request.loss.order_ids:
            if shop.tables.orders[order_id].status != S.CANCELLED:
                raise Broken(I2, "a write-off was acknowledged, and an order of it is not cancelled")
        return
    order = shop.tables.orders.get(_order_of(told))
    if order is None:
        raise Broken(I2, f"{answer.status} for an order that does not exist")
    been = [entry["status"] for entry in order.timeline]
    if request.places:
        if {UUID(line["book_id"]): line["quantity"] for line in order.lines} != dict(request.lines):
            raise Broken(I2, f"order {order.number} has other lines than were acknowledged")
        if answer.status == _CREATED and S.PLACED not in been:
            raise Broken(I2, f"order {order.number} was confirmed and never placed: {been}")
        if answer.status >= _FIRST_ERROR and order.status != S.REJECTED:
            raise Broken(I2, f"order {order.number} was refused to the client and is {order.status}")
    elif request.what is not None and (after := _AFTER[request.what.value]) not in been:
        raise Broken(I2, f"order {order.number} is to be {after} and never was: {been}")


_AFTER = {"cancel": S.CANCELLED, "ship": S.SHIPPED, "deliver": S.DELIVERED, "return": S.RETURNED}


def _order_of(told: "Told") -> UUID:
    body = json.loads(told.answer.body)
    return UUID(body.get("id") or body["order_id"])


def _stock_adds_up(shop: "Shop") -> None:
    promised: Counter[UUID] = Counter()
    for reservation in shop.stock.reservations.values():
        if reservation.state == R.HELD:
            promised.update(reservation.quantities())
    ledger: Counter[UUID] = Counter()
    for movement in shop.stock.ledger.values():
        ledger[movement.book_id] += movement.change
    for book_id, book in shop.stock.books.items():
        if not 0 <= book.reserved <= book.on_hand:
            raise Broken(I1, f"{book.title} has {book.on_hand} on hand and {book.reserved} reserved")
        if book.on_hand != ledger[book_id]:
            raise Broken(I1, f"{book.title} has {book.on_hand} on hand and {ledger[book_id]} in the ledger")
        if book.reserved != promised[book_id]:
            raise Broken(I1, f"{book.title} has {book.reserved} reserved and {promised[book_id]} held")
    for kind in ("sold", "returned"):
        _once_for_each_order(shop, kind)


def _lost_copies_left(shop: "Shop", loss: "Loss") -> None:
    """See that the lost copies left the shelf as the orders gave them back: nobody can have bought them in between."""
    held = sum(shop.stock.reservations[each].quantities()[loss.book_id] for each in loss.order_ids)
    gone = -sum(each.change for each in shop.stock.ledger.values() if _is_of(each, loss))
    if not min(loss.quantity, held) <= gone <= loss.quantity:
        raise Broken(I1, f"{loss.quantity} lost copies of {held} held ones were to leave the shelf, and {gone} did")


def _is_of(movement: MovementRow, loss: "Loss") -> bool:
    return (movement.kind, movement.book_id) == ("correction", loss.book_id) and movement.order_id in loss.order_ids


def _once_for_each_order(shop: "Shop", kind: str) -> None:
    moved = Counter((each.order_id, each.book_id) for each in shop.stock.ledger.values() if each.kind == kind)
    for (order_id, _), times in moved.items():
        if times > 1:
            raise Broken(I1, f"order {order_id} was {kind} {times} times")


def _one_order_for_each_key(shop: "Shop") -> None:
    orders: dict[tuple[UUID, str], UUID] = {}
    for told in shop.told:
        key = told.request.key
        if key is None or not told.request.places:
            continue
        name = (told.request.actor.account_id, key)
        if orders.setdefault(name, _order_of(told)) != _order_of(told):
            raise Broken(I3, f"key {key} has placed two orders")
    for (_, key), row in shop.tables.keys.items():
        if row.resource_id is not None and row.resource_id not in shop.tables.orders:
            raise Broken(I3, f"key {key} names an order that does not exist")
    marks = Counter(filter(None, (order.delivery["note"] for order in shop.tables.orders.values())))
    for mark, count in marks.items():
        if count > 1:
            raise Broken(I3, f"key {mark} has placed {count} orders")


def _timeline_is_a_life(order: OrderRow) -> None:
    been = [S(entry["status"]) for entry in order.timeline]
    if been[0] is not S.PENDING or been[-1] != order.status or len(been) != order.version:
        raise Broken(I6, f"order {order.number} is {order.status} after {been}")
    if strange := [step for step in pairwise(been) if step not in _STEPS]:
        raise Broken(I6, f"order {order.number} went {strange}")


def _prices_are_book_services(shop: "Shop", order: OrderRow) -> None:
    if S.PLACED not in {entry["status"] for entry in order.timeline}:
        return
    held = shop.stock.reservations[order.id].lines if order.id in shop.stock.reservations else ()
    due = sum((Decimal(line["unit_price"]) * line["quantity"] for line in held), Decimal(0))
    if order.total != due:
        raise Broken(I4, f"order {order.number} costs {order.total}, and its copies {due}")
    if order.expected_total is not None and order.expected_total != due:
        raise Broken(I4, f"order {order.number} was agreed at {order.expected_total} and costs {due}")


def _holds(shop: "Shop", order: OrderRow, allowed: dict[OrderStatus, set[R | None]]) -> None:
    reservation = shop.stock.reservations.get(order.id)
    state = None if reservation is None else R(reservation.state)
    if state not in allowed[S(order.status)]:
        raise Broken(I4, f"order {order.number} is {order.status}, and its reservation {state or 'not there'}")
    wanted = {UUID(line["book_id"]): line["quantity"] for line in order.lines}
    if reservation is not None and reservation.lines and reservation.quantities() != wanted:
        raise Broken(I4, f"order {order.number} wants {wanted} and holds {reservation.quantities()}")
