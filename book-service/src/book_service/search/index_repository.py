"""The SQL that writes what is searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.search.entries import Entry, SearchableBook


class Outdated(SearchableBook, Protocol):
    """A book as it is now, and what is known of it in the index: None or empty where there is nothing."""

    id: UUID
    exists: bool
    is_archived: bool
    is_in_stock: bool
    tier: int | None
    is_counted: bool
    indexed_price: Decimal
    indexed_title_key: str
    indexed_facets: Sequence[int]
    indexed_words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Written:
    """An entry to write."""

    book_id: UUID
    tier: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Change:
    """What a book has got and lost; facets that it got as ``Facet`` writes them, those that it lost by their id."""

    words_added: Sequence[str]
    words_removed: Sequence[str]
    facets_added: Sequence[str]
    facets_removed: Sequence[int]

    @property
    def is_any(self) -> bool:
        """Whether there is anything."""
        return bool(self.words_added or self.words_removed or self.facets_added or self.facets_removed)


_OUTDATED = text(
    """
    SELECT wanted.id, books.id IS NOT NULL AS exists, archived_at IS NOT NULL AS is_archived,
           coalesce(on_hand > reserved, false) AS is_in_stock,
           title, subtitle, authors, publisher, subjects, language, format, books.price,
           tier, coalesce(tier <= 2, false) AS is_counted,
           entry.price AS indexed_price, entry.title_key AS indexed_title_key,
           coalesce(entry.facets, '{}') AS indexed_facets,
           ARRAY(SELECT lexeme || ':' || weights[1] FROM unnest(entry.words) WHERE weights IS NOT NULL) AS indexed_words
      FROM unnest(:book_ids) AS wanted (id)
      LEFT JOIN books ON books.id = wanted.id
      LEFT JOIN stock_levels ON stock_levels.book_id = wanted.id
      LEFT JOIN search_entries AS entry ON entry.book_id = wanted.id
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)))

_WRITE = text(
    """
    INSERT INTO search_entries (book_id, tier, price, title_key, facets, words)
    SELECT book_id, tier, price::numeric, title_key, facets::bigint[], words::tsvector
      FROM unnest(:book_ids, :tiers, :prices, :title_keys, :facets, :words)
           AS new (book_id, tier, price, title_key, facets, words)
     ORDER BY book_id
    ON CONFLICT (book_id) DO UPDATE
       SET tier = excluded.tier, price = excluded.price, title_key = excluded.title_key,
           facets = excluded.facets, words = excluded.words
    """
).bindparams(
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("tiers", type_=ARRAY(SmallInteger)),
    bindparam("prices", type_=ARRAY(Text)),
    bindparam("title_keys", type_=ARRAY(Text)),
    bindparam("facets", type_=ARRAY(Text)),
    bindparam("words", type_=ARRAY(Text)),
)

_FORGET = [
    text(f"DELETE FROM {table} WHERE book_id = ANY(:book_ids)").bindparams(bindparam("book_ids", type_=ARRAY(Uuid)))
    for table in ("search_entries", "search_scores")
]

_NOTE = text(
    """
    INSERT INTO search_changes (words_added, words_removed, facets_added, facets_removed)
    VALUES (:words_added, :words_removed, :facets_added, :facets_removed)
    """
).bindparams(
    bindparam("words_added", type_=ARRAY(Text)),
    bindparam("words_removed", type_=ARRAY(Text)),
    bindparam("facets_added", type_=ARRAY(Text)),
    bindparam("facets_removed", type_=ARRAY(BigInteger)),
)

_HAS_TIERS = text("SELECT EXISTS (SELECT FROM search_entries WHERE tier = 1)")


async def outdated(session: AsyncSession, book_ids: Sequence[UUID]) -> Sequence[Outdated]:
    """Return the books with these ids beside their entries."""
    rows = await session.execute(_OUTDATED, {"book_ids": list(book_ids)})
    return rows.all()


async def has_tiers(session: AsyncSession) -> bool:
    """Tell whether there are so many books that they are in tiers."""
    return bool(await session.scalar(_HAS_TIERS))


async def write(session: AsyncSession, entries: Sequence[Written], *, gone: Sequence[UUID]) -> None:
    """Write entries, and remove those of the books that are gone."""
    if entries:
        parameters = {
            "book_ids": [one.book_id for one in entries],
            "tiers": [one.tier for one in entries],
            "prices": [str(one.entry.price) for one in entries],
            "title_keys": [one.entry.title_key for one in entries],
            "facets": [_array([facet.id for facet in one.entry.facets]) for one in entries],
            "words": [one.entry.lexemes for one in entries],
        }
        await session.execute(_WRITE, parameters)
    if gone:
        for statement in _FORGET:
            await session.execute(statement, {"book_ids": list(gone)})


async def note(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Keep what is to be counted: rows are only added, so that nobody waits for anybody."""
    if changes:
        columns = ("words_added", "words_removed", "facets_added", "facets_removed")
        await session.execute(_NOTE, [{name: list(getattr(one, name)) for name in columns} for one in changes])


def _array(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
