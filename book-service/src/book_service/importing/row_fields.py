"""The fields of a row, checked by the rules that the API has for books."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from book_service.catalogue.schemas import BookCreate, Price
from book_service.importing.given_fields import Given, Problem
from book_service.importing.plain_words import plain_words
from service_kit.languages.texts import N_
from service_kit.text import BlankAsNone, Line

_LONGEST_SHOWN = 200


class RowFields(BookCreate):
    """A book as ``POST /books`` takes it, but that every field may be absent: the row may be for a known book."""

    title: Annotated[Line, Field(min_length=1, max_length=500)] = ""
    price: Price = Decimal(0)
    stock: Annotated[int | None, BlankAsNone] = Field(None, ge=0, le=10_000_000)  # type: ignore[assignment]


@dataclass(slots=True)
class CheckedFields:
    """What a row says once it was checked: fields as JSON values, the id it gives, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    book_id: UUID | None = None
    problems: list[Problem] = field(default_factory=list)
    title: str | None = None
    """What the row calls its book, also when it is bad: for people to find it by."""


def checked(given: Given) -> CheckedFields:
    """Check what a row gives; all its problems are told at once."""
    result = CheckedFields(problems=list(given.problems), title=_shown(given.fields.get("title")))
    fields = dict(given.fields)
    result.book_id = _take_id(fields.pop("id", None), result.problems)
    try:
        row = RowFields.model_validate(fields)
    except ValidationError as error:
        result.problems += _told(error)
        return result
    result.values = {name: _as_json(getattr(row, name)) for name in row.model_fields_set}
    return result


def _take_id(text: object, problems: list[Problem]) -> UUID | None:
    # A number is another system's id, which says nothing here.
    if text is None or text == "" or str(text).isdecimal():
        return None
    try:
        return UUID(str(text))
    except ValueError:
        problems.append(Problem("id", N_("is not the id of a book")))
        return None


def _told(error: ValidationError) -> list[Problem]:
    found: dict[str | None, Problem] = {}
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0])[:100] if problem["loc"] else None
        found.setdefault(name, Problem(name, plain_words(problem)))
    return list(found.values())


def _as_json(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _shown(title: object) -> str | None:
    if not isinstance(title, str):
        return None
    if title.isprintable():
        return title[:_LONGEST_SHOWN] or None
    printable = "".join(character if character.isprintable() else " " for character in title[:_LONGEST_SHOWN])
    return " ".join(printable.split()) or None


def missing_of_new(values: Mapping[str, Any]) -> list[Problem]:
    """Return what a row lacks that a new book needs."""
    return [
        Problem(name, N_("is missing, and a new book needs it"), "missing")
        for name in ("title", "price")
        if name not in values
    ]
