"""The rows of an import: what each of them would do, or did."""

from typing import Any

from pydantic import BaseModel, Field

from web_frontend.importing.imports import Import

FIELD_WORDS = {
    "id": "Quire’s own id",
    "isbn13": "ISBN",
    "title": "Title",
    "subtitle": "Subtitle",
    "authors": "Authors",
    "publisher": "Publisher",
    "published_on": "Published on",
    "language": "Language",
    "format": "Format",
    "pages": "Pages",
    "subjects": "Subjects",
    "description": "Description",
    "price": "Price",
    "stock": "Copies of a new book",
    "currency": "Currency",
    "archived": "Archived",
}
"""The columns of our own files that can be written, and what people call them."""

TAB_WORDS = {
    "new": "New",
    "changed": "Changed",
    "unchanged": "Unchanged",
    "bad": "Bad",
    "failed": "Failed",
    "kept": "Kept",
}
NONE_WORDS = {
    "new": "Every book of the file is in the catalogue already.",
    "changed": "No book would change.",
    "unchanged": "No row says what the catalogue says already.",
    "bad": "Nothing is wrong with any row.",
    "failed": "Nothing failed.",
    "kept": "Nothing was kept.",
}
_LATE_TABS = ("failed", "kept")
_LONG = 140


class FieldChange(BaseModel):
    """What a field was and what it becomes."""

    before: Any = Field(None, alias="from")
    after: Any = Field(None, alias="to")

    @property
    def was(self) -> str:
        """Return what it was, in words."""
        return value_words(self.before)

    @property
    def becomes(self) -> str:
        """Return what it becomes, in words."""
        return value_words(self.after)

    @property
    def is_long(self) -> bool:
        """Whether it is better folded away."""
        return max(len(self.was), len(self.becomes)) > _LONG


class RowProblem(BaseModel):
    """What is wrong with a row, and at which of its columns."""

    field: str | None = None
    msg: str

    @property
    def field_words(self) -> str:
        """Name the column, if it is about one."""
        return field_words(self.field) if self.field else ""

    @property
    def words(self) -> str:
        """Return what is wrong as a sentence."""
        text = self.msg.removeprefix("Value error, ").strip().rstrip(".")
        return text[:1].upper() + text[1:]


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

    @property
    def brief(self) -> str:
        """Return who wrote a new book and what it costs, as the file has it."""
        parts = [self.changes[name].becomes for name in ("authors", "price") if name in self.changes]
        return ", ".join(part for part in parts if part)


class RowPage(BaseModel):
    """One page of rows, in the order of the file."""

    items: list[Row]
    next_cursor: str | None = None
    prev_cursor: str | None = None


def field_words(name: str) -> str:
    """Return what people call a field."""
    return FIELD_WORDS.get(name, name.replace("_", " ").capitalize())


def value_words(value: Any) -> str:  # noqa: ANN401 (any JSON)
    """Return a field's value as text; an empty text where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return "" if value is None else str(value)


def tabs_of(shown: Import) -> dict[str, int]:
    """Return the outcomes that have a tab, each with its number of rows."""
    counts = shown.counts.model_dump()
    return {tab: counts[tab] for tab in TAB_WORDS if tab not in _LATE_TABS or counts[tab]}


def first_tab(shown: Import) -> str:
    """Return the outcome that somebody wants to see first: what did not go well afterwards, else what changes."""
    counts = shown.counts.model_dump()
    order = ("kept", "failed", "new", "changed", "bad", "unchanged")
    return next((tab for tab in order if counts[tab]), "new")
