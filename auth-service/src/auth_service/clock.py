"""The database's clock, which all times in it are told by."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

EPOCH = func.extract("epoch", func.clock_timestamp())
"""This moment in seconds, in a statement."""


async def now(session: AsyncSession) -> datetime:
    """Return when the transaction began."""
    moment: datetime = (await session.execute(select(func.now()))).scalar_one()
    return moment
