"""In the place of book-service's SQL of stock: what reservations need of it, on ``book_tables``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

from book_service.inventory.repository import BookChange
from proof.model.book_tables import BookRow, MovementRow
from proof.model.tables import Session

__all__ = ["BookChange", "change", "levels"]


async def change(
    session: Session, changes: Sequence[BookChange], *, kind: str, actor: str, order_id: UUID | None = None
) -> Mapping[UUID, SimpleNamespace]:
    """Write copies that came or went into the ledger; nothing where the limits forbid it."""
    del actor
    async with session.writes() as tables:
        for one in changes:
            book = tables.books[one.book_id]
            if one.change and book.available + one.change >= 0:
                tables.books[one.book_id] = replace(book, on_hand=book.on_hand + one.change)
                tables.note(MovementRow(one.book_id, one.change, kind, order_id))
        return {one.book_id: _levels(tables.books[one.book_id]) for one in changes}


async def levels(connection: Session, book_id: UUID) -> SimpleNamespace | None:
    """Return a book's levels."""
    book = (await connection.reads()).books.get(book_id)
    return None if book is None else _levels(book)


def _levels(book: BookRow) -> SimpleNamespace:
    return SimpleNamespace(on_hand=book.on_hand, reserved=book.reserved, available=book.available)
