"""The SQL that walks through the catalogue in the order in which books came."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

BEGINNING, END = UUID(int=0), UUID(int=(1 << 128) - 1)
"""Before and behind all books: an end that is always given lets the index find where to begin."""

# The primary key alone is read, and all books are counted: an archived one leaves no gap that moves the others.
LAST_OF_STRETCH = text(
    """
    SELECT id, place FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
            SELECT id FROM books WHERE id > :after ORDER BY id LIMIT :books
        ) AS stretch
    ) AS numbered ORDER BY place DESC LIMIT 1
    """
).bindparams(bindparam("after", type_=Uuid))
BEHIND = text(
    """
    SELECT id, updated_at FROM books
     WHERE archived_at IS NULL AND id > :after AND id <= :until ORDER BY id LIMIT :limit
    """
).bindparams(bindparam("after", type_=Uuid), bindparam("until", type_=Uuid))


async def end_of_stretch(connection: AsyncConnection, after: UUID, books: int) -> UUID | None:
    """Return the last of the next ``books`` books; None when there are not so many."""
    last = (await connection.execute(LAST_OF_STRETCH, {"after": after, "books": books})).first()
    return last.id if last is not None and last.place == books else None


async def behind(connection: AsyncConnection, after: UUID, until: UUID, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return ``id`` and ``updated_at`` of the next books that are not archived."""
    return (await connection.execute(BEHIND, {"after": after, "until": until, "limit": limit})).all()
