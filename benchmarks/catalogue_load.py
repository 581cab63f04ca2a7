"""Brings the benchmark's books into a migrated database of book-service, by COPY: a million in a minute or two.

``python benchmarks/catalogue_load.py postgresql://… [count] [seed]``. Only columns that the table has are written.
Indexes that guard nothing are taken away before and made again after, as one would for any load of this size.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from catalogue_books import BLOCK, COLUMNS, Stock, stocked_books

_ACTOR = "benchmark"
_SALES_END = datetime(2026, 1, 1, tzinfo=UTC)
_LEVELS = ("book_id", "on_hand")
_MOVEMENTS = ("book_id", "change", "kind", "reason", "actor", "on_hand_after", "created_at")
_WRITABLE = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = 'books' AND is_generated = 'NEVER'
"""
_INDEXES = """
    SELECT index.indexrelid::regclass::text AS name, pg_get_indexdef(index.indexrelid) AS definition
    FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indrelid
    WHERE class.relname IN ('books', 'stock_levels', 'stock_movements') AND NOT index.indisunique
"""


@dataclass
class Loaded:
    """How long it took to bring the rows in, and to make each index again, in seconds."""

    rows: float = 0.0
    indexes: dict[str, float] = field(default_factory=dict)


def load(url: str, count: int, seed: int = 1, processes: int | None = None) -> Loaded:
    """Load the first ``count`` books with their stock and ledger into the empty tables at ``url``."""
    processes = min(processes or os.cpu_count() or 1, max(count // BLOCK, 1))
    loaded, began = Loaded(), time.monotonic()
    indexes = asyncio.run(_drop_indexes(url))
    starts = range(0, count, BLOCK)
    with ProcessPoolExecutor(processes) as pool:
        turns = [
            pool.submit(_load_blocks, url, list(starts[turn::processes]), count, seed) for turn in range(processes)
        ]
        for turn in turns:
            turn.result()
    loaded.rows = time.monotonic() - began
    loaded.indexes = asyncio.run(_make_indexes(url, indexes))
    return loaded


def _load_blocks(url: str, starts: Sequence[int], count: int, seed: int) -> None:
    asyncio.run(_copy_blocks(url, starts, count, seed))


async def _copy_blocks(url: str, starts: Sequence[int], count: int, seed: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        present = {row["column_name"] for row in await connection.fetch(_WRITABLE)}
        places = [place for place, name in enumerate(COLUMNS) if name in present]
        names = [COLUMNS[place] for place in places]
        for start in starts:
            shelf = list(stocked_books(start, min(start + BLOCK, count), seed))
            async with connection.transaction():
                rows = [[row[place] for place in places] for row, _ in shelf]
                await connection.copy_records_to_table("books", records=rows, columns=names)
                levels = [(row[0], stock.on_hand) for row, stock in shelf]
                await connection.copy_records_to_table("stock_levels", records=levels, columns=_LEVELS)
                moves = [move for row, stock in shelf for move in _movements(row, stock)]
                await connection.copy_records_to_table("stock_movements", records=moves, columns=_MOVEMENTS)
    finally:
        await connection.close()


def _movements(row: tuple[Any, ...], stock: Stock) -> list[tuple[Any, ...]]:
    """Return the ledger of a book: what came in, and in one row all that was ever sold."""
    book_id, added = row[0], row[COLUMNS.index("created_at")]
    moves = []
    if received := stock.on_hand + stock.sold:
        moves.append((book_id, received, "received", "First stock", _ACTOR, received, added))
    if stock.sold:
        sold_at = max(added, _SALES_END - timedelta(days=book_id.int % 400))
        moves.append((book_id, -stock.sold, "sold", "Sold", _ACTOR, stock.on_hand, sold_at))
    return moves


async def _drop_indexes(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    try:
        found = {row["name"]: row["definition"] for row in await connection.fetch(_INDEXES)}
        for name in found:
            await connection.execute(f"DROP INDEX {name}")
    finally:
        await connection.close()
    return found


async def _make_indexes(url: str, definitions: dict[str, str]) -> dict[str, float]:
    connection = await asyncpg.connect(url)
    took: dict[str, float] = {}
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for name, definition in definitions.items():
            began = time.monotonic()
            await connection.execute(definition)
            took[name] = time.monotonic() - began
        await connection.execute("VACUUM ANALYZE books, stock_levels, stock_movements")
    finally:
        await connection.close()
    return took


if __name__ == "__main__":
    arguments = sys.argv[2:]
    done = load(sys.argv[1], *(int(argument) for argument in arguments))
    print(f"rows {done.rows:.1f} s;", ", ".join(f"{name} {took:.1f} s" for name, took in done.indexes.items()))
