"""Reservations and offers as order-service asks for them and gets them."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer

from book_service.inventory.schemas import LARGEST_CHANGE
from book_service.inventory.states import ReservationState
from service_kit.text import Line

MOST_LINES = 100

UnitPrice = Annotated[Decimal, PlainSerializer(lambda price: f"{price:.2f}", return_type=str)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=LARGEST_CHANGE)]


class ReservationLineRequest(BaseModel):
    """Copies of one book."""

    book_id: UUID
    quantity: Quantity


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


class WriteOff(BaseModel):
    """Copies of one book that are lost: those of an order, of which its release says so."""

    book_id: UUID
    quantity: Quantity
    reason: Annotated[Line, Field(min_length=1, max_length=300)]
    actor: Annotated[Line, Field(min_length=1, max_length=200)]


class ReleaseRequest(BaseModel):
    """What is to happen with a release."""

    write_off: WriteOff | None = None


class Released(Reservation):
    """A reservation that has ended, and how many of its copies were written off just now."""

    written_off: int


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
