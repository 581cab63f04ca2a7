"""Saving an edit, together with what others changed meanwhile where that can be done without asking."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from web_frontend.catalogue.books import Book
from web_frontend.catalogue.client import TaggedBook
from web_frontend.editing.client import EditConflict, EditingClient
from web_frontend.editing.conflict import Merge, Values, changed, merge
from web_frontend.editing.forms import LABELS, changed_fields, values_of

_ATTEMPTS = 4
"""How often an edit is sent, while others go on changing the book, before the person is asked."""

_NOUNS = {"isbn": "ISBN", "published_on": "date of publication"}


@dataclass(frozen=True, slots=True)
class Saved:
    """The book as it was saved, and which fields others had changed meanwhile."""

    book: Book
    theirs: list[str] = field(default_factory=list)


class Contested(Exception):
    """The person has to look: others changed the same fields, or change the book all the time."""

    def __init__(self, current: TaggedBook, merged: Merge) -> None:
        """Take the book as it is now, and what merging the two changes gives."""
        super().__init__(merged.contested)
        self.current = current
        self.merged = merged


async def save(client: EditingClient, book_id: str, mine: Values, *, base: Values, version: str) -> Saved:
    """Send what ``mine`` changed of ``base``, which is the book as it was at ``version`` (an entity tag).

    Raises ``Contested``, and what ``EditingClient.change`` raises.
    """
    names, etag = changed(base, mine), version
    theirs: list[str] = []
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return Saved(await client.change(book_id, changed_fields(mine, names), etag=etag), theirs)
        except EditConflict as conflict:
            current = conflict.current
        merged = merge(base, mine, values_of(current.book))
        if merged.contested or attempt == _ATTEMPTS:
            break
        names, theirs, etag = merged.mine, merged.theirs, current.etag
    raise Contested(current, merged)


def saved_sentence(saved: Saved) -> str:
    """Say that the edit is saved, and what came with it."""
    together = f", together with a colleague’s change of {listed(saved.theirs)}" if saved.theirs else ""
    return f"“{saved.book.title}” is saved{together}."


def listed(names: Sequence[str]) -> str:
    """Return fields in a sentence: ``the price``, ``the price, the ISBN and the pages``."""
    *first, last = [f"the {_NOUNS.get(name, LABELS[name].lower())}" for name in names]
    return f"{', '.join(first)} and {last}" if first else last
