"""An import as the pages show it: what it is, how far it is, and what its numbers mean."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from web_frontend.browser_session import Claims
from web_frontend.wording import counted

STATE_WORDS = {
    "receiving": "Arriving",
    "reading": "Being read",
    "needs_mapping": "Waiting for its columns",
    "checking": "Being checked",
    "checked": "Waiting for you",
    "applying": "Being applied",
    "applied": "Applied",
    "undoing": "Being undone",
    "undone": "Undone",
    "refused": "Cannot be read",
    "cancelled": "Cancelled",
    "deleting": "Being discarded",
}
RUNNING = frozenset({"receiving", "reading", "checking", "applying", "undoing"})
_KINDS = {
    "refused": "bad",
    "cancelled": "off",
    "undone": "off",
    "applied": "ok",
    "checked": "wait",
    "needs_mapping": "wait",
}
_FORMATS = {"csv": "CSV", "onix": "ONIX", "jsonl": "JSON Lines"}
_KIB = 1024


class Counts(BaseModel):
    """How many rows there are of each kind."""

    rows: int = 0
    checked: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0
    applied: int = 0
    failed: int = 0
    undone: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Doing:
    """What is being done with an import at this moment; ``total`` is None where nobody knows how much there is."""

    heading: str
    words: str
    done: int = 0
    total: int | None = None


class ImportProblem(BaseModel):
    """Why a file as a whole cannot be taken."""

    code: str
    detail: str | None = None
    line: int | None = None

    @property
    def words(self) -> str:
        """Return what is wrong."""
        return self.detail or "The file cannot be read"

    @property
    def place(self) -> str:
        """Return where in the file it is, unless the words say so themselves or it is the file as a whole."""
        line = f"line {self.line:,}" if self.line and self.line > 1 else ""
        return "" if line in self.words.lower() else f"It is at {line} of the file."


class Import(BaseModel):
    """One file that was sent to be imported."""

    id: str
    name: str
    format: str | None = None
    state: str
    created_at: dt.datetime
    finished_at: dt.datetime | None = None
    actor: str | None = None
    actor_name: str | None = None
    bytes: int | None = None
    columns: list[str] | None = None
    mapping: dict[str, str | None] | None = None
    options: dict[str, Any] = {}
    counts: Counts = Counts()
    problem: ImportProblem | None = None

    @property
    def state_words(self) -> str:
        """Return the state in a few words."""
        if self.state == "checked" and not self.changes:
            return "Nothing to apply"
        return STATE_WORDS.get(self.state, self.state.capitalize())

    @property
    def state_kind(self) -> str:
        """Return how the state is marked: ``run``, ``wait``, ``ok``, ``bad`` or ``off``."""
        return "off" if self.state == "checked" and not self.changes else _KINDS.get(self.state, "run")

    @property
    def is_running(self) -> bool:
        """Whether something is being done at this moment."""
        return self.state in RUNNING

    @property
    def can_cancel(self) -> bool:
        """Whether what is being done can be stopped."""
        return self.state in {"receiving", "reading", "checking", "applying"}

    @property
    def can_undo(self) -> bool:
        """Whether it did something that can be taken back: also one that was stopped in the middle of applying."""
        return self.state in {"applied", "cancelled"} and self.counts.applied > 0

    @property
    def doing(self) -> Doing:
        """Return what is being done now, in words and numbers."""
        counts, rows = self.counts, counted(self.counts.rows, "row")
        match self.state:
            case "receiving":
                return Doing("The file is arriving", f"{size_words(self.bytes or 0)} so far")
            case "reading":
                return Doing("Reading the file", f"{rows} so far" if counts.rows else "It has just begun")
            case "applying":
                done = counts.applied + counts.failed
                words = f"{done:,} of {counted(self.changes, 'change')} made"
                return Doing("Applying the changes", words, done, self.changes)
            case "undoing":
                done = counts.undone + counts.kept
                words = f"{done:,} of {counted(counts.applied, 'book')} looked at"
                return Doing("Undoing the import", words, done, counts.applied)
        found = _listed((counts.new, "new"), (counts.changed, "changed"), (counts.bad, "bad"))
        words = f"{counts.checked:,} of {rows} checked{': ' if found else ''}{found}"
        return Doing("Checking the rows", words, counts.checked, counts.rows)

    @property
    def progress(self) -> str:
        """Return a text that is another one as soon as there is something new to show."""
        return ".".join([self.state, *(str(number) for number in self.counts.model_dump().values())])

    @property
    def changes(self) -> int:
        """Return how many rows would change the catalogue."""
        return self.counts.new + self.counts.changed

    @property
    def rejected(self) -> int:
        """Return how many rows were not taken."""
        return self.counts.bad + self.counts.failed

    @property
    def facts(self) -> str:
        """Return what the file is: ``CSV, 1.2 MB``."""
        parts = [_FORMATS.get(self.format or "", self.format or "")]
        if self.bytes:
            parts.append(size_words(self.bytes))
        return ", ".join(part for part in parts if part)

    @property
    def sum_words(self) -> str:
        """Return what has come of it so far, in one line for a list."""
        counts = self.counts
        if self.state == "refused":
            return (self.problem and self.problem.detail) or ""
        if self.state in {"applied", "applying"} or self.can_undo:
            return _listed((counts.applied, "applied"), (self.rejected, "not taken"), (counts.unchanged, "unchanged"))
        if self.state in {"undone", "undoing"}:
            return _listed((counts.undone, "put back"), (counts.kept, "kept"))
        return _listed(
            (counts.new, "new"), (counts.changed, "changed"), (counts.unchanged, "unchanged"), (counts.bad, "bad")
        )

    def who(self, claims: Claims | None) -> str:
        """Name who sent it; oneself is ``you``."""
        if claims is not None and self.actor in {claims.account_id, claims.email}:
            return "you"
        return self.actor_name or "a program"


class ImportPage(BaseModel):
    """One page of imports, newest first."""

    items: list[Import]
    next_cursor: str | None = None
    prev_cursor: str | None = None


def size_words(number: int) -> str:
    """Return a number of bytes as people read it: ``812 bytes``, ``34 KB``, ``1.2 MB``."""
    if number < _KIB:
        return counted(number, "byte")
    if number < _KIB**2:
        return f"{number / _KIB:.0f} KB"
    megabytes = number / _KIB**2
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:.0f} MB"  # noqa: PLR2004 (one digit is exact enough)


def _listed(*found: tuple[int, str]) -> str:
    return ", ".join(f"{number:,} {words}" for number, words in found if number)
