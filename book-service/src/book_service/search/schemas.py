"""Questions about the catalogue, and their answers."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from book_service.catalogue.languages import language_code
from book_service.catalogue.schemas import Book, Format, Price, ShownPrice
from service_kit.paging import DEFAULT_LIMIT, Page
from service_kit.text import BlankAsNone, Line

Sort = Literal["relevance", "newest", "title", "price", "-price", "popularity"]
ValueSort = Literal["name", "count"]


def _sought_language(text: str) -> str:
    # Who filters by a code that nobody knows finds no book, as with any other word that no book has.
    try:
        return language_code(text)
    except ValueError:
        return text.lower()


class BookFilters(BaseModel):
    """Which books. Values of one filter are alternatives; different filters all apply."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Annotated[Line, Field(max_length=500)] | None, BlankAsNone] = Field(
        None, description="Words of the title, subtitle, author, publisher or subject, or an ISBN or its last digits."
    )
    author: list[Annotated[Line, Field(max_length=300)]] = Field(default_factory=list, max_length=20)
    subject: list[Annotated[Line, Field(max_length=100)]] = Field(default_factory=list, max_length=60)
    publisher: list[Annotated[Line, Field(max_length=300)]] = Field(default_factory=list, max_length=20)
    language: list[Annotated[Line, Field(max_length=3), AfterValidator(_sought_language)]] = Field(
        default_factory=list, max_length=20
    )
    format: list[Format] = Field(default_factory=list, max_length=5)
    price_min: Annotated[Price | None, BlankAsNone] = None
    price_max: Annotated[Price | None, BlankAsNone] = None
    in_stock: bool = False
    archived: bool = Field(default=False, description="Archived books instead; for editors only.")
    correct: bool = Field(
        default=True, description="Whether mistakes in `q` are forgiven when no book has it as typed."
    )


class BookQuery(BookFilters):
    """Which books, in which order, and which page of them."""

    sort: Sort | None = Field(None, description="`relevance` with `q`, else `newest`, when not given.")
    facets: bool = False
    facet_values: int | None = Field(
        None, ge=1, le=100, description="At most so many values of each facet, and those that are chosen."
    )
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=100, description="Books on a page.")
    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` or `prev_cursor` of a page.")


class FacetValue(BaseModel):
    """How many of the books that were found have this value."""

    value: str
    count: int


class PriceBand(BaseModel):
    """How many of the books that were found cost at least `min` and less than `max`, if there is one."""

    min: ShownPrice
    max: ShownPrice | None
    count: int


class Facets(BaseModel):
    """Counts over what was found.

    A facet that something is chosen of is counted as if nothing were: it says what else could be chosen.
    """

    subjects: list[FacetValue]
    authors: list[FacetValue]
    publishers: list[FacetValue]
    languages: list[FacetValue]
    formats: list[FacetValue]
    prices: list[PriceBand]
    in_stock: int
    counted: int = Field(description="Over how many books the counts are.")
    is_complete: bool = Field(description="False when more were found than `counted`, the most popular of them.")


class Correction(BaseModel):
    """A word that no book has, and the one that was looked for instead."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    from_: str = Field(alias="from")
    to: str


class Understood(BaseModel):
    """How `q` was understood."""

    q: str
    kind: Literal["words", "isbn", "digits"]
    corrected: str | None = Field(None, description="What was looked for instead, when no book has what was typed.")
    changes: list[Correction] = []


class BookPage(Page[Book]):
    """One page of books."""

    search: Understood | None = None
    facets: Facets | None = None


class SimilarBooks(BaseModel):
    """Books that stand near another one."""

    items: list[Book]
    book: Book | None = Field(None, description="That one, where it was asked for.")


class SuggestedBook(BaseModel):
    """A book as the search box offers it."""

    id: UUID
    title: str
    authors: list[str]
    isbn13: str | None
    price: ShownPrice
    currency: str
    available: int
    cover_url: str | None = None


class Suggestions(BaseModel):
    """What the search box offers while one types."""

    titles: list[SuggestedBook]
    authors: list[str]
    subjects: list[str]
    publishers: list[str]
    corrected: str | None = Field(None, description="What was looked for instead, when nothing has what was typed.")


class ValueQuery(BaseModel):
    """Which values of a facet, in which order, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Annotated[Line, Field(max_length=300)] | None, BlankAsNone] = Field(
        None, description="How the names begin."
    )
    sort: ValueSort = "name"
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=100)
    cursor: str | None = Field(None, max_length=2000)


class SearchWithoutResult(BaseModel):
    """Words that were looked for in vain."""

    q: str
    times: int
    first_at: dt.datetime
    last_at: dt.datetime
