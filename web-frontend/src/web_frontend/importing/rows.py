"""The rows of an import: what each of them would do, or did."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from service_kit.languages.texts import N_, _, n_
from web_frontend import wording
from web_frontend.importing.faults import row_fault
from web_frontend.importing.imports import Import

FIELD_WORDS = {
    "id": N_("Quire’s own id"),
    "title": N_("Title"),
    "subtitle": N_("Subtitle"),
    "authors": N_("Authors"),
    "isbn13": N_("ISBN"),
    "publisher": N_("Publisher"),
    "published_on": N_("Published"),
    "language": N_("Language"),
    "format": N_("Format"),
    "pages": N_("Pages"),
    "subjects": N_("Subjects"),
    "description": N_("Description"),
    "price": N_("Price"),
    "stock": N_("Copies of a new book"),
    "currency": N_("Currency"),
    "archived": N_("Archived"),
}
"""The columns of our own files that can be written, and what people call them, in the order of a book's history."""

TAB_WORDS = {
    "new": N_("New"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "bad": N_("Bad"),
    "failed": N_("Failed"),
    "kept": N_("Kept"),
}
NONE_WORDS = {
    "new": N_("Every book of the file is in the catalogue already."),
    "changed": N_("No book would change."),
    "unchanged": N_("No row says what the catalogue says already."),
    "bad": N_("Nothing is wrong with any row."),
    "failed": N_("Nothing failed."),
    "kept": N_("Nothing was kept."),
}
_LATE_TABS = ("failed", "kept")
_LONG = 140


class FieldChange(BaseModel):
    """What a field was and what it becomes."""

    before: Any = Field(None, alias="from")
    after: Any = Field(None, alias="to")


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change in the words that the book's own page has for it."""

    label: str
    was: str
    becomes: str

    @property
    def is_long(self) -> bool:
        """Whether it is better folded away."""
        return max(len(self.was), len(self.becomes)) > _LONG


class RowProblem(BaseModel):
    """What is wrong with a row, and at which of its columns."""

    field: str | None = None
    code: str = ""
    msg: str

    @property
    def field_words(self) -> str:
        """Name the column, if it is about one."""
        return field_words(self.field) if self.field else ""

    @property
    def goes_on(self) -> bool:
        """Whether the words go on with the column's name: ``Title`` … ``is missing``."""
        return bool(self.field) and self.words[:1].islower()

    @property
    def words(self) -> str:
        """Return what is wrong."""
        text = row_fault(self.code, self.field, self.msg.removeprefix("Value error, ").strip().rstrip("."))
        return text if self.field else text[:1].upper() + text[1:]


class Row(BaseModel):
    """One row of the file, or one product."""

    line: int | None = None
    outcome: str
    isbn13: str | None = None
    title: str | None = None
    book_id: str | None = None
    changes: dict[str, FieldChange] = {}
    problems: list[RowProblem] = []
    applied: bool = False

    def shown(self, currency: str) -> list[ShownChange]:
        """Return its changes as people read them, always in the same order."""
        order = {name: place for place, name in enumerate(FIELD_WORDS)}
        names = sorted(self.changes, key=lambda name: order.get(name, len(order)))
        return [_shown(name, self.changes[name], currency) for name in names]

    def brief(self, currency: str) -> list[str]:
        """Return who wrote a new book and what it costs, name by name."""
        authors, price = self.changes.get("authors"), self.changes.get("price")
        names = [str(name) for name in authors.after] if authors and isinstance(authors.after, list) else []
        return [*names, *([_shown("price", price, currency).becomes] if price else [])]


class RowPage(BaseModel):
    """One page of rows, in the order of the file."""

    items: list[Row]
    next_cursor: str | None = None
    prev_cursor: str | None = None


def field_words(name: str) -> str:
    """Return what people call a field."""
    return _(FIELD_WORDS[name]) if name in FIELD_WORDS else name.replace("_", " ").capitalize()


def _shown(name: str, change: FieldChange, currency: str) -> ShownChange:
    was, becomes = (_value_words(name, value, currency) for value in (change.before, change.after))
    return ShownChange(field_words(name), was, becomes)


def _value_words(name: str, value: Any, currency: str) -> str:  # noqa: ANN401 (any JSON)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return wording.money(str(value), currency) if name == "price" else _WORDING.get(name, str)(str(value))


_WORDING = {
    "language": wording.language_name,
    "format": wording.format_name,
    "published_on": wording.publication_date,
    "isbn13": wording.isbn,
}


def tab_words(tab: str) -> str:
    """Return what a tab is called."""
    return _(TAB_WORDS[tab])


def none_words(tab: str) -> str:
    """Say that there is no row with this outcome."""
    return _(NONE_WORDS[tab])


def what_words(tab: str, state: str) -> str:
    """Return the head of the column that tells of the rows in a tab."""
    heads = {
        "new": _("What is known of it"),
        "changed": _("What changes") if state == "checked" else _("What changed"),
        "kept": _("Why it was kept"),
        "bad": _("What is wrong"),
        "failed": _("What is wrong"),
    }
    return heads.get(tab, "")


def rows_words(tab: str, count: int) -> str:
    """Say how many rows a tab has."""
    return n_("%(tab)s: %(num)s row", "%(tab)s: %(num)s rows", count, tab=tab_words(tab))


def tabs_of(shown: Import) -> dict[str, int]:
    """Return the outcomes that have a tab, each with its number of rows."""
    counts = shown.counts.model_dump()
    return {tab: counts[tab] for tab in TAB_WORDS if tab not in _LATE_TABS or counts[tab]}


def first_tab(shown: Import) -> str:
    """Return the outcome that somebody wants to see first: what did not go well afterwards, else what changes."""
    counts = shown.counts.model_dump()
    order = ("kept", "failed", "new", "changed", "bad", "unchanged")
    return next((tab for tab in order if counts[tab]), "new")
