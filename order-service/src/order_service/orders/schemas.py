"""Orders as they come in and go out."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from order_service.orders.models import HIGHEST_QUANTITY, MOST_LINES
from order_service.orders.states import OrderStatus
from service_kit.languages.texts import _
from service_kit.paging import DEFAULT_LIMIT
from service_kit.text import BlankAsNone, Line, Prose

_BOOK = "01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b10"
_ORDER = "01932c0b-91f4-7d02-8a37-5c3e55aa0d42"

Money = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=HIGHEST_QUANTITY)]


class OrderItem(BaseModel):
    """Copies of one book. What they cost is not the customer's to say."""

    model_config = ConfigDict(extra="forbid")

    book_id: UUID
    quantity: Quantity


class Delivery(BaseModel):
    """Where the books go."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=200)]
    address: Annotated[Prose, Field(min_length=1, max_length=1000)]
    note: Annotated[Annotated[Prose, Field(max_length=1000)] | None, BlankAsNone] = None


class PlaceOrder(BaseModel):
    """An order: `items`, or `book_id` and `quantity` when it is for one book."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "items": [{"book_id": _BOOK, "quantity": 2}],
                    "delivery": {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon"},
                    "expected_total": "19.98",
                },
                {"book_id": _BOOK, "quantity": 1},
            ]
        },
    )

    items: Annotated[list[OrderItem], Field(min_length=1, max_length=MOST_LINES)] | None = Field(
        None, description="A book that appears twice is one line with both quantities."
    )
    book_id: UUID | None = None
    quantity: Quantity | None = None
    delivery: Delivery | None = None
    expected_total: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)] | None = Field(
        None, description="What the customer agreed to pay: when it costs something else, nothing is ordered."
    )
    from_cart: bool = Field(default=False, description="Take the ordered books out of the cart.")

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        if self.items is not None and (self.book_id is not None or self.quantity is not None):
            message = _("give either items, or book_id and quantity")
            raise ValueError(message)
        if self.items is None and (self.book_id is None or self.quantity is None):
            message = _("items is missing (or book_id and quantity)")
            raise ValueError(message)
        if any(quantity > HIGHEST_QUANTITY for quantity in self.quantities().values()):
            message = _("more than %(most)s copies of one book", most=HIGHEST_QUANTITY)
            raise ValueError(message)
        return self

    def quantities(self) -> dict[UUID, int]:
        """Return how many copies of each book are wanted, in the order in which they were named."""
        if self.items is None:
            return {self.book_id: self.quantity} if self.book_id and self.quantity else {}
        wanted: dict[UUID, int] = {}
        for item in self.items:
            wanted[item.book_id] = wanted.get(item.book_id, 0) + item.quantity
        return wanted


class OrderLine(BaseModel):
    """Copies of one book, with its title and price when the order was placed; null as long as they are not known."""

    book_id: UUID
    title: str | None
    authors: list[str] | None
    isbn13: str | None
    quantity: int
    unit_price: Money | None
    line_total: Money | None


class TimelineEntry(BaseModel):
    """One change of the order's status."""

    status: OrderStatus
    at: dt.datetime
    actor: str | None = Field(description="Who did it, where that is yours to see.")
    actor_role: str = Field(examples=["customer", "staff", "system"])
    detail: str | None


class Reason(BaseModel):
    """Why an order was rejected, or cancelled by the system."""

    model_config = ConfigDict(extra="allow")

    code: str = Field(examples=["insufficient_stock", "unknown_book", "price_changed", "not_placed_in_time"])
    lines: list[dict[str, Any]] | None = None


class Order(BaseModel):
    """An order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ORDER,
                    "number": "Q-1042",
                    "status": "placed",
                    "account_id": "01932c01-0c55-7e3a-b0de-6d8f3a4c2e11",
                    "customer_email": "ada@example.org",
                    "items": [
                        {
                            "book_id": _BOOK,
                            "title": "The Waves",
                            "authors": ["Virginia Woolf"],
                            "isbn13": "9780156949606",
                            "quantity": 2,
                            "unit_price": "9.99",
                            "line_total": "19.98",
                        }
                    ],
                    "total": "19.98",
                    "currency": "GBP",
                    "delivery": {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon", "note": None},
                    "reason": None,
                    "created_at": "2026-03-01T10:15:00.120Z",
                    "updated_at": "2026-03-01T10:15:00.164Z",
                    "can_cancel": True,
                    "can_ship": False,
                    "can_deliver": False,
                    "can_return": False,
                    "timeline": [
                        {
                            "status": "pending",
                            "at": "2026-03-01T10:15:00.120Z",
                            "actor": "ada@example.org",
                            "actor_role": "customer",
                            "detail": None,
                        },
                        {
                            "status": "placed",
                            "at": "2026-03-01T10:15:00.164Z",
                            "actor": None,
                            "actor_role": "system",
                            "detail": None,
                        },
                    ],
                }
            ]
        }
    )

    id: UUID
    number: str
    status: OrderStatus
    account_id: UUID
    customer_email: str | None = Field(
        description="Null once the account is erased and the order is not under way; `delivery` is null then too."
    )
    items: list[OrderLine]
    total: Money | None = Field(description="Null as long as no prices are known.")
    currency: str
    delivery: Delivery | None
    reason: Reason | None
    created_at: dt.datetime
    updated_at: dt.datetime
    can_cancel: bool
    can_ship: bool = Field(description="False for who may not: it needs the scope `orders:manage`.")
    can_deliver: bool = Field(description="The same.")
    can_return: bool = Field(description="The same.")
    timeline: list[TimelineEntry]


def _moment(value: object) -> object:
    """Read a day, or a moment in UTC if it does not say otherwise."""
    if not isinstance(value, str):
        return value
    if len(value) <= len("2026-01-01"):
        return dt.date.fromisoformat(value)
    parsed = dt.datetime.fromisoformat(value)
    try:
        return parsed.astimezone(dt.UTC) if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
    except OverflowError as error:
        message = _("is before the first or after the last day of the calendar")
        raise ValueError(message) from error


Moment = Annotated[dt.datetime | dt.date, BeforeValidator(_moment)]


class Sort(StrEnum):
    """The order of a list: by the time of ordering."""

    NEWEST = "newest"
    OLDEST = "oldest"


class OrderQuery(BaseModel):
    """Which orders a list shows."""

    model_config = ConfigDict(populate_by_name=True)

    status: list[OrderStatus] = Field([], description="Any of these.")
    all: bool = Field(default=False, description="Everybody's orders; needs the scope `orders:manage`.")
    customer: Annotated[Line, Field(max_length=320)] | None = Field(
        None, description="The e-mail address or account id of a customer; needs the scope `orders:manage`."
    )
    from_: Moment | None = Field(
        None, alias="from", description="Ordered at this time, or on this day (UTC), or later."
    )
    to: Moment | None = Field(None, description="Ordered before this time, or on this day (UTC) at the latest.")
    q: Annotated[Annotated[Line, Field(max_length=200)] | None, BlankAsNone] = Field(
        None,
        description="An order's number or id, an ISBN, a part of a customer's e-mail address, or words of a title;"
        " needs the scope `orders:manage`, but for the number of an own order.",
        examples=["Q-1042"],
    )
    book: UUID | None = Field(None, description="Orders of this book; needs the scope `orders:manage`.")
    sort: Sort = Sort.NEWEST
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=100)
    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` or `prev_cursor` of a page.")

    @property
    def since(self) -> dt.datetime | None:
        """The first moment that counts."""
        return None if self.from_ is None else _start_of(self.from_)

    @property
    def before(self) -> dt.datetime | None:
        """The first moment that counts no more."""
        if self.to is None or isinstance(self.to, dt.datetime):
            return self.to
        return _start_of(self.to + dt.timedelta(days=1)) if self.to < dt.date.max else None


def _start_of(moment: dt.datetime | dt.date) -> dt.datetime:
    if isinstance(moment, dt.datetime):
        return moment
    return dt.datetime.combine(moment, dt.time(), dt.UTC)
