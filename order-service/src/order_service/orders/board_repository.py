"""The SQL of the board: pages of orders, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from order_service.orders.models import Order, OrderLine
from order_service.orders.repository import OrderRow
from order_service.orders.search import Search
from order_service.orders.states import OrderStatus

COUNT_LIMIT = 1000

Direction = Literal["newer", "older"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which orders a list shows; what is None makes no difference, an empty ``statuses`` neither."""

    account_id: UUID | None = None
    email: str | None = None
    statuses: Sequence[OrderStatus] = ()
    since: datetime | None = None
    before: datetime | None = None
    book_id: UUID | None = None
    search: Search | None = None


_SUMMARY = text("""
    SELECT (SELECT count(*) FROM stock_work WHERE parked_at IS NOT NULL) AS parked,
           coalesce((SELECT extract(epoch FROM now() - created_at) FROM orders
                     WHERE status = 'pending' ORDER BY id LIMIT 1), 0) AS oldest_pending_seconds
""")

_COUNTS = text("""
    SELECT wanted.status, (SELECT count(*) FROM (
        SELECT FROM orders WHERE orders.status = wanted.status LIMIT :limit) AS counted) AS found
    FROM unnest(CAST(:statuses AS text[])) AS wanted (status)
""")


async def find_ids(
    connection: AsyncConnection, filters: Filters, *, start: UUID | None, direction: Direction, limit: int
) -> Sequence[UUID]:
    """Return up to ``limit`` ids of orders that are older (or newer) than ``start``, the nearest first."""
    query = select(Order.id).where(*_conditions(filters)).limit(limit)
    if direction == "older":
        query = query.order_by(Order.id.desc())
        query = query if start is None else query.where(Order.id < start)
    else:
        query = query.order_by(Order.id)
        query = query if start is None else query.where(Order.id > start)
    return (await connection.scalars(query)).all()


async def count(connection: AsyncConnection, filters: Filters) -> int:
    """Count orders, and stop counting just past ``COUNT_LIMIT``."""
    some = select(Order.id).where(*_conditions(filters)).limit(COUNT_LIMIT + 1).subquery()
    return (await connection.execute(select(func.count()).select_from(some))).scalar_one()


async def counts(connection: AsyncConnection) -> dict[OrderStatus, int]:
    """Count the orders of each status, and stop counting just past ``COUNT_LIMIT``."""
    parameters = {"statuses": [status.value for status in OrderStatus], "limit": COUNT_LIMIT + 1}
    return {OrderStatus(row.status): row.found for row in await connection.execute(_COUNTS, parameters)}


async def summary(connection: AsyncConnection) -> OrderRow:
    """Return how much work is ``parked`` and ``oldest_pending_seconds``."""
    return (await connection.execute(_SUMMARY)).one()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.account_id is not None:
        found.append(Order.account_id == filters.account_id)
    if filters.email is not None:
        found.append(func.lower(Order.customer_email) == filters.email.lower())
    if filters.statuses:
        found.append(Order.status.in_(filters.statuses))
    if filters.since is not None:
        found.append(Order.created_at >= filters.since)
    if filters.before is not None:
        found.append(Order.created_at < filters.before)
    if filters.book_id is not None:
        found.append(_has_line(OrderLine.book_id == filters.book_id))
    if filters.search is not None:
        found.append(_fits(filters.search))
    return found


def _has_line(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(OrderLine.order_id == Order.id, condition)


def _fits(search: Search) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = [false()]
    if search.number is not None:
        found.append(Order.number == search.number)
    if search.order_id is not None:
        found.append(Order.id == search.order_id)
    if search.isbn13 is not None:
        found.append(_has_line(OrderLine.isbn13 == search.isbn13))
    if search.email_part is not None:
        found.append(func.lower(Order.customer_email).contains(search.email_part.lower(), autoescape=True))
    if search.words is not None:
        words = search.words.lower().split()
        found.append(and_(*(_has_line(func.lower(OrderLine.title).contains(w, autoescape=True)) for w in words)))
    return or_(*found)
