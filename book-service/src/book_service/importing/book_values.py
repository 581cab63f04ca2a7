"""Books as the set-wise statements write them: JSON values of all columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from book_service.history.content import FIELDS
from book_service.importing.comparing import BookNow

_NOTHING: dict[str, Any] = dict.fromkeys(FIELDS) | {"authors": [], "subjects": []}


def columns_of(changes: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return the columns of a new book from the changes that make it out of nothing."""
    return _NOTHING | {name: after for name, (_before, after) in changes.items() if name in _NOTHING}


def merged(book: BookNow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a book after a change; ``archived`` is one of them."""
    return {"id": str(book.id), "archived": book.archived, **book.fields, **values}
