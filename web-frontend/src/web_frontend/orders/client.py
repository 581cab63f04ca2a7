"""Calls about orders."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel

from web_frontend.catalogue.books import authors_line
from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import Refused

StaffAction = Literal["ship", "deliver", "return"]

_CONFLICT = 409

STATUS_WORDS = {
    "pending": "Being checked",
    "placed": "Placed",
    "rejected": "Could not be placed",
    "shipped": "On its way",
    "delivered": "Delivered",
    "returned": "Returned",
    "cancelled": "Cancelled",
}
_REASON_WORDS = {
    "insufficient_stock": "There were not enough copies left.",
    "unknown_book": "A book is no longer in the catalogue.",
    "price_changed": "A price had changed meanwhile.",
    "not_placed_in_time": "We could not check the shelves in time. Nothing was taken; please order again.",
}


class OrderLine(BaseModel):
    """Copies of one book; title and price are None as long as they are not known."""

    book_id: str
    title: str | None = None
    authors: list[str] | None = None
    isbn13: str | None = None
    quantity: int
    unit_price: str | None = None
    line_total: str | None = None

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors or [])


class Delivery(BaseModel):
    """Where the books go."""

    name: str
    address: str
    note: str | None = None


class Step(BaseModel):
    """One change of the order's status."""

    status: str
    at: dt.datetime
    actor: str | None = None
    actor_role: str | None = None
    detail: str | None = None

    @property
    def words(self) -> str:
        """Return the status in words."""
        return status_words(self.status)


class ShortLine(BaseModel):
    """A line that could not be had."""

    title: str | None = None
    wanted: int | None = None
    available: int | None = None


class Reason(BaseModel):
    """Why an order was rejected or cancelled by the shop."""

    code: str
    lines: list[ShortLine] | None = None

    @property
    def words(self) -> str:
        """Return the reason in a sentence."""
        return _REASON_WORDS.get(self.code, "The shop could not carry it out.")


class Order(BaseModel):
    """An order."""

    id: str
    number: str
    status: str
    customer_email: str
    items: list[OrderLine]
    total: str | None = None
    currency: str
    delivery: Delivery | None = None
    reason: Reason | None = None
    created_at: dt.datetime
    can_cancel: bool = False
    can_ship: bool = False
    can_deliver: bool = False
    can_return: bool = False
    timeline: list[Step] = []

    @property
    def status_words(self) -> str:
        """Return the status in words."""
        return status_words(self.status)

    @property
    def copies(self) -> int:
        """Return how many copies were ordered."""
        return sum(line.quantity for line in self.items)


class OrderPage(BaseModel):
    """One page of orders."""

    items: list[Order]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None


class NotCancellable(Exception):
    """It is too late to cancel the order."""


class NotPossible(Exception):
    """What staff wants to do with the order does not happen to it as it is now."""


class OrdersClient:
    """order-service's orders, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, query: QueryValues) -> OrderPage:
        """Return one page of orders, newest first."""
        return OrderPage.model_validate((await self._gateway.get("/orders", query)).body)

    async def order(self, order_id: str) -> Order:
        """Return an order. Raises ``NotFound``, also for somebody else's."""
        return Order.model_validate((await self._gateway.get(f"/orders/{order_id}")).body)

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order. Raises ``NotCancellable``, ``NotFound``."""
        try:
            return Order.model_validate((await self._gateway.send(Call("POST", f"/orders/{order_id}/cancel"))).body)
        except Refused as error:
            if error.code == "order_not_cancellable":
                raise NotCancellable from error
            raise

    async def advance(self, order_id: str, what: StaffAction) -> Order:
        """Ship an order, mark it as delivered or take it back. Raises ``NotPossible``, ``NotFound``, ``NotAllowed``."""
        # Without a key: an order that has come this far stays there, however often it is said.
        try:
            return Order.model_validate((await self._gateway.send(Call("POST", f"/orders/{order_id}/{what}"))).body)
        except Refused as error:
            if error.status == _CONFLICT:
                raise NotPossible from error
            raise

    async def last_delivery(self) -> Delivery | None:
        """Return where the last order went, if there was one."""
        orders = (await self.find([("limit", "1")])).items
        return orders[0].delivery if orders else None


def status_words(status: str) -> str:
    """Return a status in words."""
    return STATUS_WORDS.get(status, status.capitalize())
