"""Books as the set-wise statements write them: JSON values of all columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from book_service.catalogue.search import search_text
from book_service.catalogue.sorting import title_key
from book_service.history.content import FIELDS
from book_service.importing.comparing import BookNow

_NOTHING: dict[str, Any] = dict.fromkeys(FIELDS) | {"authors": [], "subjects": []}


def columns_of(changes: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return the columns of a new book from the changes that make it out of nothing."""
    fields = {name: after for name, (_before, after) in changes.items() if name in _NOTHING}
    return _with_keys(_NOTHING | fields)


def merged(book: BookNow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a book after a change; ``archived`` is one of them."""
    fields = {**book.fields, **values}
    archived = fields.pop("archived", book.archived)
    return {"id": str(book.id), "archived": archived, **_with_keys(fields)}


def _with_keys(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {
        "title_key": title_key(fields["title"], fields["language"]),
        "search_text": search_text(
            fields["title"],
            fields["subtitle"],
            fields["authors"],
            fields["publisher"],
            fields["subjects"],
            fields["isbn13"],
        ),
    }
