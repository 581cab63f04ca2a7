"""Rows beside the catalogue: what each would do to it. Pure functions; the lookups were made before."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from book_service.catalogue.languages import language_code
from book_service.importing.given_fields import Problem
from book_service.importing.row_fields import CheckedFields, missing_of_new
from service_kit.languages.texts import N_, _

_ARCHIVED = N_("This book is archived; an option of the import brings such books back")


@dataclass(frozen=True, slots=True)
class BookNow:
    """A book of the catalogue as it is: fields as JSON values."""

    id: UUID
    version: int
    archived: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that was checked by itself."""

    number: int
    line: int
    checked: CheckedFields

    @property
    def isbn13(self) -> str | None:
        """Return the row's ISBN."""
        isbn13: str | None = self.checked.values.get("isbn13")
        return isbn13

    @property
    def bare_title(self) -> str | None:
        """Return the title that a book without an ISBN is found by, or None when the row has an ISBN."""
        return None if self.isbn13 else self.checked.values.get("title")


class Known:
    """The books that some rows may be about."""

    def __init__(self, books: Iterable[BookNow]) -> None:
        """Take all that have one of the rows' ids, ISBNs, or, without an ISBN, titles."""
        self.by_id = {book.id: book for book in books}
        self.by_isbn = {book.fields["isbn13"]: book for book in self.by_id.values() if book.fields["isbn13"]}
        self._by_title: dict[str, list[BookNow]] = {}
        for book in self.by_id.values():
            if not book.fields["isbn13"]:
                self._by_title.setdefault(book.fields["title"], []).append(book)

    def of(self, candidate: Candidate) -> list[BookNow]:
        """Return the book that a row is about: by its id, else its ISBN, else title, authors and format."""
        checked = candidate.checked
        if checked.book_id in self.by_id:
            return [self.by_id[checked.book_id]]
        if candidate.isbn13:
            return [self.by_isbn[candidate.isbn13]] if candidate.isbn13 in self.by_isbn else []
        told = {name: checked.values[name] for name in ("authors", "format") if name in checked.values}
        return [
            book
            for book in self._by_title.get(checked.values.get("title", ""), [])
            if all(book.fields[name] == value for name, value in told.items())
        ]


@dataclass(slots=True)
class Result:
    """What a row would do. ``keys`` are what no second row of the file may claim."""

    number: int
    line: int
    outcome: str
    book_id: UUID | None = None
    isbn13: str | None = None
    title: str | None = None
    changes: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    keys: tuple[str, ...] = ()

    def refuse(self, *problems: Problem) -> "Result":
        """Make it a bad row."""
        self.outcome = "bad"
        self.problems += problems
        self.changes, self.keys = {}, ()
        return self


def compared(candidate: Candidate, known: Known, *, restore_archived: bool) -> Result:
    """Return what a row would do to the catalogue."""
    checked = candidate.checked
    result = Result(candidate.number, candidate.line, "new", isbn13=candidate.isbn13, title=checked.title)
    if checked.problems:
        return result.refuse(*checked.problems)
    found = known.of(candidate)
    if len(found) > 1:
        message = N_("More than one book without an ISBN has this title; give the id of the one that is meant")
        return result.refuse(Problem("title", message, "ambiguous"))
    if not found:
        return _as_new(result, checked)
    return _as_known(result, found[0], checked, known, restore_archived=restore_archived)


def _as_new(result: Result, checked: CheckedFields) -> Result:
    if missing := missing_of_new(checked.values):
        return result.refuse(*missing)
    result.changes = {name: [None, value] for name, value in checked.values.items() if value not in (None, [], 0)}
    result.changes["price"] = [None, checked.values["price"]]
    result.title = checked.values["title"]
    result.keys = (_key_of_new(checked.values),)
    return result


def _as_known(result: Result, book: BookNow, checked: CheckedFields, known: Known, *, restore_archived: bool) -> Result:
    result.book_id, result.title = book.id, result.title or book.fields["title"]
    result.isbn13 = result.isbn13 or book.fields["isbn13"]
    if book.archived and not restore_archived:
        return result.refuse(Problem("archived", _ARCHIVED, "book_archived"))
    values = {name: value for name, value in checked.values.items() if name != "stock"}
    if _is_language(book.fields["language"], values.get("language")):
        del values["language"]
    changes = {name: [book.fields[name], value] for name, value in values.items() if book.fields[name] != value}
    isbn13 = changes.get("isbn13", (None, None))[1]
    if isbn13 is not None and isbn13 in known.by_isbn:
        other = known.by_isbn[isbn13]
        return result.refuse(
            Problem("isbn13", _("is the ISBN of “%(title)s”", title=other.fields["title"]), "isbn_taken")
        )
    if book.archived:
        changes["archived"] = [True, False]
    result.outcome = "changed" if changes else "unchanged"
    result.changes = changes
    result.keys = (f"b{book.id.hex}", f"i{isbn13}") if isbn13 is not None else (f"b{book.id.hex}",)
    return result


def _is_language(code: str | None, wanted: str | None) -> bool:
    """Tell whether a book's language is the wanted one, in another code that was kept before codes were unified."""
    if code is None or wanted is None:
        return False
    try:
        return language_code(code) == wanted
    except ValueError:
        return False


def _key_of_new(values: Mapping[str, Any]) -> str:
    if values.get("isbn13"):
        return f"i{values['isbn13']}"
    described = json.dumps([values["title"], values.get("authors") or [], values.get("format")], ensure_ascii=False)
    return f"t{hashlib.sha256(described.encode()).hexdigest()[:32]}"


def refuse_doubles(results: Sequence[Result], claimed: dict[str, int]) -> dict[str, int]:
    """Make a row bad that is about the book of an earlier row, and return the keys that the others claim.

    ``claimed`` has the line of each key that earlier batches claimed, and is added to.
    """
    new: dict[str, int] = {}
    for result in results:
        line = next((claimed[key] for key in result.keys if key in claimed), None)
        if line is not None:
            message = _("Line %(line)s of this file is about the same book", line=line)
            result.refuse(Problem("isbn13" if result.isbn13 else None, message, "double"))
            continue
        for key in result.keys:
            claimed[key] = new[key] = result.line
    return new
