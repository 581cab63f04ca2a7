"""Searches without a result, counted for staff to see what readers miss."""

from book_service.search import misses_repository as repository
from book_service.search.schemas import SearchWithoutResult
from service_kit.database import Database
from service_kit.paging import INT4, Page, cut_page, decode_cursor
from service_kit.text import search_key

_MOST_KEPT = 5000
_MOST_WAITING = 1000
_LONGEST = 200


class Misses:
    """Notes them in memory first, so that a search writes nothing, and a flood of them costs one row each."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database
        self._waiting: dict[str, tuple[str, int]] = {}

    def note(self, q: str) -> None:
        """Note that ``q`` was looked for in vain."""
        key = search_key(q)[:_LONGEST]
        if key in self._waiting or len(self._waiting) < _MOST_WAITING:
            self._waiting[key] = (q[:_LONGEST], self._waiting.get(key, ("", 0))[1] + 1)

    async def write(self) -> None:
        """Add what was noted to what is kept."""
        waiting, self._waiting = self._waiting, {}
        if waiting:
            async with self._database.transaction() as session:
                await repository.add(session, waiting, most=_MOST_KEPT)

    async def page(self, *, limit: int, encoded_cursor: str | None) -> Page[SearchWithoutResult]:
        """Return a page of them, those made most often first. Raises ``InvalidCursor``."""
        scope = {"list": "searches without result"}
        cursor = decode_cursor(encoded_cursor, scope, key_types=[INT4, str])
        async with self._database.read() as connection:
            rows = await repository.page(connection, cursor, limit)
            total = await repository.count(connection)
        page = cut_page(rows, limit=limit, cursor=cursor, query=scope, keys=lambda row: (row.times, row.key))
        return Page[SearchWithoutResult](
            items=[SearchWithoutResult.model_validate(row, from_attributes=True) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=total,
        )

    async def forget(self, q: str) -> None:
        """Forget a search that was dealt with."""
        key = search_key(q)[:_LONGEST]
        self._waiting.pop(key, None)
        async with self._database.transaction() as session:
            await repository.remove(session, key)
