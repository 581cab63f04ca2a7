"""The SQL of books that imports find and write, many at a time."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Text, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.importing.comparing import BookNow

AnyRow = Row[*tuple[Any, ...]]

_ADDITIONS_WITHOUT_ISBN_LOCK = 7_203_913
"""Key of an advisory lock."""
_FIELDS = (
    "isbn13, title, subtitle, authors, publisher, published_on, language, format, pages, subjects, description, price"
)
_COLUMNS = f"id, version, archived_at, {_FIELDS}"
_WRITTEN = (
    "isbn13 text, title text, subtitle text, authors text[], publisher text, published_on text, language text,"
    " format text, pages int, subjects text[], description text, price numeric"
)

# UNION and not OR: each part has its index.
_FIND = text(
    f"""
    SELECT {_COLUMNS} FROM books WHERE id = ANY(:ids)
    UNION SELECT {_COLUMNS} FROM books WHERE isbn13 = ANY(:isbns)
    UNION SELECT {_COLUMNS} FROM books WHERE isbn13 IS NULL AND title = ANY(:titles)
    """  # noqa: S608 (column names of ours)
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("isbns", type_=ARRAY(Text)),
    bindparam("titles", type_=ARRAY(Text)),
)

# Rows are locked in id order, as by every statement that locks several.
_LOCK = text(
    f"SELECT {_COLUMNS} FROM books WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))

_INSERT = text(
    f"""
    INSERT INTO books (id, {_FIELDS})
    SELECT id, {_FIELDS} FROM jsonb_to_recordset(:books) AS book (id uuid, {_WRITTEN})
     ORDER BY isbn13
    ON CONFLICT (isbn13) DO NOTHING
    RETURNING id
    """  # noqa: S608
).bindparams(bindparam("books", type_=JSONB))

_SET = ", ".join(f"{name.strip()} = book.{name.strip()}" for name in f"{_FIELDS}".split(","))
_UPDATE = text(
    f"""
    UPDATE books SET {_SET}, version = books.version + 1, updated_at = now(),
           archived_at = CASE WHEN book.archived THEN coalesce(books.archived_at, now()) END
      FROM jsonb_to_recordset(:books) AS book (id uuid, archived boolean, {_WRITTEN})
     WHERE books.id = book.id
    """  # noqa: S608
).bindparams(bindparam("books", type_=JSONB))

_HOLDERS = text("SELECT isbn13, id FROM books WHERE isbn13 = ANY(:isbns)").bindparams(
    bindparam("isbns", type_=ARRAY(Text))
)

_MADE_BY_IMPORTS = text(
    """
    SELECT made.book_id, count(*) AS times
      FROM unnest(:ids, :versions) AS made (book_id, version)
      JOIN book_revisions ON book_revisions.book_id = made.book_id AND book_revisions.version > made.version
     WHERE kind IN ('imported', 'import_undone')
     GROUP BY made.book_id
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("versions", type_=ARRAY(Integer)))

_LOCK_STOCK = text(
    """
    SELECT book_id, on_hand, on_hand - reserved AS available,
           EXISTS (SELECT FROM stock_movements WHERE stock_movements.book_id = stock_levels.book_id) AS has_ledger,
           EXISTS (SELECT FROM reservation_lines WHERE reservation_lines.book_id = stock_levels.book_id) AS has_orders
      FROM stock_levels WHERE book_id = ANY(:ids) ORDER BY book_id FOR UPDATE
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))

_DELETE_STOCK = text("DELETE FROM stock_levels WHERE book_id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)
_DELETE = text("DELETE FROM books WHERE id = ANY(:ids)").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def _now(row: AnyRow) -> BookNow:
    fields = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)
    fields["price"] = f"{row.price:.2f}"
    del fields["id"], fields["version"], fields["archived_at"]
    return BookNow(row.id, row.version, row.archived_at is not None, fields)


async def books_of(
    session: AsyncSession, *, ids: Sequence[UUID], isbns: Sequence[str], titles: Sequence[str]
) -> list[BookNow]:
    """Return the books with one of the ids or ISBNs, and those without an ISBN that have one of the titles."""
    parameters = {"ids": list(ids), "isbns": list(isbns), "titles": list(titles)}
    return [_now(row) for row in await session.execute(_FIND, parameters)]


async def lock_books(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, BookNow]:
    """Return books by their ids, locked until the transaction ends; those that are gone are left out."""
    return {row.id: _now(row) for row in await session.execute(_LOCK, {"ids": list(ids)})}


async def holders_of_isbns(session: AsyncSession, isbns: Sequence[str]) -> dict[str, UUID]:
    """Return which books have these ISBNs."""
    return {row.isbn13: row.id for row in await session.execute(_HOLDERS, {"isbns": list(isbns)})}


async def lock_additions_without_isbn(session: AsyncSession) -> None:
    """Wait for other imports that add books without an ISBN, which no constraint tells apart, and have ours waited for.

    Call it before any book is locked or written, so that nobody waits for each other.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_ADDITIONS_WITHOUT_ISBN_LOCK)))


async def insert_books(session: AsyncSession, books: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Add books; return the ids of those that were added: not where another book has the ISBN."""
    return set((await session.scalars(_INSERT, {"books": list(books)})).all())


async def update_books(session: AsyncSession, books: Sequence[Mapping[str, Any]]) -> None:
    """Write all columns of books, which are locked, and move their versions on."""
    await session.execute(_UPDATE, {"books": list(books)})


async def versions_by_imports(session: AsyncSession, versions: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return how many versions of each book imports made, or took back, after the version given for it."""
    parameters = {"ids": list(versions), "versions": list(versions.values())}
    return {row.book_id: row.times for row in await session.execute(_MADE_BY_IMPORTS, parameters)}


async def lock_stock(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, AnyRow]:
    """Return ``on_hand`` and ``available`` of books, locked, and whether a ledger or orders tell of them."""
    return {row.book_id: row for row in await session.execute(_LOCK_STOCK, {"ids": list(ids)})}


async def delete_books(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Delete books that nothing tells of, with their stock and their history."""
    await session.execute(_DELETE_STOCK, {"ids": list(ids)})
    await session.execute(_DELETE, {"ids": list(ids)})
