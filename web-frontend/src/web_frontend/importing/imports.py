"""An import as the pages show it: what it is, how far it is, and what its numbers mean."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal
from markupsafe import Markup, escape
from pydantic import BaseModel

from service_kit.languages.language import current_language
from service_kit.languages.texts import N_, _, n_, written_number
from web_frontend.browser_session import Claims
from web_frontend.importing.faults import file_fault
from web_frontend.wording import compact_time

STATE_WORDS = {
    "receiving": N_("Arriving"),
    "reading": N_("Being read"),
    "needs_mapping": N_("Waiting for its columns"),
    "checking": N_("Being checked"),
    "checked": N_("Waiting for you"),
    "applying": N_("Being applied"),
    "applied": N_("Applied"),
    "undoing": N_("Being undone"),
    "undone": N_("Undone"),
    "refused": N_("Cannot be read"),
    "cancelled": N_("Stopped"),
    "deleting": N_("Being discarded"),
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
_ENDINGS = {
    "applied": N_("applied %(moment)s"),
    "undone": N_("undone %(moment)s"),
    "cancelled": N_("stopped %(moment)s"),
}


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
        return file_fault(self.code, self.detail or _("The file cannot be read"))

    @property
    def place(self) -> str:
        """Return where in the file it is, unless the words say so themselves or it is the file as a whole."""
        if not self.line or self.line <= 1 or f"line {self.line:,}" in self.words.lower():
            return ""
        return _("It is at line %(line)s of the file.", line=written_number(self.line))


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
    samples: dict[str, list[str]] | None = None

    @property
    def state_words(self) -> str:
        """Return the state in a few words."""
        if self.state == "checked" and not self.changes:
            return _("Nothing to apply")
        return _(STATE_WORDS[self.state]) if self.state in STATE_WORDS else self.state.capitalize()

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
        counts = self.counts
        match self.state:
            case "receiving":
                return Doing(_("The file is arriving"), _("%(size)s so far", size=size_words(self.bytes or 0)))
            case "reading":
                rows = n_("%(num)s row so far", "%(num)s rows so far", counts.rows)
                return Doing(_("Reading the file"), rows if counts.rows else _("It has just begun"))
            case "applying":
                return self._applying()
            case "undoing":
                done = counts.undone + counts.kept
                words = n_(
                    "%(done)s of %(num)s book looked at",
                    "%(done)s of %(num)s books looked at",
                    counts.applied,
                    done=written_number(done),
                )
                return Doing(_("Undoing the import"), words, done, counts.applied)
        return self._checking()

    def _applying(self) -> Doing:
        done = self.counts.applied + self.counts.failed
        words = n_(
            "%(done)s of %(num)s change made",
            "%(done)s of %(num)s changes made",
            self.changes,
            done=written_number(done),
        )
        return Doing(_("Applying the changes"), words, done, self.changes)

    def _checking(self) -> Doing:
        counts = self.counts
        words = n_(
            "%(done)s of %(num)s row checked",
            "%(done)s of %(num)s rows checked",
            counts.rows,
            done=written_number(counts.checked),
        )
        found = _joined(_new(counts.new), _changed(counts.changed), _bad(counts.bad))
        words = _("%(checked)s: %(found)s", checked=words, found=found) if found else words
        return Doing(_("Checking the rows"), words, counts.checked, counts.rows)

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

    def told(self, claims: Claims | None) -> Markup:
        """Return who sent it and when, and when it ended, in one line."""
        sent = {"moment": compact_time(self.created_at), "who": escape(self.actor_name or "")}
        if self._is_by(claims):
            words = _("sent by you %(moment)s", **sent)
        elif self.actor_name:
            words = _("sent by %(who)s %(moment)s", **sent)
        else:
            words = _("sent by a program %(moment)s", **sent)
        parts = [escape(self.facts), Markup(words)]  # noqa: S704 (the values are escaped)
        if self.finished_at is not None and self.state in _ENDINGS:
            parts.append(Markup(_(_ENDINGS[self.state], moment=compact_time(self.finished_at))))  # noqa: S704
        return Markup(", ").join(part for part in parts if part)

    @property
    def sum_words(self) -> str:
        """Return what has come of it so far, in one line for a list."""
        counts = self.counts
        if self.state == "refused":
            return self.problem.words if self.problem is not None else ""
        if self.state in {"applied", "applying"} or self.can_undo:
            applied = n_("%(num)s applied", "%(num)s applied", counts.applied)
            rejected = n_("%(num)s not taken", "%(num)s not taken", self.rejected)
            return _joined(
                applied if counts.applied else "", rejected if self.rejected else "", _unchanged(counts.unchanged)
            )
        if self.state in {"undone", "undoing"}:
            undone = n_("%(num)s put back", "%(num)s put back", counts.undone)
            kept = n_("%(num)s kept", "%(num)s kept", counts.kept)
            return _joined(undone if counts.undone else "", kept if counts.kept else "")
        return _joined(_new(counts.new), _changed(counts.changed), _unchanged(counts.unchanged), _bad(counts.bad))

    def by(self, claims: Claims | None) -> str:
        """Name who sent it, for a list."""
        if self._is_by(claims):
            return _("by you")
        return _("by %(who)s", who=self.actor_name) if self.actor_name else _("by a program")

    def _is_by(self, claims: Claims | None) -> bool:
        return claims is not None and self.actor in {claims.account_id, claims.email}


class ImportPage(BaseModel):
    """One page of imports, newest first."""

    items: list[Import]
    next_cursor: str | None = None
    prev_cursor: str | None = None


def size_words(number: int) -> str:
    """Return a number of bytes as people read it: ``812 bytes``, ``34 KB``, ``1.2 MB``."""
    if number < _KIB:
        return n_("%(num)s byte", "%(num)s bytes", number)
    if number < _KIB**2:
        return f"{written_number(round(number / _KIB))} KB"
    megabytes = number / _KIB**2
    shape = "0.0" if megabytes < 10 else "#,##0"  # noqa: PLR2004 (one digit is exact enough)
    return f"{format_decimal(megabytes, shape, locale=current_language().locale)} MB"


def _new(number: int) -> str:
    return n_("%(num)s new", "%(num)s new", number) if number else ""


def _changed(number: int) -> str:
    return n_("%(num)s changed", "%(num)s changed", number) if number else ""


def _unchanged(number: int) -> str:
    return n_("%(num)s unchanged", "%(num)s unchanged", number) if number else ""


def _bad(number: int) -> str:
    return n_("%(num)s bad", "%(num)s bad", number) if number else ""


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
