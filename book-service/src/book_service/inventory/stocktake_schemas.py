"""Counting copies: what was counted as it comes in, and what came of it as it goes out."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from book_service.catalogue.schemas import Isbn
from book_service.inventory.models import HIGHEST_STOCK
from book_service.inventory.schemas import HeldCopies, StockLevels, StockMovement
from service_kit.languages.texts import _
from service_kit.text import BlankAsNone, Line

MOST_COUNTS = 500

Counted = Annotated[int, Field(strict=True, ge=0, le=HIGHEST_STOCK, description="Copies that were found.")]
AsOf = Annotated[
    int | None,
    Field(
        strict=True,
        ge=0,
        lt=1 << 63,
        description="`as_of` of the book's stock when the count began: what moved after that is taken into account.",
    ),
]
CountedAt = Annotated[
    AwareDatetime | None,
    Field(description="When the count was made: what moved after that is taken into account. With a time zone."),
]
Note = Annotated[Annotated[Line, Field(max_length=200)] | None, BlankAsNone]


class StockCount(BaseModel):
    """Copies of one book that were counted: at ``as_of``, or at ``counted_at``, or else just now."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"counted": 5, "as_of": 4711, "note": "Shelf B"}]}
    )

    counted: Counted
    as_of: AsOf = None
    counted_at: CountedAt = None
    note: Note = None

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if self.as_of is not None and self.counted_at is not None:
            message = _("say as_of or counted_at, not both")
            raise ValueError(message)
        return self


class CountArithmetic(BaseModel):
    """How a count was worked out: `correction` = `counted` less `expected`."""

    counted: int
    expected: int = Field(
        description="Copies that were on the shelf when the count was made, as far as the ledger knows now."
    )
    moved_since: int = Field(description="Copies that came (or went, below 0) after that.")
    correction: int = Field(description="What was written into the ledger.")


class StockCounted(CountArithmetic, StockLevels):
    """What came of a count; `movement` is null when the ledger was right."""

    movement: StockMovement | None


class ShelfLine(BaseModel):
    """Copies of one of the books that were counted; one of `book_id` and `isbn` says which book."""

    model_config = ConfigDict(extra="forbid")

    book_id: UUID | None = None
    isbn: Isbn | None = Field(None, description="ISBN-10 or ISBN-13, with or without hyphens.")
    counted: Counted
    as_of: AsOf = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.book_id is None) == (self.isbn is None):
            message = _("say book_id or isbn, and only one of them")
            raise ValueError(message)
        return self


class Stocktake(BaseModel):
    """Copies of many books that were counted. `counted_at` is for the lines without an `as_of`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "note": "Shelf B",
                    "counts": [
                        {"isbn": "978-0-15-694960-6", "counted": 5, "as_of": 4711},
                        {"book_id": "019a0000-0000-7000-8000-000000000001", "counted": 0},
                    ],
                }
            ]
        },
    )

    note: Note = None
    counted_at: CountedAt = None
    counts: list[ShelfLine] = Field(min_length=1, max_length=MOST_COUNTS)


class ShelfResult(BaseModel):
    """What came of one line. When it is not `ok`, `code` says why nothing was written."""

    book_id: UUID | None
    isbn13: str | None
    title: str | None
    ok: bool
    counted: int
    expected: int | None = None
    moved_since: int | None = None
    correction: int | None = Field(None, description="What was written into the ledger, or would have been.")
    on_hand: int | None = Field(None, description="Copies on the shelf now, as far as the ledger knows.")
    reserved: int | None = None
    code: str | None = Field(None, examples=["stock_below_reserved"])
    title_of_problem: str | None = None
    orders: list[HeldCopies] | None = Field(None, description="Who holds copies, with `stock_below_reserved`.")


class StocktakeResults(BaseModel):
    """What came of each line, in the order in which they were sent."""

    results: list[ShelfResult]
