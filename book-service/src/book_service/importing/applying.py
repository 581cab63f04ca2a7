"""The third phase of an import: what the check found is done, a batch of rows in a transaction.

The check is not believed blindly, for the catalogue went on since. A book is locked and compared again: a field that
still is what the check saw gets its new value, one that has it already is left, and where somebody else put a third
value the row fails as a whole, as it does when its book is gone, was archived, or was added by somebody else. What the
file and the catalogue agreed on is not touched, so that no edit is overwritten by a value that brings nothing new.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.history import repository as history
from book_service.history.repository import Revision
from book_service.importing import book_repository, indexing, work_repository
from book_service.importing.book_values import columns_of, merged
from book_service.importing.comparing import BookNow
from book_service.importing.given_fields import Problem
from book_service.importing.holding import BATCH, Held
from book_service.inventory import repository as inventory
from service_kit.database import Database
from service_kit.identifiers import new_id
from service_kit.languages.texts import N_

_GONE = Problem(None, N_("The book is not there any more"), "book_not_found")
_ARCHIVED_SINCE = Problem("archived", N_("The book was archived since the check"), "book_archived")
_ADDED_SINCE = Problem("isbn13", N_("A book with this ISBN was added since the check"), "isbn_taken")
_SAME_ADDED_SINCE = Problem("title", N_("The same book, also without an ISBN, was added since the check"), "double")


class Applying:
    """Applies rows, a batch at a time."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def step(self, held: Held) -> Held:
        """Apply the next batch. Raises ``LeaseLost``."""
        async with self._database.transaction() as session:
            held = await held.hold(session)
            size = held.size_of(BATCH)
            rows = await work_repository.results_to_apply(session, held.id, held.row.place, size)
            batch = _Batch(session, held)
            await batch.add([row for row in rows if row.outcome == "new"])
            await batch.change([row for row in rows if row.outcome == "changed"])
            await batch.write()
            more = {"applied": batch.applied, "failed": len(rows) - batch.applied}
            if len(rows) == size:
                return await held.advance(session, place=rows[-1].number, more=more)
            return await held.advance(session, place=0, more=more, state="applied")


class _Batch:
    """One batch in its transaction."""

    def __init__(self, session: AsyncSession, held: Held) -> None:
        self._session = session
        self._held = held
        self._results: list[dict[str, Any]] = []
        self._revisions: list[Revision] = []
        self.applied = 0

    async def add(self, rows: Sequence[Any]) -> None:
        """Add new books with their first copies."""
        if not rows:
            return
        without_isbn = await self._those_that_came_since(rows)
        books = {row.number: {"id": str(new_id()), **columns_of(row.changes)} for row in rows}
        wanted = [book for number, book in books.items() if number not in without_isbn]
        added = await book_repository.insert_books(self._session, wanted)
        copies: dict[UUID, int] = {}
        for row in rows:
            book_id = UUID(books[row.number]["id"])
            if book_id not in added:
                self._fail(row, _SAME_ADDED_SINCE if row.number in without_isbn else _ADDED_SINCE)
                continue
            copies[book_id] = row.changes.get("stock", (None, 0))[1]
            self._done(row, book_id, version=1, kind_changes={}, changes=None)
        await inventory.open_stocks(self._session, copies, actor=self._held.decider.id)

    async def _those_that_came_since(self, rows: Sequence[Any]) -> set[int]:
        """Return the rows without an ISBN whose book somebody added since the check; ISBNs the database looks after."""
        titled = {row.number: columns_of(row.changes) for row in rows if not row.isbn13}
        if not titled:
            return set()
        await book_repository.lock_additions_without_isbn(self._session)
        titles = [columns["title"] for columns in titled.values()]
        books = await book_repository.books_of(self._session, ids=[], isbns=[], titles=titles)
        there = {_description(book.fields) for book in books}
        return {number for number, columns in titled.items() if _description(columns) in there}

    async def change(self, rows: Sequence[Any]) -> None:
        """Change known books."""
        if not rows:
            return
        books = await book_repository.lock_books(self._session, [row.book_id for row in rows])
        isbns = [row.changes["isbn13"][1] for row in rows if row.changes.get("isbn13", (None, None))[1]]
        holders = await book_repository.holders_of_isbns(self._session, isbns) if isbns else {}
        written = []
        for row in rows:
            book = books.get(row.book_id)
            problem = _in_the_way(row, book, holders)
            if book is None or problem is not None:
                self._fail(row, problem or _GONE)
                continue
            changes = {name: [old, new] for name, (old, new) in row.changes.items() if _value(book, name) != new}
            if changes:
                written.append(merged(book, {name: new for name, (_old, new) in changes.items()}))
            self._done(row, book.id, version=book.version + bool(changes), kind_changes=changes, changes=changes)
        await book_repository.update_books(self._session, written)

    def _done(
        self,
        row: Any,  # noqa: ANN401
        book_id: UUID,
        *,
        version: int,
        kind_changes: Mapping[str, Sequence[Any]],
        changes: dict[str, list[Any]] | None,
    ) -> None:
        self.applied += 1
        told = {"number": row.number, "applied": True, "book_id": str(book_id), "version": version}
        # A row does less than it said when somebody did the rest meanwhile.
        self._results.append(told | ({"changes": changes} if changes is not None and changes != row.changes else {}))
        if kind_changes or row.outcome == "new":
            self._revisions.append(Revision(book_id, version, "imported", kind_changes))

    def _fail(self, row: Any, problem: Problem) -> None:  # noqa: ANN401
        told = {"number": row.number, "applied": False, "outcome": "failed", "problems": [problem.told()]}
        self._results.append(told)

    async def write(self) -> None:
        """Write what the batch made: histories, the search index, and the rows' results."""
        await history.record(self._session, self._revisions, actor=self._held.decider, import_id=self._held.id)
        await indexing.refresh(self._session, [revision.book_id for revision in self._revisions])
        await work_repository.update_results(self._session, self._held.id, self._results)


def _value(book: BookNow, name: str) -> Any:  # noqa: ANN401 (any JSON)
    return book.archived if name == "archived" else book.fields[name]


def _in_the_way(row: Any, book: BookNow | None, holders: Mapping[str, UUID]) -> Problem | None:  # noqa: ANN401
    """Return why a row cannot be applied to its book as it is now, or None."""
    if book is None:
        return _GONE
    if book.archived and "archived" not in row.changes:
        return _ARCHIVED_SINCE
    for name, (seen, new) in row.changes.items():
        if _value(book, name) not in (seen, new):
            message = N_("Somebody else changed it since the check")
            return Problem(name, message, "changed_since")
    isbn13 = row.changes.get("isbn13", (None, None))[1]
    if isbn13 and holders.get(isbn13, book.id) != book.id:
        return _ADDED_SINCE
    return None


def _description(fields: Mapping[str, Any]) -> tuple[Any, ...]:
    return fields["title"], tuple(fields["authors"]), fields["format"]
