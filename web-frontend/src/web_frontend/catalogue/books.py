"""Books as the pages show them."""

import datetime as dt

from pydantic import BaseModel

from service_kit.languages.texts import n_
from web_frontend import wording


class Book(BaseModel):
    """A book; ``on_hand`` is None for those who do not edit books."""

    id: str
    isbn13: str | None = None
    title: str
    subtitle: str | None = None
    authors: list[str] = []
    publisher: str | None = None
    published_on: str | None = None
    language: str | None = None
    format: str | None = None
    pages: int | None = None
    subjects: list[str] = []
    description: str | None = None
    price: str
    currency: str
    on_hand: int | None = None
    available: int = 0
    archived_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None
    version: int = 0

    @property
    def by(self) -> str:
        """Return the authors in one line, shortened when they are many."""
        return authors_line(self.authors)


class ShelvedBook(BaseModel):
    """A book, and others that stand near it."""

    book: Book
    items: list[Book] = []


class BookSuggestion(BaseModel):
    """A book as the search box offers it."""

    id: str
    title: str
    authors: list[str] = []
    isbn13: str | None = None
    price: str
    currency: str
    available: int = 0

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors)


class Suggestions(BaseModel):
    """What the search box offers while one types; ``corrected`` is what was searched for instead of what was typed."""

    titles: list[BookSuggestion] = []
    authors: list[str] = []
    subjects: list[str] = []
    publishers: list[str] = []
    corrected: str | None = None

    @property
    def number(self) -> int:
        """Return how many there are of all kinds."""
        return len(self.titles) + len(self.authors) + len(self.subjects) + len(self.publishers)


class FacetValue(BaseModel):
    """How many of the books that were found have this value."""

    value: str
    count: int


class PriceBand(BaseModel):
    """How many of the books that were found cost from ``min`` to less than ``max``; without ``max``, any more."""

    min: str
    max: str | None = None
    count: int


class Facets(BaseModel):
    """Counts for the filters, over the ``counted`` most popular when there are more; then ``is_complete`` is false."""

    subjects: list[FacetValue] = []
    authors: list[FacetValue] = []
    publishers: list[FacetValue] = []
    formats: list[FacetValue] = []
    languages: list[FacetValue] = []
    prices: list[PriceBand] = []
    in_stock: int | None = None
    counted: int = 1000
    is_complete: bool = True


class Understood(BaseModel):
    """How the words in the search box were read: as ``words``, an ``isbn``, or ``digits`` at an ISBN's end."""

    q: str
    kind: str = "words"
    corrected: str | None = None


class BookPage(BaseModel):
    """One page of books that were found."""

    items: list[Book]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False
    search: Understood | None = None
    facets: Facets | None = None

    @property
    def count_words(self) -> str:
        """Return how many books there are, in words."""
        if self.total is None:
            return n_("%(num)s book on this page", "%(num)s books on this page", len(self.items))
        return wording.number_of_books(self.total, is_estimate=self.total_is_estimate)

    @property
    def corrected(self) -> str | None:
        """Return what was searched for instead of what was typed, if it was corrected."""
        return self.search.corrected if self.search is not None else None

    @property
    def read_as(self) -> str:
        """Return how the words were read: ``words``, ``isbn`` or ``digits``."""
        return self.search.kind if self.search is not None else "words"


def authors_line(authors: list[str]) -> str:
    """Return ``A``, ``A and B``, ``A, B and C``, ``A, B and 3 others``."""
    if len(authors) <= 3:  # noqa: PLR2004 (what fits a line)
        return wording.listed(authors)
    first, second, *others = authors
    return n_(
        "%(first)s, %(second)s and %(num)s other",
        "%(first)s, %(second)s and %(num)s others",
        len(others),
        first=first,
        second=second,
    )
