"""Keeps what is searched in step with the catalogue."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.search import index_repository as repository
from book_service.search.entries import Entry, entry_of
from book_service.search.index_repository import Change, Outdated, Written
from book_service.search.models import ARCHIVED, REST, TOP

_NO_WORDS = "#$"
"""How lexemes begin that stand for no word of a text."""


async def refresh(session: AsyncSession, book_ids: Sequence[UUID]) -> None:
    """Take over how the books with these ids are now, and forget those that are gone.

    Call it after their rows are written, in the same transaction, which has to have written or locked them: whoever
    looks at the stock of a book here must not be overtaken by somebody who looked earlier.
    """
    outdated = await repository.outdated(session, book_ids)
    has_tiers = await repository.has_tiers(session)
    written: list[Written] = []
    changes: list[Change] = []
    for row in outdated:
        entry = entry_of(row, is_in_stock=row.is_in_stock) if row.exists else None
        if entry is not None and not _is_current(entry, row):
            written.append(Written(row.id, _tier(row, has_tiers=has_tiers), entry))
        change = _counted_change(entry, row)
        if change is not None:
            changes.append(change)
    await repository.write(session, written, gone=[row.id for row in outdated if not row.exists])
    await repository.note(session, changes)


def _tier(row: Outdated, *, has_tiers: bool) -> int:
    if row.is_archived:
        return ARCHIVED
    if row.tier is None or row.tier == ARCHIVED:
        return REST if has_tiers else TOP
    return row.tier


def _is_current(entry: Entry, row: Outdated) -> bool:
    return (
        row.tier is not None
        and row.is_archived == (row.tier == ARCHIVED)
        and entry.price == row.indexed_price
        and entry.title_key == row.indexed_title_key
        and [facet.id for facet in entry.facets] == list(row.indexed_facets)
        and {f"{word}:{weight.value}" for word, weight in entry.words.items()} == set(row.indexed_words)
    )


def _counted_change(entry: Entry | None, row: Outdated) -> Change | None:
    """Return what is to be counted: only of books in the catalogue are words and facets counted."""
    had_words = {word[:-2] for word in row.indexed_words} if row.is_counted else set()
    had_facets = set(row.indexed_facets) if row.is_counted else set()
    counts_now = entry is not None and not row.is_archived
    has_words = set(entry.words) if entry is not None and counts_now else set()
    has_facets = {facet.id: facet for facet in entry.facets} if entry is not None and counts_now else {}
    change = Change(
        words_added=sorted(has_words - had_words),
        words_removed=sorted(had_words - has_words),
        facets_added=sorted(str(facet) for facet_id, facet in has_facets.items() if facet_id not in had_facets),
        facets_removed=sorted(had_facets - has_facets.keys()),
    )
    return change if change.is_any else None
