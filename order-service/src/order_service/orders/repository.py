"""The SQL of orders.

What a request has to wait for is one statement each, for the round trips are what costs. ``now()`` is the database's
time everywhere: replicas whose clocks differ agree on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from order_service.orders.models import Order, OrderLine, TimelineEntry
from order_service.orders.states import OrderStatus, StockStep

OrderRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of an order's status, with all that is written beside it; ``seen`` is what the decision was made on."""

    order_id: UUID
    seen: OrderStatus
    status: OrderStatus
    actor_role: str
    actor: str | None = None
    actor_id: UUID | None = None
    detail: str | None = None
    reason: dict[str, Any] | None = None
    next_step: StockStep | None = None
    next_lease: UUID | None = None


_MOVE = text("""
    WITH moved AS (
        UPDATE orders
        SET status = :status, reason = coalesce(:reason, reason), version = version + 1, updated_at = now()
        WHERE id = :order_id AND status = :seen
        RETURNING id, version
    ), noted AS (
        INSERT INTO order_timeline (order_id, version, status, actor, actor_id, actor_role, detail)
        SELECT id, version, :status, :actor, :actor_id, :actor_role, :detail FROM moved
    ), finished AS (
        DELETE FROM stock_work AS work USING moved WHERE work.order_id = moved.id AND work.step = 'reserve'
    ), begun AS (
        INSERT INTO stock_work (order_id, step, due_at, lease, attempts)
        SELECT id, :next_step, now() + make_interval(secs => :lease_seconds), :next_lease, 1
        FROM moved WHERE :next_step IS NOT NULL
    )
    SELECT id FROM moved
""").bindparams(
    *(bindparam(name, type_=Text) for name in ("status", "seen", "actor", "actor_role", "detail", "next_step")),
    *(bindparam(name, type_=Uuid) for name in ("order_id", "actor_id", "next_lease")),
    bindparam("reason", type_=JSONB(none_as_null=True)),
)

_CLAIM = text("""
    WITH due AS (
        SELECT order_id, step FROM stock_work
        WHERE parked_at IS NULL AND due_at <= now()
        ORDER BY due_at LIMIT :limit
        FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE stock_work AS work
        SET lease = :lease, due_at = now() + make_interval(secs => :lease_seconds), attempts = attempts + 1
        FROM due WHERE work.order_id = due.order_id AND work.step = due.step
        RETURNING work.order_id, work.step, work.attempts, work.write_off
    )
    SELECT claimed.order_id, claimed.step, claimed.attempts, claimed.write_off,
           orders.account_id, orders.expected_total, orders.from_cart,
           orders.created_at < now() - make_interval(secs => :deadline_seconds) AS overdue,
           (SELECT jsonb_agg(jsonb_build_object('book_id', book_id, 'quantity', quantity) ORDER BY position)
            FROM order_lines WHERE order_id = orders.id) AS lines
    FROM claimed JOIN orders ON orders.id = claimed.order_id
""").columns(lines=JSONB, write_off=JSONB)

_POSTPONE = text("""
    UPDATE stock_work
    SET due_at = now() + make_interval(secs => :delay_seconds), lease = NULL, last_error = :error,
        parked_at = CASE WHEN step <> 'reserve' AND attempts >= :tries THEN now() END
    WHERE order_id = :order_id AND step = :step AND lease = :lease
    RETURNING parked_at IS NOT NULL AS parked
""")

_FINISH = text("DELETE FROM stock_work WHERE order_id = :order_id AND step = :step AND lease = :lease")

_BACKLOG = text("""
    SELECT coalesce((SELECT extract(epoch FROM now() - min(created_at)) FROM orders WHERE status = 'pending'), 0)
               AS oldest_pending_seconds,
           (SELECT count(*) FROM stock_work WHERE parked_at IS NULL) AS waiting,
           (SELECT count(*) FROM stock_work WHERE parked_at IS NOT NULL) AS parked
""")

_line = OrderLine.__table__.c
_entry = TimelineEntry.__table__.c


def _json_object(**members: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.jsonb_build_object(
        *(part for name, member in members.items() for part in (literal_column(f"'{name}'"), member))
    )


_LINES = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                _json_object(
                    book_id=_line.book_id,
                    title=_line.title,
                    authors=_line.authors,
                    isbn13=_line.isbn13,
                    quantity=_line.quantity,
                    # As text: a JSON number would become a float on its way.
                    unit_price=cast(_line.unit_price, Text),
                    line_total=cast(_line.unit_price * _line.quantity, Text),
                ),
                _line.position,
            ),
            type_=JSONB,
        )
    )
    .where(_line.order_id == Order.id)
    .scalar_subquery()
    .label("items")
)
_TIMELINE = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                _json_object(
                    status=_entry.status,
                    at=func.to_char(func.timezone("UTC", _entry.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    actor=_entry.actor,
                    actor_role=_entry.actor_role,
                    detail=_entry.detail,
                ),
                _entry.version,
            ),
            type_=JSONB,
        )
    )
    .where(_entry.order_id == Order.id)
    .scalar_subquery()
    .label("timeline")
)
_ORDERS = select(*Order.__table__.c, _LINES, _TIMELINE)
_ORDER = _ORDERS.where(Order.id == bindparam("id"))
_SOME_ORDERS = _ORDERS.where(Order.id.in_(bindparam("ids", expanding=True)))
_STATUS = select(Order.account_id, Order.status).where(Order.id == bindparam("id"))


async def move_order(session: AsyncSession, move: Move, *, lease_seconds: float) -> bool:
    """Change the order's status if it still is ``move.seen``; return whether it was. It is reserved for no more."""
    values = {name: getattr(move, name) for name in Move.__slots__}
    return (await session.execute(_MOVE, values | {"lease_seconds": lease_seconds})).first() is not None


async def order_by_id(connection: AsyncConnection | AsyncSession, order_id: UUID) -> OrderRow | None:
    """Return an order with its lines and timeline."""
    return (await connection.execute(_ORDER, {"id": order_id})).first()


async def order_status(connection: AsyncConnection | AsyncSession, order_id: UUID) -> OrderRow | None:
    """Return what a decision about an order needs."""
    return (await connection.execute(_STATUS, {"id": order_id})).first()


async def orders_by_ids(connection: AsyncConnection, order_ids: Sequence[UUID]) -> Sequence[OrderRow]:
    """Return orders with their lines and timelines, in no order."""
    return (await connection.execute(_SOME_ORDERS, {"ids": list(order_ids)})).all()


async def claim_work(
    session: AsyncSession, *, limit: int, lease: UUID, lease_seconds: float, deadline_seconds: float
) -> Sequence[OrderRow]:
    """Take work that is due and that no other worker has, for ``lease_seconds``."""
    parameters = {
        "limit": limit,
        "lease": lease,
        "lease_seconds": lease_seconds,
        "deadline_seconds": deadline_seconds,
    }
    return (await session.execute(_CLAIM, parameters)).all()


async def postpone_work(  # noqa: PLR0913 (the columns)
    session: AsyncSession, order_id: UUID, step: StockStep, lease: UUID, *, delay_seconds: float, error: str, tries: int
) -> bool | None:
    """Give work back for a later try; return whether it is parked now, or None when the lease was lost."""
    parameters = {
        "order_id": order_id,
        "step": step.value,
        "lease": lease,
        "delay_seconds": delay_seconds,
        # Whatever a broken neighbour answered: no text column takes a NUL.
        "error": error.replace("\0", "")[:500],
        "tries": tries,
    }
    return (await session.execute(_POSTPONE, parameters)).scalar_one_or_none()


async def finish_work(session: AsyncSession, order_id: UUID, step: StockStep, lease: UUID) -> None:
    """Delete work that is done, unless another worker has taken it over."""
    await session.execute(_FINISH, {"order_id": order_id, "step": step.value, "lease": lease})


async def backlog(connection: AsyncConnection) -> OrderRow:
    """Return ``oldest_pending_seconds``, ``waiting`` and ``parked``."""
    return (await connection.execute(_BACKLOG)).one()
