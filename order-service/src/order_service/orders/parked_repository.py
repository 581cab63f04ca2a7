"""The SQL of work that was tried too often and waits for a person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from order_service.orders.actors import Actor
from order_service.orders.repository import OrderRow
from order_service.orders.states import StockStep

_PARKED = text("""
    SELECT work.order_id, orders.number, orders.status AS order_status, work.step, work.attempts, work.last_error,
           work.parked_at
    FROM stock_work AS work JOIN orders ON orders.id = work.order_id
    WHERE work.parked_at IS NOT NULL
    ORDER BY work.parked_at, work.order_id, work.step LIMIT :limit
""")

_COUNT = text("SELECT count(*) FROM stock_work WHERE parked_at IS NOT NULL")

_RETRY = text("""
    UPDATE stock_work SET parked_at = NULL, due_at = now(), attempts = 0
    WHERE order_id = :order_id AND step = :step AND parked_at IS NOT NULL
    RETURNING step
""").bindparams(bindparam("order_id", type_=Uuid))

_RETRY_ALL = text(
    "UPDATE stock_work SET parked_at = NULL, due_at = now(), attempts = 0 WHERE parked_at IS NOT NULL RETURNING step"
)

# The order first, and then its work: in this order everybody else takes them too.
_LOCK_ORDER = text("SELECT FROM orders WHERE id = :order_id FOR NO KEY UPDATE").bindparams(
    bindparam("order_id", type_=Uuid)
)

_RESOLVE = text("""
    WITH dropped AS (
        DELETE FROM stock_work WHERE order_id = :order_id AND step = :step AND parked_at IS NOT NULL RETURNING order_id
    ), noted AS (
        UPDATE orders SET version = version + 1, updated_at = now() FROM dropped WHERE id = dropped.order_id
        RETURNING id, version, status
    )
    INSERT INTO order_timeline (order_id, version, status, actor, actor_id, actor_role, detail)
    SELECT id, version, status, :actor, :actor_id, :actor_role, :detail FROM noted
    RETURNING order_id
""").bindparams(
    *(bindparam(name, type_=Uuid) for name in ("order_id", "actor_id")),
    *(bindparam(name, type_=Text) for name in ("actor", "actor_role", "detail")),
)


async def parked_work(connection: AsyncConnection, *, limit: int) -> Sequence[OrderRow]:
    """Return parked work with its orders, what waits longest first."""
    return (await connection.execute(_PARKED, {"limit": limit})).all()


async def count_parked(connection: AsyncConnection) -> int:
    """Return how much work is parked."""
    return int((await connection.execute(_COUNT)).scalar_one())


async def retry(session: AsyncSession, order_id: UUID, step: StockStep) -> bool:
    """Let one piece of parked work be tried again; return whether it was parked."""
    result = await session.execute(_RETRY, {"order_id": order_id, "step": step.value})
    return result.first() is not None


async def retry_all(session: AsyncSession) -> int:
    """Let all parked work be tried again; return how much there was."""
    return len((await session.execute(_RETRY_ALL)).all())


async def resolve(session: AsyncSession, order_id: UUID, step: StockStep, *, actor: Actor, detail: str) -> bool:
    """Drop one piece of parked work and write into the order's timeline why; return whether it was parked."""
    await session.execute(_LOCK_ORDER, {"order_id": order_id})
    parameters = {
        "order_id": order_id,
        "step": step.value,
        "actor": actor.email,
        "actor_id": actor.account_id,
        "actor_role": actor.role,
        "detail": detail,
    }
    return (await session.execute(_RESOLVE, parameters)).first() is not None
