"""How a file is read: which of its columns is which field, and what is done with archived books."""

from dataclasses import dataclass, field
from typing import Any, Self

from web_frontend.gateway_problems import Refused
from web_frontend.importing.imports import Import
from web_frontend.importing.rows import FIELD_WORDS, field_words
from web_frontend.submitted_form import FormView, Submitted

# What is written from a column of ours, in the order of our own files.
_TARGETS = tuple(name for name in FIELD_WORDS if name != "archived")


@dataclass(slots=True)
class Column:
    """A column of the file, and the field that it is taken for; an empty text leaves it out."""

    name: str
    target: str
    number: int
    samples: list[str]

    @property
    def control(self) -> str:
        """Return the name of its control."""
        return f"column-{self.number}"


@dataclass(slots=True)
class Reading:
    """The form that says how the file is read."""

    columns: list[Column]
    restore_archived: bool
    form: FormView = field(default_factory=FormView)

    @classmethod
    def of(cls, shown: Import) -> Self:
        """Return the form as it is filled in now."""
        mapping = shown.mapping or {}
        columns = [
            Column(name, mapping.get(name) or "", number, (shown.samples or {}).get(name, []))
            for number, name in enumerate(shown.columns or [], start=1)
        ]
        return cls(columns, bool(shown.options.get("restore_archived")))

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Return the fields that a column may be, with their words."""
        known = [(name, field_words(name)) for name in _TARGETS]
        others = {column.target for column in self.columns} - {"", *_TARGETS}
        return known + [(name, field_words(name)) for name in sorted(others)]

    @property
    def changes(self) -> dict[str, Any]:
        """Return what book-service is to be told."""
        changes: dict[str, Any] = {"options": {"restore_archived": self.restore_archived}}
        if self.columns:
            changes["mapping"] = {column.name: column.target or None for column in self.columns}
        return changes

    def refuse(self, error: Refused) -> None:
        """Say what book-service has against it."""
        found = error.field_messages
        self.form.problem = found[0][1].removeprefix("Value error, ") if found else error.detail


def reading_of(shown: Import, submitted: Submitted) -> Reading:
    """Read the form that was sent; whether the file can be read like that is for book-service to say."""
    reading = Reading.of(shown)
    reading.restore_archived = submitted["restore_archived"] == "yes"
    targets = dict(reading.targets)
    for column in reading.columns:
        target = submitted[column.control]
        column.target = target if target in targets else ""
    return reading
