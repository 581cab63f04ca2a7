"""The SQL that makes the tables of the search anew."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from book_service.search.entries import Entry
from book_service.search.models import SearchEntry, SearchFacet, SearchWord
from book_service.search.upkeep_repository import NewFacet

_PIECE = 1 << 20
_TABLES = "search_entries, search_facets, search_words, search_scores, search_queue, search_changes"
_INDEXES = [index for table in (SearchEntry, SearchFacet, SearchWord) for index in table.__table__.indexes]  # type: ignore[attr-defined]

_SCORES = text(
    """
    INSERT INTO search_scores (book_id, score)
    SELECT book_id, greatest(-sum(change * weight_of_sale(created_at)), 0)
      FROM stock_movements WHERE kind IN ('sold', 'returned') GROUP BY book_id
    """
)
# In the order of popularity on the disk: what is asked for most lies together.
_BOOKS = text(
    """
    SELECT id, title, subtitle, authors, publisher, subjects, language, format, price,
           on_hand > reserved AS is_in_stock,
           CASE WHEN archived_at IS NULL THEN 2 ELSE 3 END AS tier,
           coalesce(popularity_of(score), 0) AS popularity
      FROM books JOIN stock_levels ON stock_levels.book_id = id LEFT JOIN search_scores ON search_scores.book_id = id
     ORDER BY 12 DESC, id DESC
    """
)
_SORT_INTO_TIER = text(
    """
    UPDATE search_entries SET tier = :tier WHERE book_id IN (
        SELECT book_id FROM search_entries WHERE tier = 2 ORDER BY popularity DESC, book_id DESC LIMIT :size
    )
    """
)
_ENQUEUE = text("INSERT INTO search_queue (book_id) SELECT id FROM books ORDER BY id DESC")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A whole row of the entries."""

    book_id: UUID
    tier: int
    popularity: float
    entry: Entry


FacetRow = tuple[NewFacet, int]
"""A value, and how many books have it."""


async def enqueue_all(connection: AsyncConnection) -> int:
    """Put every book into the queue."""
    return int((await connection.execute(_ENQUEUE)).rowcount)


async def empty(connection: AsyncConnection) -> None:
    """Empty the tables, without their indexes, and add up what was sold."""
    await connection.execute(text(f"TRUNCATE {_TABLES}"))
    for index in _INDEXES:
        await connection.execute(text(f"DROP INDEX {index.name}"))
    await connection.execute(_SCORES)


async def books(connection: AsyncConnection, size: int) -> AsyncIterator[Any]:
    """Yield every book, the most popular first."""
    await connection.execute(text(f"DECLARE every_book NO SCROLL CURSOR FOR {_BOOKS.text}"))
    fetch = text(f"FETCH {size} FROM every_book")
    while rows := (await connection.execute(fetch)).all():
        for row in rows:
            yield row
    await connection.execute(text("CLOSE every_book"))


async def copy_entries(connection: AsyncConnection, rows: AsyncIterator[EntryRow]) -> None:
    """Fill the entries."""
    columns = ("book_id", "tier", "popularity", "price", "title_key", "facets", "words")
    buffer = bytearray()
    async for row in rows:
        entry = row.entry
        facets = [facet.id for facet in entry.facets]
        values = (row.book_id, row.tier, row.popularity, entry.price, entry.title_key, _array(facets), entry.lexemes)
        buffer += _line(values)
        if len(buffer) > _PIECE:
            await _copy(connection, "search_entries", columns, bytes(buffer))
            buffer.clear()
    await _copy(connection, "search_entries", columns, bytes(buffer))


async def copy_words(connection: AsyncConnection, rows: Iterable[tuple[str, int, Sequence[int]]]) -> None:
    """Fill the words."""
    lines = (_line((word, books, _array(numbers))) for word, books, numbers in rows)
    await _copy(connection, "search_words", ("word", "books", "misspellings"), b"".join(lines))


async def copy_facets(connection: AsyncConnection, rows: Iterable[FacetRow]) -> None:
    """Fill the facets."""
    lines = (
        _line((new.facet.id, new.facet.kind.value, new.facet.value, new.key, new.lexemes, count)) for new, count in rows
    )
    await _copy(connection, "search_facets", ("id", "kind", "value", "key", "words", "books"), b"".join(lines))


async def finish(connection: AsyncConnection, sizes: Mapping[int, int]) -> None:
    """Sort the entries into tiers and make the indexes again."""
    taken = 0
    for tier, size in sizes.items():
        await connection.execute(_SORT_INTO_TIER, {"tier": tier, "size": size - taken})
        taken = size
    for index in _INDEXES:
        await connection.run_sync(index.create)


async def analyze(connection: AsyncConnection) -> None:
    """Let the planner know what is there."""
    autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
    await autocommit.execute(text(f"VACUUM (ANALYZE) {_TABLES}"))


async def _copy(connection: AsyncConnection, table: str, columns: Sequence[str], lines: bytes) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection

    async def source() -> AsyncIterator[bytes]:
        yield lines

    await driver.copy_to_table(table, source=source(), columns=columns)


def _line(values: Sequence[object]) -> bytes:
    """Return a line of PostgreSQL's text format of COPY."""
    texts = (str(value).replace("\\", "\\\\") for value in values)
    return ("\t".join(texts) + "\n").encode()


def _array(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
