"""The catalogue's SQL. Rows come back as they are; nothing is decided here."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.catalogue.models import Book
from book_service.inventory.models import StockLevel
from service_kit.prepared import Prepared, Reader
from service_kit.prepared import Row as PreparedRow

_FIRST_BOOKS_LOCK = 7_203_912

BookRow = Row[*tuple[Any, ...]] | PreparedRow
"""A book with its stock: ``on_hand``, ``available`` and ``stock_version``."""

_COLUMNS = (
    *Book.__table__.columns,
    StockLevel.on_hand,
    (StockLevel.on_hand - StockLevel.reserved).label("available"),
    StockLevel.version.label("stock_version"),
)
_BOOKS = select(*_COLUMNS).join(StockLevel, StockLevel.book_id == Book.id)
_BOOK_BY_ID = _BOOKS.where(Book.id == bindparam("id"))
_BOOKS_BY_IDS = Prepared(_BOOKS.where(Book.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
_BOOK_BY_ISBN = _BOOKS.where(Book.isbn13 == bindparam("isbn13"))


async def book_by_id(connection: AsyncConnection, book_id: UUID) -> BookRow | None:
    """Return one book with its stock, archived or not."""
    return (await connection.execute(_BOOK_BY_ID, {"id": book_id})).first()


async def book_by_isbn(connection: AsyncConnection, isbn13: str) -> BookRow | None:
    """Return the book with this ISBN, archived or not."""
    return (await connection.execute(_BOOK_BY_ISBN, {"isbn13": isbn13})).first()


async def books_by_ids(reader: Reader, book_ids: Sequence[UUID]) -> Mapping[UUID, BookRow]:
    """Return those books that are there, with their stock."""
    return {row["id"]: row for row in await _BOOKS_BY_IDS.rows(reader, {"ids": book_ids})}


async def lock_book(session: AsyncSession, book_id: UUID) -> Book | None:
    """Return one book, locked until the transaction ends.

    Its key stays as it is, so nobody who writes a row of its stock's ledger meanwhile has to wait.
    """
    return await session.get(Book, book_id, with_for_update={"of": Book, "key_share": True})


async def holder_of_isbn(session: AsyncSession, isbn13: str, *, other_than: UUID) -> Book | None:
    """Return another book that has this ISBN."""
    return await session.scalar(select(Book).where(Book.isbn13 == isbn13, Book.id != other_than))


async def current(session: AsyncSession, book_id: UUID) -> BookRow:
    """Return a book with its stock as the transaction sees it."""
    return (await session.execute(_BOOK_BY_ID, {"id": book_id})).one()


async def touch(session: AsyncSession, book_id: UUID, **values: Any) -> None:  # noqa: ANN401 (values of any column)
    """Write ``values`` and move the record's version on."""
    await session.execute(
        update(Book).where(Book.id == book_id).values(version=Book.version + 1, updated_at=func.now(), **values)
    )


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether there is no book at all; whoever asks next waits until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_FIRST_BOOKS_LOCK)))
    return await session.scalar(select(Book.id).limit(1)) is None
