"""The SQL of figures of sales.

Ids are UUIDv7, so the orders of the last days are the end of the primary keys of ``orders`` and of ``order_lines``:
what came before is not read, and no further index has to be kept with each order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from order_service.orders.board_streams import id_before
from order_service.orders.repository import OrderRow

_BY_DAY = text("""
    WITH ordered AS (
        SELECT order_id, sum(quantity) AS copies FROM order_lines WHERE order_id >= :first GROUP BY order_id
    )
    SELECT CAST(created_at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS orders, sum(copies) AS copies,
           coalesce(sum(total) FILTER (WHERE currency = :currency), 0.00) AS money
    FROM orders JOIN ordered ON ordered.order_id = orders.id
    WHERE orders.id >= :first AND created_at >= :since AND status IN ('placed', 'shipped', 'delivered')
    GROUP BY day
""").bindparams(
    bindparam("first", type_=Uuid), bindparam("since", type_=DateTime(timezone=True)), bindparam("currency", type_=Text)
)

# A title is written down with every order; the newest one is what the book is called by now.
_MOST_SOLD = text("""
    WITH sold AS (
        SELECT book_id, sum(quantity) AS copies
        FROM orders JOIN order_lines ON order_id = orders.id AND order_id >= :first
        WHERE orders.id >= :first AND created_at >= :since AND status IN ('placed', 'shipped', 'delivered')
        GROUP BY book_id ORDER BY copies DESC, book_id LIMIT :limit
    )
    SELECT sold.book_id, copies, title, authors FROM sold CROSS JOIN LATERAL (
        SELECT title, authors FROM order_lines AS line
        WHERE line.book_id = sold.book_id AND title IS NOT NULL
        ORDER BY order_id DESC LIMIT 1
    ) AS called
    ORDER BY copies DESC, sold.book_id
""").bindparams(
    bindparam("first", type_=Uuid), bindparam("since", type_=DateTime(timezone=True)), bindparam("limit", type_=Integer)
)


async def sales_by_day(connection: AsyncConnection, since: datetime, *, currency: str) -> Sequence[OrderRow]:
    """Return ``orders``, ``copies`` and ``money`` of each day by UTC on which anything was sold."""
    return (await connection.execute(_BY_DAY, _parameters(since, currency=currency))).all()


async def most_sold(connection: AsyncConnection, since: datetime, *, limit: int) -> Sequence[OrderRow]:
    """Return the books of which most copies were sold."""
    return (await connection.execute(_MOST_SOLD, _parameters(since, limit=limit))).all()


def _parameters(since: datetime, **more: object) -> dict[str, Any]:
    return {"since": since, "first": id_before(since), **more}
