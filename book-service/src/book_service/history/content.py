"""A book's content as histories hold it: JSON values under the API's names."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

FIELDS = (
    "title",
    "subtitle",
    "authors",
    "publisher",
    "published_on",
    "language",
    "format",
    "pages",
    "subjects",
    "description",
    "isbn13",
    "price",
)
"""What an editor says of a book, in the order in which it is told."""

Changes = dict[str, list[Any]]
"""``{field: [before, after]}``."""


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """Return the fields of ``after`` that differ, with both values. Prices may be decimals: they come out as text."""
    told = ((name, _told(before[name]), _told(after[name])) for name in FIELDS if name in after)
    return {name: [old, new] for name, old, new in told if old != new}


def before_changes(content: Mapping[str, Any], newest_first: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, Any]:
    """Return ``content`` with changes undone, the newest first. ``archived`` is no part of a book's content."""
    earlier = {name: _told(content[name]) for name in FIELDS}
    for changes in newest_first:
        earlier |= {name: before for name, (before, _after) in changes.items() if name in earlier}
    return earlier


def _told(value: Any) -> Any:  # noqa: ANN401 (any JSON, and decimals)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
