"""The catalogue in stretches for sitemaps, whose addresses stay the same."""

import asyncio
from itertools import pairwise
from uuid import UUID

from book_service.sitemap import repository
from book_service.sitemap.repository import BEGINNING, END
from book_service.sitemap.schemas import BookAddress, BookAddresses, Stretch, Stretches
from service_kit.database import Database

_BOOKS_IN_STRETCH = 40_000
"""A sitemap holds up to 50,000. Books that come late, by a clock that is behind or a long import, find room."""


class SitemapService:
    """Tells which books there are.

    Ids grow with time and books are never deleted, so a stretch that is full stays as it is for ever. Its end is
    remembered: only the last stretch is counted again.
    """

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database
        self.books_in_stretch = _BOOKS_IN_STRETCH
        self._ends: list[UUID] = []
        self._counting = asyncio.Lock()

    async def stretches(self) -> Stretches:
        """Return all stretches; the last one is open."""
        async with self._counting:
            await self._count_on()
            ends = [None, *self._ends, None]
        return Stretches(items=[Stretch(after=after, until=until) for after, until in pairwise(ends)])

    async def _count_on(self) -> None:
        async with self._database.read() as connection:
            while True:
                after = self._ends[-1] if self._ends else BEGINNING
                end = await repository.end_of_stretch(connection, after, self.books_in_stretch)
                if end is None:
                    return
                self._ends.append(end)

    async def books(self, after: UUID | None, until: UUID | None, limit: int) -> BookAddresses:
        """Return the next ``limit`` books behind ``after``, up to ``until``."""
        async with self._database.read() as connection:
            rows = await repository.behind(connection, after or BEGINNING, until or END, limit)
        items = [BookAddress(id=row.id, updated_at=row.updated_at) for row in rows]
        return BookAddresses(items=items, next_after=items[-1].id if len(items) == limit else None)
