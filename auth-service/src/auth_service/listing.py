"""Pages of a table by one column that is in the order of time: an id (UUIDv7) or a number. The newest come first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from service_kit.paging import INT8, Page, cut_page, decode_cursor

Item = TypeVar("Item")
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
_COUNTED = 1000
"""From here on a total is an estimate: to count on would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of one page, and what is told of the whole list."""

    rows: list[AnyRow]
    next_cursor: str | None
    prev_cursor: str | None
    total: int
    total_is_estimate: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of a list: ``filters`` are what its cursors belong to."""

    limit: int
    cursor: str | None
    filters: Mapping[str, Any]


async def read_page(
    connection: AsyncConnection,
    query: AnySelect,
    by: InstrumentedAttribute[UUID] | InstrumentedAttribute[int],
    wanted: Wanted,
) -> Listed:
    """Read a page of ``query``, which selects ``by`` and has no order of its own. Raises ``InvalidCursor``."""
    is_number = by.type.python_type is int
    scope = {"list": str(by), **wanted.filters}
    cursor = decode_cursor(wanted.cursor, scope, key_types=[INT8 if is_number else UUID])
    backwards = cursor is not None and cursor.direction == "prev"
    part = query
    if cursor is not None:
        (start,) = cursor.keys
        part = part.where(by > start if backwards else by < start)
    part = part.order_by(by.asc() if backwards else by.desc()).limit(wanted.limit + 1)
    found = (await connection.execute(part)).all()
    cut = cut_page(
        found,
        limit=wanted.limit,
        cursor=cursor,
        query=scope,
        keys=lambda row: (row._mapping[by.key] if is_number else str(row._mapping[by.key]),),  # noqa: SLF001 (public)
    )
    counted = select(func.count()).select_from(query.with_only_columns(by).limit(_COUNTED + 1).subquery())
    total = int(await connection.scalar(counted) or 0)
    return Listed(cut.rows, cut.next_cursor, cut.prev_cursor, min(total, _COUNTED), total > _COUNTED)


def page_of(listed: Listed, show: Callable[[AnyRow], Item]) -> Page[Item]:
    """Return the page as it is sent; ``show`` makes an item of a row."""
    return Page(
        items=[show(row) for row in listed.rows],
        next_cursor=listed.next_cursor,
        prev_cursor=listed.prev_cursor,
        total=listed.total,
        total_is_estimate=listed.total_is_estimate,
    )
