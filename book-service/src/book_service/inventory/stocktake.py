"""Counting copies, and making the ledger agree with the shelf.

Counting takes time, and the shop stays open meanwhile. So a count is compared with what the ledger had when the count
was made, and the difference is applied to what is there now. A book's stock is locked in between, so nothing moves
while this is worked out, and the rows of a book's ledger are in the order in which its stock changed.

A correction that another count has made since is no copy that moved: it tells more of the same moment. So when two
people count a shelf at once, the second finds it corrected, and does not correct it a second time.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.catalogue.errors import BookNotFound
from book_service.idempotency import IdempotencyKeyRow
from book_service.inventory import repository
from book_service.inventory.errors import CountedBeforeBook, CountedInFuture, CountedTwice, UnknownAsOf
from book_service.inventory.limits import MOST_HOLDERS, limit_problem
from book_service.inventory.reasons import reason_of_count
from book_service.inventory.repository import AnyRow, BookChange, CountMoment
from book_service.inventory.schemas import StockMovement
from book_service.inventory.stocktake_schemas import (
    ShelfLine,
    ShelfResult,
    StockCount,
    StockCounted,
    Stocktake,
    StocktakeResults,
)
from service_kit.database import Database
from service_kit.database_failures import repeated_when_aborted
from service_kit.idempotency import IdempotentRequest, StoredAnswer, claim, complete
from service_kit.languages.texts import _
from service_kit.problems import DomainError

CLOCKS_DIFFER = dt.timedelta(minutes=1)
"""A count by a clock that is ahead by no more than this was made now."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of a book, and when."""

    counted: int
    moment: CountMoment


@dataclass(slots=True)
class Assessment:
    """What a count comes to.

    ``row`` is what was written, with the levels that it led to; ``problem`` says why nothing was written. The numbers
    mean something once the book is found and the moment of the count is known.
    """

    count: Count
    book: AnyRow | None
    problem: DomainError | None = None
    moved_since: int = 0
    row: AnyRow | None = None

    @property
    def arithmetic(self) -> dict[str, int]:
        """The count and how it was worked out."""
        assert self.book is not None  # noqa: S101 (narrows the type)
        expected = self.book.on_hand - self.moved_since
        return {
            "counted": self.count.counted,
            "expected": expected,
            "moved_since": self.moved_since,
            "correction": self.count.counted - expected,
        }

    @property
    def correction(self) -> int:
        """What has to be written into the ledger."""
        return self.arithmetic["correction"]

    def answer(self) -> StockCounted:
        """Return the answer to a count that was carried out."""
        row = self.row
        assert row is not None  # noqa: S101 (narrows the type)
        movement = None if row.id is None else StockMovement.model_validate(row, from_attributes=True)
        levels = {"on_hand": row.on_hand, "reserved": row.reserved, "available": row.available}
        return StockCounted(**self.arithmetic, **levels, movement=movement)


class StocktakeService:
    """Counts of copies."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database

    @repeated_when_aborted
    async def count(
        self, book_id: UUID, wanted: StockCount, *, actor: str, key: IdempotentRequest | None
    ) -> StockCounted | StoredAnswer:
        """Correct a book's stock to what was counted, once for a key.

        Raises ``BookNotFound``, ``UnknownAsOf``, ``CountedInFuture``, ``CountedBeforeBook``, ``StockBelowReserved``,
        ``StockTooHigh``, and what ``claim`` raises.
        """
        async with self._database.transaction() as session:
            earlier = await claim(session, IdempotencyKeyRow, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return earlier.answer
            count = Count(wanted.counted, CountMoment(book_id, wanted.as_of, wanted.counted_at))
            [found] = await _carry_out(session, [count], note=wanted.note, actor=actor)
            if found.problem is not None:
                raise found.problem
            counted = found.answer()
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, StoredAnswer(201, counted.model_dump_json()))
            return counted

    @repeated_when_aborted
    async def count_many(
        self, wanted: Stocktake, *, actor: str, key: IdempotentRequest | None
    ) -> StocktakeResults | StoredAnswer:
        """Correct the stock of many books, each by itself and all in one transaction, once for a key.

        One transaction, so that a count is either applied or not: to apply it twice would be wrong.
        Raises ``CountedTwice``, ``CountedInFuture``, and what ``claim`` raises.
        """
        async with self._database.transaction() as session:
            earlier = await claim(session, IdempotencyKeyRow, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return earlier.answer
            book_ids = await _books(session, wanted.counts)
            counts = [
                Count(
                    line.counted,
                    CountMoment(book_id, line.as_of, None if line.as_of is not None else wanted.counted_at),
                )
                for line, book_id in zip(wanted.counts, book_ids, strict=True)
                if book_id is not None
            ]
            found = await _carry_out(session, counts, note=wanted.note, actor=actor)
            by_book = {one.count.moment.book_id: one for one in found}
            results = StocktakeResults(
                results=[
                    _result(line, by_book[book_id]) if book_id else _unknown_isbn(line)
                    for line, book_id in zip(wanted.counts, book_ids, strict=True)
                ]
            )
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, StoredAnswer(200, results.model_dump_json()))
            return results


async def _books(session: AsyncSession, lines: Sequence[ShelfLine]) -> list[UUID | None]:
    """Return the book of each line, or None for an ISBN that no book has. Raises ``CountedTwice``."""
    isbns = [line.isbn for line in lines if line.isbn is not None]
    by_isbn = await repository.books_of_isbns(session, isbns) if isbns else {}
    book_ids = [by_isbn.get(line.isbn) if line.isbn is not None else line.book_id for line in lines]
    first: dict[UUID | str | None, int] = {}
    for place, (line, book_id) in enumerate(zip(lines, book_ids, strict=True)):
        earlier = first.setdefault(book_id or line.isbn, place)
        if earlier != place:
            raise CountedTwice(place, "isbn" if line.isbn is not None else "book_id", earlier)
    return book_ids


async def _carry_out(
    session: AsyncSession, counts: Sequence[Count], *, note: str | None, actor: str
) -> list[Assessment]:
    """Lock the stock of the books and correct what can be corrected, each book by itself.

    Raises ``CountedInFuture``.
    """
    books = await repository.lock_to_count(session, [count.moment.book_id for count in counts])
    found = [_of_book(count, books.get(count.moment.book_id)) for count in counts]
    await _look_up_moments(session, [one for one in found if one.problem is None])
    await _correct(session, [one for one in found if one.problem is None], note=note, actor=actor)
    return found


def _of_book(count: Count, book: AnyRow | None) -> Assessment:
    if book is None:
        return Assessment(count, book, BookNotFound())
    counted_at = count.moment.counted_at
    if counted_at is not None and counted_at > book.now + CLOCKS_DIFFER:
        raise CountedInFuture(book.now)
    if counted_at is not None and counted_at < book.created_at:
        return Assessment(count, book, CountedBeforeBook(book.created_at))
    return Assessment(count, book)


async def _look_up_moments(session: AsyncSession, found: Sequence[Assessment]) -> None:
    moved = await repository.moved_since(session, [one.count.moment for one in found])
    for one in found:
        since = moved[one.count.moment.book_id]
        one.moved_since = since.moved
        if not since.is_known:
            one.problem = UnknownAsOf()


async def _correct(session: AsyncSession, found: Sequence[Assessment], *, note: str | None, actor: str) -> None:
    changes = [
        BookChange(
            one.count.moment.book_id, one.correction, reason_of_count(one.count.counted, note), one.count.counted
        )
        for one in found
    ]
    rows = await repository.change(session, changes, kind="correction", actor=actor)
    for one in found:
        one.row = rows[one.count.moment.book_id]
    refused = [one for one in found if one.correction and one.row is not None and one.row.id is None]
    holders = await repository.holders(session, [one.count.moment.book_id for one in refused], limit=MOST_HOLDERS)
    for one in refused:
        assert one.row is not None  # noqa: S101 (narrows the type)
        one.problem = limit_problem(one.row, one.correction, holders[one.row.book_id], **one.arithmetic)


def _result(line: ShelfLine, found: Assessment) -> ShelfResult:
    book, problem = found.book, found.problem
    return ShelfResult(
        book_id=found.count.moment.book_id,
        isbn13=book.isbn13 if book else None,
        title=book.title if book else None,
        ok=problem is None,
        **(found.arithmetic if found.row is not None else {"counted": line.counted}),
        on_hand=found.row.on_hand if found.row is not None else book and book.on_hand,
        reserved=book and book.reserved,
        code=problem and problem.code,
        title_of_problem=problem and _(problem.title),
        orders=problem.extra.get("orders") if problem else None,
    )


def _unknown_isbn(line: ShelfLine) -> ShelfResult:
    return ShelfResult(
        book_id=None,
        isbn13=line.isbn,
        title=None,
        ok=False,
        counted=line.counted,
        code=BookNotFound.code,
        title_of_problem=_(BookNotFound.title),
    )
