"""A book's history as its page shows it, and the words for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from service_kit.languages.texts import N_, _
from web_frontend import wording
from web_frontend.browser_session import Claims
from web_frontend.editing.forms import form_name, label
from web_frontend.history.differences import Piece, list_differences, shortened, text_differences

_TEXTS = frozenset({"title", "subtitle", "publisher", "description"})
_DID = {
    "created": N_("Added"),
    "edited": N_("Changed"),
    "archived": N_("Archived"),
    "restored": N_("Put back into the catalogue"),
    "imported": N_("Changed by an import"),
    "import_undone": N_("Import undone"),
}


class Change(BaseModel):
    """A field's value before and after."""

    before: Any = Field(None, alias="from")
    after: Any = Field(None, alias="to")


class ShownChange(BaseModel):
    """A change in words: as one text with what went and what came, or as two values."""

    label: str
    before: str
    after: str
    pieces: list[Piece] | None = None
    is_list: bool = False


class Revision(BaseModel):
    """One change of a book; ``version`` is the book's version that it made."""

    version: int
    kind: str
    at: dt.datetime
    actor: str
    actor_name: str | None = None
    changes: dict[str, Change] = {}
    import_id: str | None = None
    source_version: int | None = None

    @property
    def did(self) -> str:
        """Return what was done, in words."""
        if self.kind == "reverted":
            return _("Version %(number)s put back", number=self.source_version)
        if self.import_id is not None and not self.changes and self.kind in {"created", "imported"}:
            return _("Added by an import")
        words = _(_DID.get(self.kind, "Changed"))
        moved = self.changes.get("archived")
        if moved is None or self.kind in {"archived", "restored"}:
            return words
        if moved.after:
            return _("%(did)s: archived", did=words)
        return _("%(did)s: back in the catalogue", did=words)

    def who(self, claims: Claims | None) -> str:
        """Name who did it: ``You``, an address, or the shop itself."""
        if claims is not None and self.actor == claims.account_id:
            return _("You")
        return self.actor_name or ("Quire" if self.actor == "system" else _("A program"))


class History(BaseModel):
    """One page of a book's history, newest first."""

    items: list[Revision]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int = 0

    @property
    def oldest_known(self) -> int | None:
        """Return the version from before histories were kept that the first known change began with, if any."""
        is_last_page = self.next_cursor is None and self.items
        first = self.items[-1] if is_last_page else None
        return first.version - 1 if first is not None and first.version > 1 else None


class Version(BaseModel):
    """What putting a version back would change."""

    version: int
    restoring: dict[str, Change] = {}


def shown_changes(changes: Mapping[str, Change], currency: str) -> list[ShownChange]:
    """Return changes as people read them. That a book was archived is said by ``Revision.did``."""
    return [_shown(name, change, currency) for name, change in changes.items() if name != "archived"]


def _shown(name: str, change: Change, currency: str) -> ShownChange:
    before, after = (_words(name, value, currency) for value in (change.before, change.after))
    pieces = None
    is_list = isinstance(change.before, list) and isinstance(change.after, list)
    if is_list:
        pieces = list_differences(change.before, change.after)
    elif name in _TEXTS:
        found = text_differences(before, after)
        pieces = shortened(found) if found else None
    return ShownChange(label=label(form_name(name)), before=before, after=after, pieces=pieces, is_list=is_list)


def _words(name: str, value: Any, currency: str) -> str:  # noqa: ANN401 (any JSON)
    if value is None or value == []:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return _WORDING.get(name, str)(value) if name != "price" else wording.money(value, currency)


_WORDING = {
    "language": wording.language_name,
    "format": wording.format_name,
    "published_on": wording.publication_date,
    "isbn13": wording.isbn,
}
