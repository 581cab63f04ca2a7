"""Orders as people see them, and the answers that tell of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from order_service.orders.actors import Actor
from order_service.orders.errors import REJECTIONS
from order_service.orders.numbers import order_number
from order_service.orders.repository import OrderRow
from order_service.orders.schemas import Order
from order_service.orders.states import OrderEvent, OrderStatus, would_change
from service_kit.idempotency import StoredAnswer

ANSWER_STATUS = {
    OrderStatus.PENDING: 202,
    OrderStatus.PLACED: 201,
    OrderStatus.REJECTED: 409,
    # Cancelled meanwhile, or already further: the order exists, and this is how it stands.
    OrderStatus.CANCELLED: 200,
    OrderStatus.SHIPPED: 200,
    OrderStatus.DELIVERED: 200,
    OrderStatus.RETURNED: 200,
}
"""What the request that placed an order is answered with, by what has become of the order."""
_SETTLED = 2
"""The version that an order has when it is no longer pending."""
_STAFF_EVENTS = {"can_ship": OrderEvent.SHIP, "can_deliver": OrderEvent.DELIVER, "can_return": OrderEvent.RETURN}


@dataclass(frozen=True, slots=True)
class TaggedOrder:
    """An order and its entity tag."""

    order: Order
    etag: str


def present(row: OrderRow, viewer: Actor) -> TaggedOrder:
    """Show an order to ``viewer``. Customers do not learn who of the staff has worked on it, nor what staff notes."""
    return _present(dict(row._mapping), viewer)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)


def present_as_settled(row: OrderRow, viewer: Actor) -> TaggedOrder:
    """Show an order as it was when it had just been placed, rejected or given up, whatever has become of it since.

    That is always its second version. Lines, prices and delivery do not change after it, and the timeline only grows.
    """
    fields: dict[str, Any] = dict(row._mapping)  # noqa: SLF001
    settled = fields["timeline"][_SETTLED - 1]
    fields |= {
        "version": _SETTLED,
        "status": settled["status"],
        "updated_at": settled["at"],
        "timeline": fields["timeline"][:_SETTLED],
        "reason": None if settled["status"] == OrderStatus.PLACED else fields["reason"],
    }
    return _present(fields, viewer)


def _present(fields: dict[str, Any], viewer: Actor) -> TaggedOrder:
    status = OrderStatus(fields["status"])
    fields["number"] = order_number(fields["number"])
    fields["can_cancel"] = would_change(status, OrderEvent.CANCEL)
    for name, event in _STAFF_EVENTS.items():
        fields[name] = viewer.manages_orders and would_change(status, event)
    fields["delivery"] = _delivery(fields)
    if not viewer.manages_orders:
        changes = _changes(fields["timeline"])
        fields["timeline"] = [_without_staff(entry, fields["customer_email"]) for entry in changes]
    # An erased customer is no change of the order, but what is shown of it is another text.
    erased = ".erased" if fields["customer_email"] is None else ""
    return TaggedOrder(Order.model_validate(fields), f'"v{fields["version"]}{erased}"')


def answer_to_change(tagged: TaggedOrder) -> StoredAnswer:
    """Return what is told to who shipped, delivered, took back or cancelled the order."""
    return StoredAnswer(200, tagged.order.model_dump_json(), {"ETag": tagged.etag})


def answer_to_placing(tagged: TaggedOrder) -> StoredAnswer:
    """Return what the customer is told who placed the order: 201, 202 while it is pending, or why it was rejected."""
    order = tagged.order
    if order.status is OrderStatus.REJECTED and order.reason is not None:
        reason = order.reason.model_dump(mode="json", exclude_none=True)
        return StoredAnswer.of_error(REJECTIONS[reason.pop("code")](order_id=str(order.id), **reason))
    status = ANSWER_STATUS[order.status]
    headers = {"Location": f"/orders/{order.id}", "ETag": tagged.etag}
    if order.status is OrderStatus.PENDING:
        headers["Retry-After"] = "1"
    return StoredAnswer(status, order.model_dump_json(), headers)


def _delivery(fields: Mapping[str, Any]) -> dict[str, str | None] | None:
    if fields["delivery_name"] is None:
        return None
    return {name: fields[f"delivery_{name}"] for name in ("name", "address", "note")}


def _changes(timeline: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries that tell of another status: the others say how staff has put the stock right."""
    before = [None, *(entry["status"] for entry in timeline)]
    return [entry for entry, status in zip(timeline, before, strict=False) if entry["status"] != status]


def _without_staff(entry: dict[str, Any], customer_email: str | None) -> dict[str, Any]:
    return entry if entry["actor"] == customer_email else entry | {"actor": None}
