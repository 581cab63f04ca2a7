"""The SQL of searches without a result."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Row, Text, bindparam, delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.search.models import SearchWithoutResult
from service_kit.paging import Cursor

_ADD = text(
    """
    INSERT INTO searches_without_result AS old (key, q, times)
    SELECT key, q, times FROM unnest(:keys, :shown, :times) AS new (key, q, times) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET times = old.times + excluded.times, q = excluded.q, last_at = now()
    """
).bindparams(
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("shown", type_=ARRAY(Text)),
    bindparam("times", type_=ARRAY(Integer)),
)
_KEEP = text(
    """
    DELETE FROM searches_without_result WHERE key IN (
        SELECT key FROM searches_without_result ORDER BY times DESC, last_at DESC OFFSET :most
    )
    """
)
AnyRow = Row[*tuple[Any, ...]]
_COLUMNS = SearchWithoutResult.__table__.columns


async def add(session: AsyncSession, times: Mapping[str, tuple[str, int]], *, most: int) -> None:
    """Count searches by their key: how they were typed, and how often. Keeps the ``most`` frequent."""
    parameters = {
        "keys": list(times),
        "shown": [shown for shown, _count in times.values()],
        "times": [count for _shown, count in times.values()],
    }
    await session.execute(_ADD, parameters)
    await session.execute(_KEEP, {"most": most})


async def page(connection: AsyncConnection, cursor: Cursor | None, limit: int) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` of them from the cursor on, the most frequent first."""
    keys = (_COLUMNS.times, _COLUMNS.key)
    backwards = cursor is not None and cursor.direction == "prev"
    statement = select(*_COLUMNS).order_by(*(key.asc() if backwards else key.desc() for key in keys))
    if cursor is not None:
        place = tuple_(*cursor.keys)
        statement = statement.where(tuple_(*keys) > place if backwards else tuple_(*keys) < place)
    return (await connection.execute(statement.limit(limit + 1))).all()


async def count(connection: AsyncConnection) -> int:
    """Count them."""
    return await connection.scalar(select(func.count()).select_from(SearchWithoutResult)) or 0


async def remove(session: AsyncSession, key: str) -> None:
    """Remove one."""
    await session.execute(delete(SearchWithoutResult).where(_COLUMNS.key == key))
