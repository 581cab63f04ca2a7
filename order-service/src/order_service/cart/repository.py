"""The cart's SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from order_service.cart.models import CartLine
from order_service.stock_client import Offer
from service_kit.prepared import Prepared, Reader

_LINES = (
    select(CartLine.__table__)
    .where(CartLine.account_id == bindparam("account_id"))
    .order_by(CartLine.added_at, CartLine.book_id)
)
_LINES_READ = Prepared(_LINES)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:account_id, 0))")
_NOTE_SEEN = text("""
    UPDATE cart_lines AS line
    SET title = told.title, authors = told.authors, isbn13 = told.isbn13, seen_price = told.unit_price
    FROM jsonb_to_recordset(:offers) AS told (book_id uuid, title text, authors text[], isbn13 text, unit_price numeric)
    WHERE line.account_id = :account_id AND line.book_id = told.book_id
""").bindparams(bindparam("offers", type_=JSONB))

CartRow = Any


async def lines(reader: Reader, account_id: UUID) -> Sequence[CartRow]:
    """Return an account's lines in the order in which they were added."""
    return await _LINES_READ.rows(reader, {"account_id": account_id})


async def current_lines(session: AsyncSession, account_id: UUID) -> Sequence[CartRow]:
    """Return the lines as the transaction sees them."""
    return (await session.execute(_LINES, {"account_id": account_id})).all()


async def lock(session: AsyncSession, account_id: UUID) -> None:
    """Let one transaction at a time add to an account's cart, so that its lines can be counted."""
    await session.execute(_LOCK, {"account_id": str(account_id)})


async def count(session: AsyncSession, account_id: UUID) -> int:
    """Return how many lines a cart has."""
    found = select(func.count()).select_from(CartLine).where(CartLine.account_id == account_id)
    return (await session.execute(found)).scalar_one()


async def set_quantity(session: AsyncSession, account_id: UUID, book_id: UUID, quantity: int) -> bool:
    """Change the quantity of a line; return whether there is one."""
    changed = update(CartLine).where(CartLine.account_id == account_id, CartLine.book_id == book_id)
    result = await session.execute(changed.values(quantity=quantity).returning(CartLine.book_id))
    return result.first() is not None


async def add_line(session: AsyncSession, account_id: UUID, offer: Offer, quantity: int) -> None:
    """Add a line at the price that is offered now."""
    await session.execute(
        insert(CartLine).values(
            account_id=account_id,
            book_id=offer.book_id,
            quantity=quantity,
            title=offer.title,
            authors=offer.authors,
            isbn13=offer.isbn13,
            added_price=offer.unit_price,
            seen_price=offer.unit_price,
        )
    )


async def note_seen(session: AsyncSession, account_id: UUID, offers: Sequence[Offer]) -> None:
    """Keep what book-service tells of the books of a cart."""
    told = [offer.model_dump(mode="json", exclude={"available"}) for offer in offers]
    await session.execute(_NOTE_SEEN, {"account_id": account_id, "offers": told})


async def delete_lines(session: AsyncSession, account_id: UUID, book_ids: Sequence[UUID] | None = None) -> None:
    """Delete the lines of some books, or all lines."""
    unwanted = delete(CartLine).where(CartLine.account_id == account_id)
    await session.execute(unwanted if book_ids is None else unwanted.where(CartLine.book_id.in_(book_ids)))
