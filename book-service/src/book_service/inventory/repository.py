"""The SQL of stock levels and of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Row,
    Text,
    Uuid,
    bindparam,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.catalogue.models import Book
from book_service.inventory.models import HIGHEST_STOCK, StockLevel, StockMovement
from service_kit.paging import Cursor

AnyRow = Row[*tuple[Any, ...]]

COUNT_LIMIT = 10_000

_AVAILABLE = (StockLevel.on_hand - StockLevel.reserved).label("available")
_NEWEST_MOVEMENT = (
    select(func.coalesce(func.max(StockMovement.id), 0))
    .where(StockMovement.book_id == StockLevel.book_id)
    .scalar_subquery()
    .label("as_of")
)
_LEVELS = select(StockLevel.on_hand, StockLevel.reserved, _AVAILABLE, _NEWEST_MOVEMENT)

# Rows are locked in id order, as by every statement that locks several. What is written and what comes back are the
# levels as they were locked. Nothing is written where the limits forbid it; the levels come back all the same.
_CHANGE = text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT book_id, change, reason, counted
          FROM unnest(:book_ids, :changes, :reasons, :counts) AS wanted (book_id, change, reason, counted)
    ), locked AS MATERIALIZED (
        SELECT book_id, on_hand, reserved
          FROM stock_levels WHERE book_id = ANY(:book_ids)
         ORDER BY book_id FOR NO KEY UPDATE
    ), moved AS (
        UPDATE stock_levels SET on_hand = locked.on_hand + change, reserved = locked.reserved, version = version + 1
          FROM locked JOIN wanted USING (book_id)
         WHERE stock_levels.book_id = locked.book_id
           AND change <> 0 AND locked.on_hand + change BETWEEN locked.reserved AND :highest
        RETURNING stock_levels.book_id, change, reason, counted, stock_levels.on_hand
    ), written AS (
        INSERT INTO stock_movements (book_id, change, kind, reason, order_id, actor, on_hand_after, counted)
        SELECT book_id, change, :kind, reason, :order_id, :actor, on_hand, counted FROM moved ORDER BY book_id
        RETURNING *
    )
    SELECT locked.book_id, coalesce(on_hand_after, locked.on_hand) AS on_hand, locked.reserved,
           coalesce(on_hand_after, locked.on_hand) - locked.reserved AS available,
           id, change, kind, reason, order_id, actor, created_at, on_hand_after
      FROM locked LEFT JOIN written USING (book_id)
    """
).bindparams(
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("changes", type_=ARRAY(Integer)),
    bindparam("reasons", type_=ARRAY(Text)),
    bindparam("counts", type_=ARRAY(Integer)),
    bindparam("highest", HIGHEST_STOCK, type_=Integer),
    bindparam("order_id", type_=Uuid),
    bindparam("kind", type_=Text),
    bindparam("actor", type_=Text),
)

_OPEN = text(
    """
    WITH new AS (
        INSERT INTO stock_levels (book_id, on_hand)
        SELECT book_id, quantity FROM unnest(:book_ids, :quantities) AS new (book_id, quantity)
        RETURNING book_id, on_hand
    )
    INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)
    SELECT book_id, on_hand, 'received', 'First stock', :actor, on_hand FROM new WHERE on_hand > 0 ORDER BY book_id
    """
).bindparams(
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("quantities", type_=ARRAY(Integer)),
    bindparam("actor", type_=Text),
)

_LOCK_TO_COUNT = text(
    """
    SELECT book_id, title, isbn13, created_at, on_hand, reserved, clock_timestamp() AS now
      FROM stock_levels JOIN books ON books.id = book_id
     WHERE book_id = ANY(:book_ids)
     ORDER BY book_id FOR NO KEY UPDATE OF stock_levels
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)))

_MOVED_SINCE = text(
    """
    SELECT line.book_id, coalesce(sum(change), 0) AS moved,
           line.as_of IS NULL OR line.as_of = 0 OR EXISTS (
               SELECT FROM stock_movements AS known WHERE known.book_id = line.book_id AND known.id = line.as_of
           ) AS is_known
      FROM unnest(:book_ids, :as_ofs, :times) AS line (book_id, as_of, counted_at)
      LEFT JOIN stock_movements
        ON stock_movements.book_id = line.book_id
       AND stock_movements.counted IS NULL
       AND num_nonnulls(line.as_of, line.counted_at) > 0
       AND id > coalesce(line.as_of, 0)
       AND (line.counted_at IS NULL OR stock_movements.created_at > line.counted_at)
     GROUP BY line.book_id, line.as_of
    """
).bindparams(
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("as_ofs", type_=ARRAY(BigInteger)),
    bindparam("times", type_=ARRAY(DateTime(timezone=True))),
)

_HOLDERS = text(
    """
    SELECT book.id AS book_id, order_id, quantity, held_since, total
      FROM unnest(:book_ids) AS book (id) CROSS JOIN LATERAL (
               SELECT order_id, quantity, reservations.created_at AS held_since, count(*) OVER () AS total
                 FROM reservations JOIN reservation_lines USING (order_id)
                WHERE state = 'held' AND reservation_lines.book_id = book.id
                ORDER BY reservations.created_at DESC, order_id DESC LIMIT :limit
           ) AS holder
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)))

_HELD = text(
    """
    SELECT count(DISTINCT order_id) AS reservations, coalesce(sum(quantity), 0) AS copies
      FROM reservations JOIN reservation_lines USING (order_id) WHERE state = 'held'
    """
)

_SOLD = text(
    """
    SELECT book_id, -sum(change) AS copies
      FROM stock_movements
     WHERE book_id = ANY(:book_ids) AND kind = 'sold' AND created_at > now() - interval '30 days'
     GROUP BY book_id
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class BookChange:
    """Copies of a book that came or went; or, with ``counted``, that were not there or were not known of."""

    book_id: UUID
    change: int
    reason: str
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class CountMoment:
    """When a book was counted: when ``as_of`` was the newest row of its ledger, or else then, or else now."""

    book_id: UUID
    as_of: int | None
    counted_at: datetime | None


async def open_stocks(session: AsyncSession, copies: Mapping[UUID, int], *, actor: str) -> None:
    """Begin the stock of new books, each with its first copies."""
    parameters = {"book_ids": list(copies), "quantities": list(copies.values()), "actor": actor}
    await session.execute(_OPEN, parameters)


async def change(
    session: AsyncSession,
    changes: Sequence[BookChange],
    *,
    kind: str,
    actor: str,
    order_id: UUID | None = None,
) -> Mapping[UUID, AnyRow]:
    """Write copies that came or went into the ledger, each book by itself, and return each book's row and levels.

    ``id`` is None where nothing was written, because the limits forbid it; an unknown book is left out.
    """
    parameters = {
        "book_ids": [one.book_id for one in changes],
        "changes": [one.change for one in changes],
        "reasons": [one.reason for one in changes],
        "counts": [one.counted for one in changes],
        "kind": kind,
        "actor": actor,
        "order_id": order_id,
    }
    return {row.book_id: row for row in await session.execute(_CHANGE, parameters)}


async def levels(connection: AsyncConnection | AsyncSession, book_id: UUID) -> AnyRow | None:
    """Return a book's levels, and as ``as_of`` the newest row of its ledger (0 without one), of one moment."""
    return (await connection.execute(_LEVELS.where(StockLevel.book_id == book_id))).one_or_none()


async def levels_of(connection: AsyncConnection, book_ids: Sequence[UUID]) -> Sequence[AnyRow]:
    """Return the levels of several books, those that are there, in the order of their ids."""
    statement = select(StockLevel.book_id, StockLevel.on_hand, StockLevel.reserved, _AVAILABLE)
    return (await connection.execute(statement.where(StockLevel.book_id.in_(book_ids)).order_by("book_id"))).all()


async def movements(connection: AsyncConnection, book_id: UUID, cursor: Cursor | None, limit: int) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` rows of a book's ledger, newest first (for ``prev`` oldest first)."""
    key = StockMovement.id
    statement = select(*StockMovement.__table__.columns).where(StockMovement.book_id == book_id)
    if cursor is not None:
        place = cursor.keys[0]
        statement = statement.where(key < place if cursor.direction == "next" else key > place)
    backwards = cursor is not None and cursor.direction == "prev"
    statement = statement.order_by(key.asc() if backwards else key.desc()).limit(limit + 1)
    return (await connection.execute(statement)).all()


async def count_movements(connection: AsyncConnection, book_id: UUID) -> int:
    """Count the rows of a book's ledger."""
    statement = select(func.count()).select_from(StockMovement).where(StockMovement.book_id == book_id)
    return await connection.scalar(statement) or 0


async def holders(
    connection: AsyncConnection | AsyncSession, book_ids: Sequence[UUID], *, limit: int
) -> Mapping[UUID, Sequence[AnyRow]]:
    """Return who holds copies of each book: the newest ``limit`` orders, and in each row how many there are in all."""
    found: dict[UUID, list[AnyRow]] = {book_id: [] for book_id in book_ids}
    for row in await connection.execute(_HOLDERS, {"book_ids": list(book_ids), "limit": limit}):
        found[row.book_id].append(row)
    return found


async def held(connection: AsyncConnection) -> AnyRow:
    """Return how many ``reservations`` are held, and how many ``copies``."""
    return (await connection.execute(_HELD)).one()


async def books_of_isbns(session: AsyncSession, isbns: Sequence[str]) -> Mapping[str, UUID]:
    """Return the books that have these ISBNs."""
    rows = await session.execute(select(Book.isbn13, Book.id).where(Book.isbn13.in_(isbns)))
    return {row.isbn13: row.id for row in rows}


async def lock_to_count(session: AsyncSession, book_ids: Sequence[UUID]) -> Mapping[UUID, AnyRow]:
    """Return books with their levels, locked until the transaction ends, and as ``now`` what time it is."""
    return {row.book_id: row for row in await session.execute(_LOCK_TO_COUNT, {"book_ids": list(book_ids)})}


async def moved_since(session: AsyncSession, moments: Sequence[CountMoment]) -> Mapping[UUID, AnyRow]:
    """Return as ``moved`` what the ledger of each book, whose stock is locked, says came or went since, but for counts.

    ``is_known`` is false when the moment's ledger row is none of the book's.
    """
    parameters = {
        "book_ids": [moment.book_id for moment in moments],
        "as_ofs": [moment.as_of for moment in moments],
        "times": [moment.counted_at for moment in moments],
    }
    return {row.book_id: row for row in await session.execute(_MOVED_SINCE, parameters)}


async def low_stock(connection: AsyncConnection, at_most: int, cursor: Cursor | None, limit: int) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` books with at most so many copies available, fewest first, without archived ones."""
    columns = (StockLevel.book_id, Book.title, Book.authors, Book.isbn13, StockLevel.on_hand, StockLevel.reserved)
    statement = select(*columns, _AVAILABLE).join(Book, Book.id == StockLevel.book_id)
    statement = statement.where(*_low(at_most))
    key = tuple_(_AVAILABLE.element, StockLevel.book_id)
    if cursor is not None:
        available, book_id = cursor.keys
        place = tuple_(literal(available, Integer), literal(book_id, Uuid))
        statement = statement.where(key > place if cursor.direction == "next" else key < place)
    backwards = cursor is not None and cursor.direction == "prev"
    order = [column.desc() if backwards else column.asc() for column in (_AVAILABLE.element, StockLevel.book_id)]
    return (await connection.execute(statement.order_by(*order).limit(limit + 1))).all()


async def count_low_stock(connection: AsyncConnection, at_most: int) -> int:
    """Count the books that ``low_stock`` would list, up to ``COUNT_LIMIT + 1``."""
    found = (
        select(StockLevel.book_id)
        .join(Book, Book.id == StockLevel.book_id)
        .where(*_low(at_most))
        .limit(COUNT_LIMIT + 1)
        .subquery()
    )
    return await connection.scalar(select(func.count()).select_from(found)) or 0


def _low(at_most: int) -> tuple[ColumnElement[bool], ...]:
    # The number is a part of the statement, for the plan depends on it: few books or most of them. Without an index,
    # which would have to be kept with each order, this reads the whole of the narrow table.
    most = bindparam("at_most", at_most, type_=Integer, literal_execute=True)
    return _AVAILABLE.element <= most, Book.archived_at.is_(None)


async def sold_lately(connection: AsyncConnection, book_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return how many copies of each book were shipped in the last thirty days; books without any are left out."""
    return {row.book_id: row.copies for row in await connection.execute(_SOLD, {"book_ids": list(book_ids)})}
