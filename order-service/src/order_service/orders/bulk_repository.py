"""The SQL of changing many orders at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from order_service.orders.repository import OrderRow
from order_service.orders.states import OrderStatus, StockStep


@dataclass(frozen=True, slots=True)
class ManyMoves:
    """Changes of several orders by one person. Their work is ``lease``'s for ``lease_seconds``, or due at once."""

    moves: Sequence["OneMove"]
    actor: str
    actor_id: UUID
    actor_role: str
    lease: UUID | None = None
    lease_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class OneMove:
    """A change of one order's status from ``seen`` to ``status``. ``write_off`` belongs to the step *release*."""

    order_id: UUID
    seen: OrderStatus
    status: OrderStatus
    step: StockStep | None
    detail: str | None = None
    reason: dict[str, Any] | None = None
    write_off: dict[str, Any] | None = None


# Everybody who takes several orders takes them in the order of their ids: no two wait for each other.
_LOCK = text("""
    SELECT id, number, account_id, status FROM orders WHERE id = ANY(:order_ids) ORDER BY id FOR NO KEY UPDATE
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))

_MOVE = text("""
    WITH moved AS (
        UPDATE orders
        SET status = wanted.status, reason = coalesce(wanted.reason, orders.reason),
            version = version + 1, updated_at = now()
        FROM jsonb_to_recordset(:moves) AS wanted
            (order_id uuid, seen text, status text, step text, detail text, reason jsonb, write_off jsonb)
        WHERE orders.id = wanted.order_id AND orders.status = wanted.seen
        RETURNING orders.id, orders.version, wanted.status, wanted.step, wanted.detail, wanted.write_off
    ), noted AS (
        INSERT INTO order_timeline (order_id, version, status, actor, actor_id, actor_role, detail)
        SELECT id, version, status, :actor, :actor_id, :actor_role, detail FROM moved
    ), ended AS (
        DELETE FROM stock_work AS work USING moved WHERE work.order_id = moved.id AND work.step = 'reserve'
    ), begun AS (
        INSERT INTO stock_work (order_id, step, due_at, lease, attempts, write_off)
        SELECT id, step, now() + make_interval(secs => :lease_seconds), :lease,
               CASE WHEN CAST(:lease AS uuid) IS NULL THEN 0 ELSE 1 END, write_off
        FROM moved WHERE step IS NOT NULL
    )
    SELECT id FROM moved
""").bindparams(
    bindparam("moves", type_=JSONB),
    bindparam("lease", type_=Uuid),
    bindparam("actor", type_=Text),
    bindparam("actor_id", type_=Uuid),
    bindparam("actor_role", type_=Text),
)

_QUANTITIES = text("""
    SELECT order_id, quantity FROM order_lines WHERE order_id = ANY(:order_ids) AND book_id = :book_id
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)), bindparam("book_id", type_=Uuid))

_AS_THEY_ARE = text("""
    SELECT id, number, status,
           EXISTS (SELECT FROM stock_work WHERE order_id = orders.id AND step = 'release') AS waits
    FROM orders WHERE id = ANY(:order_ids)
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))

_HAND_BACK = text("""
    UPDATE stock_work SET lease = NULL, due_at = now(), attempts = 0
    WHERE order_id = ANY(:order_ids) AND step = 'release' AND lease = :lease
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)), bindparam("lease", type_=Uuid))


async def lock_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    """Lock orders until the transaction ends; return ``number``, ``account_id`` and ``status`` of those that exist."""
    rows = await session.execute(_LOCK, {"order_ids": list(order_ids)})
    return {row.id: row for row in rows}


async def move_orders(session: AsyncSession, many: ManyMoves) -> int:
    """Change the orders whose status still is what was seen, as locked ones are; return how many."""
    moves = [
        {
            "order_id": str(move.order_id),
            "seen": move.seen.value,
            "status": move.status.value,
            "step": move.step and move.step.value,
            "detail": move.detail,
            "reason": move.reason,
            "write_off": move.write_off,
        }
        for move in many.moves
    ]
    parameters = {
        "moves": moves,
        "actor": many.actor,
        "actor_id": many.actor_id,
        "actor_role": many.actor_role,
        "lease": many.lease,
        "lease_seconds": many.lease_seconds,
    }
    return len((await session.execute(_MOVE, parameters)).all())


async def quantities(session: AsyncSession, order_ids: Sequence[UUID], book_id: UUID) -> dict[UUID, int]:
    """Return how many copies of a book each of the orders has; those without it are left out."""
    rows = await session.execute(_QUANTITIES, {"order_ids": list(order_ids), "book_id": book_id})
    return {row.order_id: row.quantity for row in rows}


async def orders_as_they_are(connection: AsyncConnection, order_ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    """Return ``number`` and ``status`` of orders, and whether the release of each still ``waits``."""
    rows = await connection.execute(_AS_THEY_ARE, {"order_ids": list(order_ids)})
    return {row.id: row for row in rows}


async def hand_back(session: AsyncSession, order_ids: Sequence[UUID], lease: UUID) -> None:
    """Let any worker have the releases that were not tried under this lease."""
    await session.execute(_HAND_BACK, {"order_ids": list(order_ids), "lease": lease})
