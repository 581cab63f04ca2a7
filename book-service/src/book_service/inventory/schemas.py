"""Stock, reservations and offers as they come in and go out."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from book_service.inventory.models import HIGHEST_STOCK
from book_service.inventory.states import ReservationState
from service_kit.paging import Page
from service_kit.text import Line

LARGEST_CHANGE = 1_000_000
MOST_LINES = 100

UnitPrice = Annotated[Decimal, PlainSerializer(lambda price: f"{price:.2f}", return_type=str)]
MovementKind = Literal["received", "correction", "sold", "returned"]


def _not_zero(change: int) -> int:
    if change == 0:
        message = "should not be zero"
        raise ValueError(message)
    return change


class StockChange(BaseModel):
    """Copies that came or went: a difference, never a total."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"change": 12, "reason": "Delivery 2231"}]}
    )

    change: Annotated[int, AfterValidator(_not_zero)] = Field(
        strict=True,
        ge=-LARGEST_CHANGE,
        le=LARGEST_CHANGE,
        description="Not zero.",
        json_schema_extra={"not": {"const": 0}},
    )
    reason: Annotated[Line, Field(min_length=1, max_length=300)]
    kind: Literal["received", "correction"] | None = Field(
        None, description="`received` for copies that came and `correction` for copies that went, when not given."
    )


class StockMovement(BaseModel):
    """One row of the ledger."""

    id: int
    change: int
    kind: MovementKind
    reason: str
    order_id: UUID | None
    actor: str = Field(description="Account id, or the name of a service.")
    created_at: dt.datetime
    on_hand_after: int


class StockLevels(BaseModel):
    """How many copies there are: on the shelf, of those promised to orders, and the rest."""

    on_hand: int = Field(le=HIGHEST_STOCK)
    reserved: int
    available: int


class StockLedger(Page[StockMovement], StockLevels):
    """A page of a book's ledger, newest first, with where it led to."""


class StockChanged(StockLevels):
    """The movement that was written and where it led to."""

    movement: StockMovement


class ReservationLineRequest(BaseModel):
    """Copies of one book."""

    book_id: UUID
    quantity: int = Field(ge=1, le=LARGEST_CHANGE)


class ReservationRequest(BaseModel):
    """What an order wants; a book appears once."""

    lines: list[ReservationLineRequest] = Field(min_length=1, max_length=MOST_LINES)


class ReservedLine(BaseModel):
    """Copies of one book that are held, with its title and price at that moment."""

    book_id: UUID
    quantity: int
    title: str
    authors: list[str]
    isbn13: str | None
    unit_price: UnitPrice


class Reservation(BaseModel):
    """A reservation and what it holds."""

    order_id: UUID
    state: ReservationState
    currency: str
    lines: list[ReservedLine]


class OfferRequest(BaseModel):
    """Books whose price and availability are wanted."""

    book_ids: list[UUID] = Field(max_length=MOST_LINES)


class Offer(BaseModel):
    """What a book costs now and how many there are."""

    book_id: UUID
    title: str
    authors: list[str]
    isbn13: str | None
    unit_price: UnitPrice
    available: int


class Offers(BaseModel):
    """Offers for those of the books that are in the catalogue."""

    currency: str
    offers: list[Offer]
