"""What a row says of a book: its fields under the API's names, as yet unchecked, whatever the file's format."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from book_service.importing.cells import date_of, format_of, isbn_of, other_currency, price_of, split
from service_kit.languages.texts import N_, _
from service_kit.spreadsheets import as_typed
from service_kit.text import search_key

_LISTS = frozenset({"authors", "subjects"})
_OTHER_NAMES = {"author": "authors", "isbn": "isbn13", "isbn10": "isbn13"}
_READ_ONLY = frozenset(
    {"on_hand", "available", "cover_url", "created_at", "updated_at", "archived_at", "version", "problem"}
)
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a row. ``field`` is None where it is the row as a whole; ``code`` is stable.

    ``msg`` is translated when it is told, or was when it was made.
    """

    field: str | None
    msg: str
    code: str = "invalid"

    def told(self) -> dict[str, str | None]:
        """Return it as JSON. It may quote what was sent, and that may hold what no database takes for text."""
        return {"field": self.field and _storable(self.field), "code": self.code, "msg": _storable(_(self.msg))}


def _storable(text: str) -> str:
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(slots=True)
class Given:
    """The fields that a row has. An empty value is one: it clears the field. What is absent says nothing."""

    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def from_cells(content: str, columns: Sequence[str], mapping: Mapping[str, str | None], currency: str) -> Given:
    """Return what a CSV row says."""
    cells: list[str] = json.loads(content)
    given = Given()
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        message = _(
            "The row has %(cells)s cells, and the header has %(columns)s.", cells=len(cells), columns=len(columns)
        )
        given.problems.append(Problem(None, message, "ragged_row"))
        return given
    for column, cell in zip(columns, cells, strict=False):
        if is_for := mapping.get(column):
            _take(given, is_for, as_typed(cell).strip(), currency)
    return given


def _take(given: Given, name: str, cell: str, currency: str) -> None:
    try:
        if name in _LISTS:
            given.fields[name] = given.fields.get(name, []) + split(cell)
        elif name == "currency":
            _refuse_other(currency, cell)
        elif name == "price":
            given.fields[name] = price_of(cell, currency)
        else:
            read = _READ.get(name)
            given.fields[name] = read(cell) if read else cell
    except ValueError as error:
        given.problems.append(Problem("price" if name == "currency" else name, str(error)))


def _refuse_other(currency: str, cell: str) -> None:
    if cell and cell.upper() != currency:
        message = other_currency(cell[:20], currency)
        raise ValueError(message)


_READ: dict[str, Callable[[str], str]] = {
    "isbn13": isbn_of,
    "published_on": date_of,
    "format": lambda cell: format_of(cell, search_key(cell)),
}


def from_json_line(content: str, currency: str) -> Given:
    """Return what a line of a JSON Lines file says."""
    try:
        book = json.loads(content)
    except (ValueError, RecursionError):
        return Given(problems=[Problem(None, N_("The line is not valid JSON."), "malformed_json")])
    if not isinstance(book, dict):
        return Given(problems=[Problem(None, N_("The line is not a JSON object."), "malformed_json")])
    given = Given()
    for key, value in book.items():
        name = _OTHER_NAMES.get(key) or str(key)
        if name == "currency":
            try:
                _refuse_other(currency, str(value or ""))
            except ValueError as error:
                given.problems.append(Problem("price", str(error)))
        elif name not in _READ_ONLY:
            given.fields[name] = value
    return given


def from_product(content: str) -> Given:
    """Return what an ONIX product said when it was read."""
    product = json.loads(content)
    return Given(product["fields"], [Problem(**problem) for problem in product["problems"]])
