"""Books as the pages show them."""

import datetime as dt

from pydantic import BaseModel

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
    """What the search box offers while one types."""

    titles: list[BookSuggestion] = []
    authors: list[str] = []


class FacetValue(BaseModel):
    """How many of the books that were found have this value."""

    value: str
    count: int


class Facets(BaseModel):
    """Counts for the filters."""

    subjects: list[FacetValue] = []
    formats: list[FacetValue] = []
    languages: list[FacetValue] = []
    in_stock: int | None = None


class BookPage(BaseModel):
    """One page of books that were found."""

    items: list[Book]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False
    facets: Facets | None = None

    @property
    def count_words(self) -> str:
        """Return how many books there are, in words."""
        if self.total is None:
            return wording.counted(len(self.items), "book") + " on this page"
        words = wording.counted(self.total, "book")
        return f"About {words}" if self.total_is_estimate else words


def authors_line(authors: list[str]) -> str:
    """Return ``A``, ``A and B``, ``A, B and C``, ``A, B and 3 others``."""
    if len(authors) > 3:  # noqa: PLR2004 (what fits a line)
        return f"{authors[0]}, {authors[1]} and {len(authors) - 2} others"
    *first, last = authors or [""]
    return f"{', '.join(first)} and {last}" if first else last
