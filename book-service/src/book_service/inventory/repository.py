"""The stock's SQL.

Rows of several books are always locked in the order of their ids, so that no two orders deadlock.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Uuid, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.catalogue.models import Book
from book_service.inventory.models import (
    HIGHEST_STOCK,
    Reservation,
    ReservationLine,
    StockLevel,
    StockMovement,
)
from service_kit.paging import Cursor

AnyRow = Row[*tuple[Any, ...]]

_AVAILABLE = (StockLevel.on_hand - StockLevel.reserved).label("available")
_LEVELS = (StockLevel.on_hand, StockLevel.reserved, _AVAILABLE)

# One statement for all lines; ``change`` is +1 to reserve and -1 to give back.
_CHANGE_RESERVED = text(
    """
    UPDATE stock_levels
       SET reserved = reserved + :change * line.quantity, version = version + 1
      FROM unnest(:book_ids, :quantities) AS line (book_id, quantity)
     WHERE stock_levels.book_id = line.book_id
    """
).bindparams(bindparam("book_ids", type_=ARRAY(Uuid)), bindparam("quantities", type_=ARRAY(Integer)))


# The copies of an order leave the shelf and are promised no more (-1, -1), or come back to it (1, 0).
_MOVE_COPIES = text(
    """
    WITH moved AS (
        UPDATE stock_levels
           SET on_hand = on_hand + :on_hand_sign * line.quantity,
               reserved = reserved + :reserved_sign * line.quantity,
               version = version + 1
          FROM unnest(:book_ids, :quantities) AS line (book_id, quantity)
         WHERE stock_levels.book_id = line.book_id AND on_hand + :on_hand_sign * line.quantity <= :highest
        RETURNING stock_levels.book_id, :on_hand_sign * line.quantity AS change, on_hand
    )
    INSERT INTO stock_movements (book_id, change, kind, reason, order_id, actor, on_hand_after)
    SELECT book_id, change, :kind, :reason, :order_id, :actor, on_hand FROM moved ORDER BY book_id
    RETURNING book_id
    """
).bindparams(
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("quantities", type_=ARRAY(Integer)),
    bindparam("on_hand_sign", type_=Integer),
    bindparam("reserved_sign", type_=Integer),
    bindparam("highest", HIGHEST_STOCK, type_=Integer),
    bindparam("order_id", type_=Uuid),
)


async def open_stock(session: AsyncSession, book_id: UUID, *, quantity: int, actor: str) -> None:
    """Begin the stock of a new book."""
    await session.execute(insert(StockLevel).values(book_id=book_id, on_hand=quantity))
    if quantity:
        await add_movement(
            session,
            book_id,
            change=quantity,
            kind="received",
            reason="First stock",
            actor=actor,
            on_hand_after=quantity,
        )


async def change_on_hand(session: AsyncSession, book_id: UUID, change: int) -> AnyRow | None:
    """Add ``change`` to the copies on the shelf; None when there is no such book or the limits forbid it."""
    after = StockLevel.on_hand + change
    statement = (
        update(StockLevel)
        .where(StockLevel.book_id == book_id, after >= StockLevel.reserved, after <= HIGHEST_STOCK)
        .values(on_hand=after, version=StockLevel.version + 1)
        .returning(*_LEVELS)
    )
    return (await session.execute(statement)).one_or_none()


async def levels_in_transaction(session: AsyncSession, book_id: UUID) -> AnyRow | None:
    """Return a book's levels as the transaction sees them."""
    return (await session.execute(select(*_LEVELS).where(StockLevel.book_id == book_id))).one_or_none()


async def levels(connection: AsyncConnection, book_id: UUID) -> AnyRow | None:
    """Return a book's levels."""
    return (await connection.execute(select(*_LEVELS).where(StockLevel.book_id == book_id))).one_or_none()


async def add_movement(session: AsyncSession, book_id: UUID, **values: Any) -> AnyRow:  # noqa: ANN401 (columns)
    """Write a row of the ledger."""
    table = StockMovement.__table__
    statement = insert(StockMovement).values(book_id=book_id, **values).returning(*table.columns)
    return (await session.execute(statement)).one()


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


async def begin_reservation(session: AsyncSession, order_id: UUID, state: str, requested: Sequence[Any]) -> bool:
    """Write the reservation's row; False when the order has one already. Waits for another that is being written."""
    statement = (
        upsert(Reservation)
        .values(order_id=order_id, state=state, requested=list(requested))
        .on_conflict_do_nothing()
        .returning(Reservation.order_id)
    )
    return await session.scalar(statement) is not None


async def lock_reservation(session: AsyncSession, order_id: UUID) -> Reservation:
    """Return the order's reservation, locked until the transaction ends."""
    statement = select(Reservation).where(Reservation.order_id == order_id).with_for_update()
    return (await session.scalars(statement)).one()


async def lock_reservation_if_any(session: AsyncSession, order_id: UUID) -> Reservation | None:
    """Return the order's reservation, locked until the transaction ends; None when nothing is known of it."""
    statement = select(Reservation).where(Reservation.order_id == order_id).with_for_update()
    return (await session.scalars(statement)).one_or_none()


async def reservation(connection: AsyncConnection, order_id: UUID) -> AnyRow | None:
    """Return the order's reservation."""
    statement = select(*Reservation.__table__.columns).where(Reservation.order_id == order_id)
    return (await connection.execute(statement)).one_or_none()


async def lock_books(session: AsyncSession, book_ids: Sequence[UUID]) -> Sequence[AnyRow]:
    """Return what the books are called, cost and have left, with their stock locked in id order."""
    statement = (
        select(Book.id, Book.title, Book.authors, Book.isbn13, Book.price, Book.archived_at, _AVAILABLE)
        .join(Book, Book.id == StockLevel.book_id)
        .where(StockLevel.book_id.in_(book_ids))
        .order_by(StockLevel.book_id)
        .with_for_update(of=StockLevel)
    )
    return (await session.execute(statement)).all()


async def change_reserved(session: AsyncSession, quantities: dict[UUID, int], *, sign: int) -> None:
    """Add (``sign`` 1) or take back (-1) promised copies of books whose stock is locked."""
    lines_of = {"book_ids": list(quantities), "quantities": list(quantities.values())}
    await session.execute(_CHANGE_RESERVED, lines_of | {"change": sign})


async def take_off_shelf(
    session: AsyncSession, order_id: UUID, quantities: dict[UUID, int], *, reason: str, actor: str
) -> None:
    """Write as ``sold`` the promised copies of books whose stock is locked."""
    await session.execute(
        _MOVE_COPIES,
        _copies(order_id, quantities, reason=reason, actor=actor)
        | {"on_hand_sign": -1, "reserved_sign": -1, "kind": "sold"},
    )


async def put_back_on_shelf(
    session: AsyncSession, order_id: UUID, quantities: dict[UUID, int], *, reason: str, actor: str
) -> bool:
    """Write copies of books whose stock is locked as ``returned``; False when a book would have too many."""
    moved = await session.execute(
        _MOVE_COPIES,
        _copies(order_id, quantities, reason=reason, actor=actor)
        | {"on_hand_sign": 1, "reserved_sign": 0, "kind": "returned"},
    )
    return len(moved.all()) == len(quantities)


def _copies(order_id: UUID, quantities: dict[UUID, int], *, reason: str, actor: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "book_ids": list(quantities),
        "quantities": list(quantities.values()),
        "reason": reason,
        "actor": actor,
    }


async def add_lines(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write what a reservation holds."""
    await session.execute(insert(ReservationLine), rows)


async def lines(connection: AsyncConnection | AsyncSession, order_id: UUID) -> Sequence[AnyRow]:
    """Return what a reservation holds."""
    statement = select(*ReservationLine.__table__.columns).where(ReservationLine.order_id == order_id)
    return (await connection.execute(statement.order_by(ReservationLine.book_id))).all()


async def offers(connection: AsyncConnection, book_ids: Sequence[UUID]) -> Sequence[AnyRow]:
    """Return price and availability of those books that are in the catalogue."""
    statement = (
        select(
            Book.id.label("book_id"), Book.title, Book.authors, Book.isbn13, Book.price.label("unit_price"), _AVAILABLE
        )
        .join(StockLevel, StockLevel.book_id == Book.id)
        .where(Book.id.in_(book_ids), Book.archived_at.is_(None))
    )
    return (await connection.execute(statement)).all()
