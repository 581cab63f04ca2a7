"""Books that a batch has written, taken over into the search a few at a time: requests are served in between."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.search import index

_AT_A_TIME = 50


async def refresh(session: AsyncSession, book_ids: Sequence[UUID]) -> None:
    """Do what ``search.index.refresh`` does. Call it in the same transaction, after the rows are written."""
    for start in range(0, len(book_ids), _AT_A_TIME):
        await index.refresh(session, book_ids[start : start + _AT_A_TIME])
        await asyncio.sleep(0)
