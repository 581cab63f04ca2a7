"""The second phase of an import: a dry run, which compares every row with the catalogue and changes nothing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.importing import book_repository, work_repository
from book_service.importing.comparing import Candidate, Known, Result, compared, refuse_doubles
from book_service.importing.given_fields import Given, from_cells, from_json_line, from_product
from book_service.importing.holding import BATCH, Held
from book_service.importing.pacing import Pace
from book_service.importing.row_fields import checked
from book_service.importing.states import CLEAR_FIRST
from service_kit.database import Database


class Checking:
    """Checks rows, a batch at a time."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the database, and the currency of the shop's prices."""
        self._database = database
        self._currency = currency

    async def step(self, held: Held) -> Held:
        """Check the next batch. Raises ``LeaseLost``."""
        if held.row.place == CLEAR_FIRST:
            return await self._clear(held)
        size = held.size_of(BATCH)
        async with self._database.read() as connection:
            rows = await work_repository.rows_behind(connection, held.id, held.row.place, size)
        candidates = await self._candidates(held, rows)
        async with self._database.transaction() as session:
            held = await held.hold(session)
            results = await self._compare(session, held, candidates)
            await work_repository.insert_results(session, held.id, results)
            more = Counter(result.outcome for result in results) + Counter(checked=len(results))
            if len(rows) == size:
                return await held.advance(session, place=rows[-1].number, more=more)
            await work_repository.forget_keys(session, held.id)
            return await held.advance(session, place=0, more=more, state="checked", lease=None, leased_until=None)

    async def _clear(self, held: Held) -> Held:
        async with self._database.transaction() as session:
            held = await held.hold(session)
            more = await work_repository.clear_some(session, held.id, results_alone=True)
            return await held.advance(session, place=CLEAR_FIRST if more else 0)

    async def _candidates(self, held: Held, rows: Sequence[Any]) -> list[Candidate]:
        pace = Pace()
        candidates = []
        for row in rows:
            candidates.append(Candidate(row.number, row.line, checked(self._given(held, row.content))))
            await pace.breathe()
        return candidates

    def _given(self, held: Held, content: str) -> Given:
        if held.row.format == "csv":
            return from_cells(content, held.row.columns, held.row.mapping, self._currency)
        return from_json_line(content, self._currency) if held.row.format == "jsonl" else from_product(content)

    async def _compare(self, session: AsyncSession, held: Held, candidates: Sequence[Candidate]) -> list[Result]:
        books = await book_repository.books_of(
            session,
            ids=[candidate.checked.book_id for candidate in candidates if candidate.checked.book_id],
            isbns=[candidate.isbn13 for candidate in candidates if candidate.isbn13],
            titles=[candidate.bare_title for candidate in candidates if candidate.bare_title],
        )
        known = Known(books)
        pace = Pace()
        results = []
        for candidate in candidates:
            results.append(compared(candidate, known, restore_archived=held.restores_archived))
            await pace.breathe()
        keys = [key for result in results for key in result.keys]
        claimed = await work_repository.claimed_keys(session, held.id, keys)
        await work_repository.insert_keys(session, held.id, refuse_doubles(results, claimed))
        return results
