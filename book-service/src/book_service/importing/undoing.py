"""The last phase that an import may have: all of it is taken back, a batch of rows in a transaction.

A book that nobody edited since gets its earlier values back; what other imports did and took back again is no edit. A
book that the import had added is deleted if nothing tells of it; else it is archived, and its first copies are taken
off as far as they are free. A book that somebody edited since stays as it is, and its row says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.history import repository as history
from book_service.history.repository import Revision
from book_service.importing import book_repository, indexing, work_repository
from book_service.importing.book_values import merged
from book_service.importing.comparing import BookNow
from book_service.importing.given_fields import Problem
from book_service.importing.holding import BATCH, Held
from book_service.inventory import repository as inventory
from book_service.inventory.reasons import IMPORT_UNDONE
from book_service.inventory.repository import BookChange
from service_kit.database import Database
from service_kit.languages.texts import N_

_GONE = Problem(None, N_("The book is not there any more"), "book_not_found")
_EDITED = Problem(None, N_("Somebody edited the book since"), "edited_since")
_ISBN_TAKEN = Problem("isbn13", N_("Another book has the earlier ISBN by now"), "isbn_taken")


class Undoing:
    """Takes rows back, a batch at a time."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def step(self, held: Held) -> Held:
        """Take the next batch back. Raises ``LeaseLost``."""
        async with self._database.transaction() as session:
            held = await held.hold(session)
            size = held.size_of(BATCH)
            rows = await work_repository.results_to_undo(session, held.id, held.row.place, size)
            batch = _Batch(session, held)
            await batch.take_back(rows)
            more = {"undone": len(rows) - batch.kept, "kept": batch.kept}
            if len(rows) == size:
                return await held.advance(session, place=rows[-1].number, more=more)
            return await held.advance(session, place=0, more=more, state="undone")


class _Batch:
    """One batch in its transaction."""

    def __init__(self, session: AsyncSession, held: Held) -> None:
        self._session = session
        self._held = held
        self._results: list[dict[str, Any]] = []
        self._revisions: list[Revision] = []
        self._written: list[Mapping[str, Any]] = []
        self.kept = 0

    async def take_back(self, rows: Sequence[Any]) -> None:
        """Take rows back."""
        if not rows:
            return
        books = await book_repository.lock_books(self._session, [row.book_id for row in rows])
        unedited = await self._unedited(rows, books)
        holders = await self._holders(rows)
        added: list[Any] = []
        for row in rows:
            book = books.get(row.book_id)
            if book is None or row.book_id not in unedited:
                self._keep(row, _GONE if book is None else _EDITED)
            elif row.outcome == "new":
                added.append(row)
            elif holders.get(row.changes.get("isbn13", (None, None))[0], book.id) != book.id:
                self._keep(row, _ISBN_TAKEN)
            else:
                self._revert(row, book)
        deleted = await self._remove(added, books)
        await book_repository.update_books(self._session, self._written)
        await history.record(self._session, self._revisions, actor=self._held.decider, import_id=self._held.id)
        touched = [*deleted, *(revision.book_id for revision in self._revisions)]
        await indexing.refresh(self._session, touched)
        await work_repository.update_results(self._session, self._held.id, self._results)

    async def _unedited(self, rows: Sequence[Any], books: Mapping[UUID, BookNow]) -> set[UUID]:
        versions = {row.book_id: row.version for row in rows}
        by_imports = await book_repository.versions_by_imports(self._session, versions)
        return {
            row.book_id
            for row in rows
            if (book := books.get(row.book_id)) is not None
            and book.version == row.version + by_imports.get(row.book_id, 0)
            and (row.outcome == "new" or all(_is(book, name, after) for name, (_, after) in row.changes.items()))
        }

    async def _holders(self, rows: Sequence[Any]) -> dict[str, UUID]:
        earlier = [row.changes["isbn13"][0] for row in rows if row.outcome != "new" and "isbn13" in row.changes]
        isbns = [isbn13 for isbn13 in earlier if isbn13]
        return await book_repository.holders_of_isbns(self._session, isbns) if isbns else {}

    def _revert(self, row: Any, book: BookNow) -> None:  # noqa: ANN401 (a row of the table)
        if row.changes:
            self._write(book, {name: before for name, (before, _after) in row.changes.items()})
        self._results.append({"number": row.number, "applied": False})

    def _write(self, book: BookNow, values: Mapping[str, Any]) -> None:
        changes = {name: [_value(book, name), value] for name, value in values.items()}
        self._written.append(merged(book, values))
        self._revisions.append(Revision(book.id, book.version + 1, "import_undone", changes))

    def _keep(self, row: Any, problem: Problem) -> None:  # noqa: ANN401
        self.kept += 1
        # What it did is still in the catalogue, so it stays applied.
        told = {"number": row.number, "applied": True, "version": row.version, "outcome": "kept"}
        self._results.append(told | {"problems": [problem.told()]})

    async def _remove(self, rows: Sequence[Any], books: Mapping[UUID, BookNow]) -> list[UUID]:
        """Delete the books that the import had added, or archive those that something tells of."""
        if not rows:
            return []
        stocks = await book_repository.lock_stock(self._session, [row.book_id for row in rows])
        deleted: list[UUID] = []
        taken_off = []
        for row in rows:
            stock, book = stocks[row.book_id], books[row.book_id]
            self._results.append({"number": row.number, "applied": False})
            if not (stock.has_ledger or stock.has_orders or book.version != row.version):
                deleted.append(row.book_id)
                continue
            if not book.archived:
                self._write(book, {"archived": True})
            free = min(row.changes.get("stock", (None, 0))[1], stock.available)
            if free > 0:
                taken_off.append(BookChange(row.book_id, -free, IMPORT_UNDONE))
        if taken_off:
            actor = self._held.decider.id
            await inventory.change(self._session, taken_off, kind="correction", actor=actor)
        await book_repository.delete_books(self._session, deleted)
        return deleted


def _value(book: BookNow, name: str) -> Any:  # noqa: ANN401 (any JSON)
    return book.archived if name == "archived" else book.fields[name]


def _is(book: BookNow, name: str, value: Any) -> bool:  # noqa: ANN401
    return bool(_value(book, name) == value)
