"""Saving an edit, together with what others changed meanwhile where that can be done without asking."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service_kit.languages.texts import N_, _
from web_frontend import wording
from web_frontend.catalogue.books import Book
from web_frontend.catalogue.client import TaggedBook
from web_frontend.editing.client import EditConflict, EditingClient
from web_frontend.editing.conflict import Merge, Values, changed, merge
from web_frontend.editing.forms import changed_fields, values_of

_ATTEMPTS = 4
"""How often an edit is sent, while others go on changing the book, before the person is asked."""

_NOUNS = {
    "isbn": N_("the ISBN"),
    "title": N_("the title"),
    "authors": N_("the authors"),
    "price": N_("the price"),
    "subtitle": N_("the subtitle"),
    "publisher": N_("the publisher"),
    "published_on": N_("the date of publication"),
    "format": N_("the format"),
    "language": N_("the language"),
    "pages": N_("the pages"),
    "subjects": N_("the subjects"),
    "description": N_("the description"),
}


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
    if not saved.theirs:
        return _("“%(title)s” is saved.", title=saved.book.title)
    return _(
        "“%(title)s” is saved, together with a colleague’s change of %(fields)s.",
        title=saved.book.title,
        fields=fields_listed(saved.theirs),
    )


def fields_listed(names: Sequence[str]) -> str:
    """Return fields in a sentence: ``the price``, ``the price, the ISBN and the pages``."""
    return wording.listed([_(_NOUNS[name]) for name in names])
