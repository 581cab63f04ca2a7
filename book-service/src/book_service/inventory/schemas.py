"""Stock and its ledger as they come in and go out."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from book_service.inventory.models import HIGHEST_STOCK
from book_service.inventory.reasons import told
from service_kit.languages.texts import _
from service_kit.paging import Page
from service_kit.text import Line

LARGEST_CHANGE = 1_000_000

MovementKind = Literal["received", "correction", "sold", "returned"]


def _not_zero(change: int) -> int:
    if change == 0:
        message = _("should not be zero")
        raise ValueError(message)
    return change


class StockChange(BaseModel):
    """Copies that came or went: a difference, never a total."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"change": 12, "reason": "Delivery 2231"}, {"change": -1, "reason": "Water damage"}]
        },
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
    reason: Annotated[str, PlainSerializer(told)]
    order_id: UUID | None
    actor: str = Field(description="Account id, or the name of a service.")
    created_at: dt.datetime
    on_hand_after: int


class StockLevels(BaseModel):
    """How many copies there are: on the shelf, of those promised to orders, and the rest."""

    on_hand: int = Field(le=HIGHEST_STOCK)
    reserved: int
    available: int


class StockOfBook(StockLevels):
    """How many copies of a book there are."""

    book_id: UUID


class StockOfBooks(BaseModel):
    """How many copies there are of each of several books; one that does not exist is left out."""

    items: list[StockOfBook]


class StockLedger(Page[StockMovement], StockLevels):
    """A page of a book's ledger, newest first, with where it led to."""

    as_of: int = Field(
        description="Id of the ledger's newest row, 0 when there is none. Who begins to count now sends it along."
    )


class StockChanged(StockLevels):
    """The movement that was written and where it led to."""

    movement: StockMovement


class HeldCopies(BaseModel):
    """Copies of a book that are promised to one order."""

    order_id: UUID
    quantity: int
    held_since: dt.datetime


class HeldReservations(BaseModel):
    """Who holds the reserved copies of a book, newest first; at most a hundred of them."""

    items: list[HeldCopies]
    total: int = Field(description="How many orders hold copies, also past the hundred that are listed.")


class LowStockBook(StockLevels):
    """A book of which few copies are available."""

    book_id: UUID
    title: str
    authors: list[str]
    isbn13: str | None
    sold_30_days: int = Field(description="Copies that were shipped in the last thirty days.")


class LowStockPage(Page[LowStockBook]):
    """Books of which few copies are available, fewest first."""
