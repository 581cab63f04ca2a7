"""The SQL of stock levels and of the ledger."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.inventory.models import HIGHEST_STOCK, StockLevel, StockMovement
from service_kit.paging import Cursor

AnyRow = Row[*tuple[Any, ...]]

_AVAILABLE = (StockLevel.on_hand - StockLevel.reserved).label("available")
_LEVELS = (StockLevel.on_hand, StockLevel.reserved, _AVAILABLE)


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
