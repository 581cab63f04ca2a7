"""What staff does with many orders and with parked work, as it comes in and goes out."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from order_service.orders.states import OrderStatus, StockStep
from service_kit.text import Line, Prose

MOST_ORDERS = 100
"""Orders in one request."""
HIGHEST_WRITE_OFF = 1_000_000

_BOOK = "01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b10"
_ORDERS: list[JsonValue] = ["01932c0b-91f4-7d02-8a37-5c3e55aa0d42", "01932c0c-0b1e-7f60-b1a9-5a9f2f7a9c33"]

OrderIds = Annotated[
    list[UUID], Field(min_length=1, max_length=MOST_ORDERS, description="An order that appears twice counts once.")
]


class BulkAction(StrEnum):
    """What can be done with many orders at once."""

    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"


class BulkChange(BaseModel):
    """The same change of many orders."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"action": "ship", "order_ids": _ORDERS}]}
    )

    action: BulkAction
    order_ids: OrderIds


class BulkResult(BaseModel):
    """What became of one order; `code` and `title` say why not."""

    order_id: UUID
    number: str | None = Field(description="Null when there is no such order.")
    ok: bool
    order_status: OrderStatus | None
    code: str | None = Field(examples=["order_not_shippable", "order_not_found"])
    title: str | None


class BulkResults(BaseModel):
    """What became of each order, in the order asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "results": [
                        {
                            "order_id": _ORDERS[0],
                            "number": "Q-1042",
                            "ok": True,
                            "order_status": "shipped",
                            "code": None,
                            "title": None,
                        },
                        {
                            "order_id": _ORDERS[1],
                            "number": "Q-1043",
                            "ok": False,
                            "order_status": "cancelled",
                            "code": "order_not_shippable",
                            "title": "This order cannot be shipped",
                        },
                    ]
                }
            ]
        }
    )

    results: list[BulkResult]


class StatusCount(BaseModel):
    """How many orders have a status; at least so many when `is_estimate`."""

    count: int
    is_estimate: bool


class Summary(BaseModel):
    """How the shop's orders stand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "counts": {
                        **{status.value: {"count": 7, "is_estimate": False} for status in OrderStatus},
                        "delivered": {"count": 1000, "is_estimate": True},
                    },
                    "parked": 1,
                    "oldest_pending_seconds": 4.2,
                    "oldest_placed_seconds": 7261.0,
                }
            ]
        }
    )

    counts: dict[OrderStatus, StatusCount] = Field(description="Every status is there.")
    parked: int = Field(description="Pieces of work that wait for a person.")
    oldest_pending_seconds: float = Field(description="0 when no order is pending.")
    oldest_placed_seconds: float = Field(description="Age of the oldest order to ship; 0 when there is none.")


class ParkedWork(BaseModel):
    """Something that book-service could not be told and that waits for a person."""

    order_id: UUID
    number: str
    order_status: OrderStatus
    step: StockStep
    attempts: int
    last_error: str | None
    parked_at: dt.datetime


class ParkedList(BaseModel):
    """Parked work, what waits longest first; at most 100 pieces, of `total`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "order_id": _ORDERS[0],
                            "number": "Q-1042",
                            "order_status": "shipped",
                            "step": "commit",
                            "attempts": 1,
                            "last_error": "book-service refuses to commit: reservation_not_held",
                            "parked_at": "2026-03-01T10:15:00.120Z",
                        }
                    ],
                    "total": 1,
                }
            ]
        }
    )

    items: list[ParkedWork]
    total: int


class Resolution(BaseModel):
    """How a person has settled parked work by hand."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"note": "Counted: both copies are back on the shelf."}]}
    )

    note: Annotated[Prose, Field(min_length=1, max_length=1000)]


class WriteOffOrders(BaseModel):
    """Lost copies of a book that are promised to orders: the orders end, and the copies leave the shelf."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"book_id": _BOOK, "quantity": 2, "reason": "Water damage", "order_ids": _ORDERS[:1]}]
        },
    )

    book_id: UUID
    quantity: Annotated[int, Field(strict=True, ge=1, le=HIGHEST_WRITE_OFF, description="Lost copies.")]
    reason: Annotated[Line, Field(min_length=1, max_length=300, description="For the book's ledger.")]
    order_ids: OrderIds


class OrderState(BaseModel):
    """An order, and where it stands."""

    order_id: UUID
    number: str
    order_status: OrderStatus


class WriteOffDone(BaseModel):
    """The cancelled orders, and how many copies have left the shelf."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "orders": [{"order_id": _ORDERS[0], "number": "Q-1042", "order_status": "cancelled"}],
                    "quantity": 2,
                    "written_off": 2,
                }
            ]
        }
    )

    orders: list[OrderState]
    quantity: int
    written_off: int | None = Field(
        description="Null when this request was not told by book-service; then the book's ledger knows."
    )
