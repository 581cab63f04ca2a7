"""Orders as people see them, and the answers that tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from order_service.orders.actors import Actor
from order_service.orders.errors import REJECTIONS
from order_service.orders.numbers import order_number
from order_service.orders.repository import OrderRow
from order_service.orders.schemas import Order
from order_service.orders.states import OrderEvent, OrderStatus, would_change
from service_kit.idempotency import StoredAnswer

_ANSWER_STATUS = {OrderStatus.PLACED: 201, OrderStatus.PENDING: 202}
_STAFF_EVENTS = {"can_ship": OrderEvent.SHIP, "can_deliver": OrderEvent.DELIVER, "can_return": OrderEvent.RETURN}


@dataclass(frozen=True, slots=True)
class TaggedOrder:
    """An order and its entity tag."""

    order: Order
    etag: str


def present(row: OrderRow, viewer: Actor) -> TaggedOrder:
    """Show an order to ``viewer``. Customers do not learn who of the staff has worked on it, nor what staff notes."""
    fields: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)
    status = OrderStatus(row.status)
    fields["number"] = order_number(row.number)
    fields["can_cancel"] = would_change(status, OrderEvent.CANCEL)
    for name, event in _STAFF_EVENTS.items():
        fields[name] = viewer.manages_orders and would_change(status, event)
    fields["delivery"] = _delivery(row)
    if not viewer.manages_orders:
        fields["timeline"] = [_without_staff(entry, row.customer_email) for entry in _changes(row.timeline)]
    return TaggedOrder(Order.model_validate(fields), f'"v{row.version}"')


def answer_to_change(tagged: TaggedOrder) -> StoredAnswer:
    """Return what is told to who shipped, delivered, took back or cancelled the order."""
    return StoredAnswer(200, tagged.order.model_dump_json(), {"ETag": tagged.etag})


def answer_to_placing(tagged: TaggedOrder) -> StoredAnswer:
    """Return what the customer is told who placed the order: 201, 202 while it is pending, or why it was rejected."""
    order = tagged.order
    if order.status is OrderStatus.REJECTED and order.reason is not None:
        reason = order.reason.model_dump(mode="json", exclude_none=True)
        return StoredAnswer.of_error(REJECTIONS[reason.pop("code")](order_id=str(order.id), **reason))
    # Cancelled meanwhile, or already further: the order exists, and this is how it stands.
    status = _ANSWER_STATUS.get(order.status, 200)
    headers = {"Location": f"/orders/{order.id}", "ETag": tagged.etag}
    if status == _ANSWER_STATUS[OrderStatus.PENDING]:
        headers["Retry-After"] = "1"
    return StoredAnswer(status, order.model_dump_json(), headers)


def _delivery(row: OrderRow) -> dict[str, str | None] | None:
    if row.delivery_name is None:
        return None
    return {"name": row.delivery_name, "address": row.delivery_address, "note": row.delivery_note}


def _changes(timeline: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries that tell of another status: the others say how staff has put the stock right."""
    before = [None, *(entry["status"] for entry in timeline)]
    return [entry for entry, status in zip(timeline, before, strict=False) if entry["status"] != status]


def _without_staff(entry: dict[str, Any], customer_email: str) -> dict[str, Any]:
    return entry if entry["actor"] == customer_email else entry | {"actor": None}
