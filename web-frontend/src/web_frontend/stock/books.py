"""Stock as the pages show it."""

import datetime as dt

from pydantic import BaseModel

from web_frontend.catalogue.books import authors_line
from web_frontend.orders.order import status_words


class Levels(BaseModel):
    """Copies on the shelf, those of them that are promised to orders, and the rest."""

    on_hand: int
    reserved: int
    available: int


class Movement(BaseModel):
    """One row of the stock's ledger. ``actor`` is an account's id or the name of a service."""

    change: int
    kind: str
    reason: str
    order_id: str | None = None
    actor: str | None = None
    created_at: dt.datetime
    on_hand_after: int


class Stock(Levels):
    """How many copies there are, and a page of the ledger, newest first; ``as_of`` is the ledger's newest row."""

    as_of: int | None = None
    items: list[Movement] = []
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None


class Hold(BaseModel):
    """Copies of one book that are promised to one order."""

    order_id: str
    quantity: int
    held_since: dt.datetime


class Holds(BaseModel):
    """Who holds the promised copies of a book, newest first; ``total`` counts the orders."""

    items: list[Hold] = []
    total: int = 0


class Count(BaseModel):
    """What became of counting a book.

    ``expected`` copies were on the shelf when the count began, ``moved_since`` came (or went, below 0) after that, and
    ``correction`` was written into the ledger.
    """

    counted: int
    expected: int
    moved_since: int
    correction: int
    on_hand: int


class ShelfCount(BaseModel):
    """What became of one book of a counted shelf; when not ``ok``, ``code`` says why nothing was written."""

    book_id: str | None = None
    isbn13: str | None = None
    title: str | None = None
    ok: bool
    counted: int
    expected: int | None = None
    moved_since: int | None = None
    correction: int | None = None
    on_hand: int | None = None
    code: str | None = None
    title_of_problem: str | None = None


class LowBook(Levels):
    """A book of which few copies are left."""

    book_id: str
    title: str
    authors: list[str] = []
    isbn13: str | None = None
    sold_30_days: int = 0

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors)


class LowStock(BaseModel):
    """One page of books of which few copies are left, fewest first."""

    items: list[LowBook]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False


class EndedOrder(BaseModel):
    """An order that was cancelled because its copies are gone."""

    order_id: str
    number: str
    order_status: str

    @property
    def status_words(self) -> str:
        """Return the status as people say it."""
        return status_words(self.order_status)


class WriteOff(BaseModel):
    """What became of lost copies; ``written_off`` is None where only the ledger knows, perhaps not even that yet."""

    orders: list[EndedOrder]
    quantity: int
    written_off: int | None = None
    is_pending: bool = False
