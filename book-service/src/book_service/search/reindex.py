"""``python -m book_service.search.reindex``: make everything that is searched again from the books and their ledger.

While a shop is open, books are looked at again one after the other in the background. With ``--offline`` all is emptied
and filled at once: many times as fast, and for as long nobody can search.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from book_service.config import Settings
from book_service.search import rebuild_repository as repository
from book_service.search.entries import entry_of
from book_service.search.facets import Facet
from book_service.search.models import ARCHIVED
from book_service.search.spelling import misspellings
from book_service.search.upkeep import TIER_SIZES, new_facet
from service_kit.database import with_driver
from service_kit.settings import load_settings

_ROWS_AT_ONCE = 2000


async def enqueue(url: str) -> int:
    """Have every book of the database looked at again by the services that run; return how many there are."""
    engine = create_async_engine(with_driver(url))
    try:
        async with engine.begin() as connection:
            return await repository.enqueue_all(connection)
    finally:
        await engine.dispose()


async def rebuild(url: str) -> int:
    """Empty and fill all tables of the search; return of how many books."""
    engine = create_async_engine(with_driver(url))
    try:
        async with engine.begin() as connection:
            await repository.empty(connection)
            counted = _Counted()
            await repository.copy_entries(connection, counted.entries(repository.books(connection, _ROWS_AT_ONCE)))
            await repository.copy_words(
                connection, ((word, books, misspellings(word)) for word, books in counted.words.items())
            )
            await repository.copy_facets(connection, _facet_rows(counted.facets))
            await repository.finish(connection, TIER_SIZES)
        async with engine.connect() as connection:
            await repository.analyze(connection)
        return counted.books
    finally:
        await engine.dispose()


class _Counted:
    """Entries on their way, and how many of them have each word and facet."""

    def __init__(self) -> None:
        self.books = 0
        self.words: Counter[str] = Counter()
        self.facets: Counter[Facet] = Counter()

    async def entries(self, rows: AsyncIterator[Any]) -> AsyncIterator[repository.EntryRow]:
        async for row in rows:
            entry = entry_of(row, is_in_stock=row.is_in_stock)
            self.books += 1
            if row.tier != ARCHIVED:
                self.words.update(entry.words.keys())
                self.facets.update(entry.facets)
            yield repository.EntryRow(row.id, row.tier, row.popularity, entry)


def _facet_rows(counts: Counter[Facet]) -> Iterable[repository.FacetRow]:
    return ((new_facet(facet), books) for facet, books in counts.items())


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m book_service.search.reindex", description=__doc__)
    parser.add_argument("--offline", action="store_true", help="empty and fill at once, while nobody can search")
    arguments = parser.parse_args()
    url = load_settings(Settings).database_url
    if arguments.offline:
        print(f"{asyncio.run(rebuild(url))} books indexed")  # noqa: T201
    else:
        print(f"{asyncio.run(enqueue(url))} books wait to be looked at again")  # noqa: T201


if __name__ == "__main__":
    main()
