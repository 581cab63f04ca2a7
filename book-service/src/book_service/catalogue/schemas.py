"""Books as they come in and go out."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from book_service.catalogue.isbn import isbn13_of
from book_service.catalogue.languages import language_code
from book_service.catalogue.models import HIGHEST_PRICE, PUBLISHED_ON
from book_service.inventory.models import HIGHEST_STOCK
from service_kit.languages.texts import _
from service_kit.text import BlankAsNone, Line, Prose

Format = Literal["hardback", "paperback", "e-book", "audiobook", "other"]

READ_ONLY = frozenset(
    {
        "id",
        "currency",
        "on_hand",
        "available",
        "cover_url",
        "created_at",
        "updated_at",
        "archived_at",
        "version",
    }
)
"""Fields that an answer has and an input may repeat: they are ignored there."""

_PLAIN_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?\s*")


def _real_date(text: str) -> str:
    # The pattern has let only the three lengths through; this refuses the 31st of February, and the year 0.
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        dt.date(year, month, day)
    except ValueError as error:
        message = _("is not a date in the calendar")
        raise ValueError(message) from error
    return text


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _one_name(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _number(value: object) -> object:
    # Decimal would also take digits of other scripts, and "1_0" for ten.
    if isinstance(value, bool) or (isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value)):
        message = _("should be a number like 9.99")
        raise ValueError(message)
    return value


Price = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=0, le=HIGHEST_PRICE, decimal_places=2, examples=["9.99"]),
    PlainSerializer(lambda price: f"{price:.2f}", return_type=str),
]
ShownPrice = Annotated[
    Decimal, Field(examples=["9.99"]), PlainSerializer(lambda price: f"{price:.2f}", return_type=str)
]
"""A price that goes out: it was checked when it came in."""
Isbn = Annotated[str, Field(max_length=40), AfterValidator(isbn13_of)]
Language = Annotated[str, Field(max_length=20), AfterValidator(language_code)]
PublishedOn = Annotated[str, Field(pattern=PUBLISHED_ON), AfterValidator(_real_date)]
Names = Annotated[list[Annotated[Line, Field(max_length=300)]], AfterValidator(_distinct)]


class BookFields(BaseModel):
    """What an editor says of a book: the whole record but for what the system itself keeps."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "The Waves",
                    "authors": ["Virginia Woolf"],
                    "isbn": "978-0-15-694960-6",
                    "published_on": "1931-10-08",
                    "language": "eng",
                    "format": "paperback",
                    "subjects": ["Fiction"],
                    "price": "9.99",
                }
            ]
        },
    )

    title: Annotated[Line, Field(min_length=1, max_length=500)]
    subtitle: Annotated[Annotated[Line, Field(max_length=500)] | None, BlankAsNone] = None
    authors: Annotated[Names, BeforeValidator(_one_name)] = Field(
        default_factory=list,
        max_length=50,
        validation_alias=AliasChoices("authors", "author"),
        description="`author` with one name is accepted too.",
    )
    publisher: Annotated[Annotated[Line, Field(max_length=300)] | None, BlankAsNone] = None
    published_on: Annotated[PublishedOn | None, BlankAsNone] = Field(
        None, description="Year, month or day.", examples=["1931", "1931-10", "1931-10-08"]
    )
    language: Annotated[Language | None, BlankAsNone] = Field(
        None,
        description="ISO 639, in two or three letters; kept and shown in the three of ISO 639-3: `en` becomes `eng`.",
        examples=["eng"],
    )
    format: Annotated[Format | None, BlankAsNone] = None
    pages: Annotated[int | None, BlankAsNone] = Field(None, ge=1, le=100_000)
    subjects: Annotated[list[Annotated[Line, Field(max_length=100)]], AfterValidator(_distinct)] = Field(
        default_factory=list, max_length=60
    )
    description: Annotated[Annotated[Prose, Field(max_length=20_000)] | None, BlankAsNone] = None
    isbn13: Annotated[Isbn | None, BlankAsNone] = Field(
        None,
        validation_alias=AliasChoices("isbn13", "isbn", "isbn10"),
        description="ISBN-10 or ISBN-13, with or without hyphens; `isbn` and `isbn10` are accepted too.",
    )
    price: Price

    @model_validator(mode="before")
    @classmethod
    def _ignore_read_only(cls, data: Any) -> Any:  # noqa: ANN401 (any JSON)
        return {key: value for key, value in data.items() if key not in READ_ONLY} if isinstance(data, dict) else data


class BookCreate(BookFields):
    """A new book, with the copies that are there on the first day."""

    stock: int = Field(0, ge=0, le=HIGHEST_STOCK, description="Copies on the shelf to begin with.")


class BookPatch(BookFields):
    """Changes to a book (JSON Merge Patch, RFC 7396): what is absent stays, what is null is removed."""

    title: Annotated[Line, Field(min_length=1, max_length=500)] = ""
    price: Price = Decimal(0)


class Book(BaseModel):
    """A book as readers and editors see it. `on_hand` is null for those who do not edit books."""

    id: UUID
    isbn13: str | None
    title: str
    subtitle: str | None
    authors: list[str]
    publisher: str | None
    published_on: str | None
    language: str | None
    format: Format | None
    pages: int | None
    subjects: list[str]
    description: str | None
    price: ShownPrice
    currency: str = Field(examples=["GBP"])
    on_hand: int | None = Field(description="Copies on the shelf; for editors only.")
    available: int = Field(description="Copies that can be ordered now.")
    cover_url: str | None = None
    created_at: dt.datetime
    updated_at: dt.datetime
    archived_at: dt.datetime | None
    version: int
