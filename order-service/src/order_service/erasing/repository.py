"""The SQL of erasing a person. Orders, their lines and their totals stay."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from order_service.orders.states import UNDER_WAY

_UNDER_WAY = ", ".join(f"'{status}'" for status in sorted(UNDER_WAY))

_CARTS = text("DELETE FROM cart_lines WHERE account_id = :account_id").bindparams(bindparam("account_id", type_=Uuid))

# Everybody who takes several orders takes them in the order of their ids: no two wait for each other.
_LOCK = text(f"""
    SELECT id, customer_email FROM orders
    WHERE account_id = :account_id AND status NOT IN ({_UNDER_WAY})
          AND (customer_email IS NOT NULL OR delivery_name IS NOT NULL)
    ORDER BY id LIMIT :limit FOR NO KEY UPDATE
""").bindparams(bindparam("account_id", type_=Uuid))  # noqa: S608 (put together from constants)

_ORDERS = text("""
    UPDATE orders
    SET customer_email = NULL, delivery_name = NULL, delivery_address = NULL, delivery_note = NULL
    WHERE id = ANY(:order_ids)
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))

_OWN_ENTRIES = text("""
    UPDATE order_timeline SET actor = NULL
    WHERE order_id = ANY(:order_ids) AND (actor = ANY(:emails) OR actor_id = :account_id)
""").bindparams(
    bindparam("order_ids", type_=ARRAY(Uuid)),
    bindparam("emails", type_=ARRAY(Text)),
    bindparam("account_id", type_=Uuid),
)

# The answer can be built again from the order, without the person.
_ANSWERS_ABOUT = text("""
    UPDATE idempotency_keys SET body = NULL, headers = NULL WHERE resource_id = ANY(:order_ids) AND body IS NOT NULL
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))

_OWN_ANSWERS = text("""
    UPDATE idempotency_keys SET body = NULL, headers = NULL WHERE account_id = :account AND body IS NOT NULL
""").bindparams(bindparam("account", type_=Text))

_ADDRESSES = text("""
    DELETE FROM ordering_customers AS known
    WHERE known.email = ANY(SELECT lower(email) FROM unnest(:emails) AS email)
          AND NOT EXISTS (SELECT FROM orders WHERE lower(orders.customer_email) = known.email)
""").bindparams(bindparam("emails", type_=ARRAY(Text)))

_WORK_OF_STAFF = text("""
    UPDATE order_timeline AS entry SET actor = NULL
    FROM (SELECT order_id, version FROM order_timeline
          WHERE actor_id = :account_id AND actor IS NOT NULL LIMIT :limit) AS found
    WHERE entry.order_id = found.order_id AND entry.version = found.version
    RETURNING 1
""").bindparams(bindparam("account_id", type_=Uuid))

_HAS_UNDER_WAY = text(f"""
    SELECT EXISTS (SELECT FROM orders WHERE account_id = :account_id AND status IN ({_UNDER_WAY}))
""").bindparams(bindparam("account_id", type_=Uuid))  # noqa: S608 (put together from constants)


async def empty_cart(session: AsyncSession, account_id: UUID) -> None:
    """Delete an account's cart."""
    await session.execute(_CARTS, {"account_id": account_id})


async def lock_settled(session: AsyncSession, account_id: UUID, limit: int) -> dict[UUID, str | None]:
    """Return up to ``limit`` settled orders that still name the person, locked, with the address that each has."""
    rows = await session.execute(_LOCK, {"account_id": account_id, "limit": limit})
    return {row.id: row.customer_email for row in rows}


async def erase_orders(session: AsyncSession, account_id: UUID, order_ids: Sequence[UUID], emails: set[str]) -> None:
    """Take the person out of locked orders, out of their timelines, and out of answers that tell of them."""
    await session.execute(_ORDERS, {"order_ids": order_ids})
    addresses = sorted(emails)
    own = {"order_ids": order_ids, "emails": addresses, "account_id": account_id}
    await session.execute(_OWN_ENTRIES, own)
    await session.execute(_ANSWERS_ABOUT, {"order_ids": order_ids})
    await session.execute(_ADDRESSES, {"emails": addresses})


async def forget_answers(session: AsyncSession, account_id: UUID) -> None:
    """Drop the answers that were kept for an account. That its requests were carried out stays known."""
    await session.execute(_OWN_ANSWERS, {"account": str(account_id)})


async def erase_work_of_staff(session: AsyncSession, account_id: UUID, limit: int) -> int:
    """Take the person out of up to ``limit`` entries of other people's orders; return how many there were."""
    return len((await session.execute(_WORK_OF_STAFF, {"account_id": account_id, "limit": limit})).all())


async def has_orders_under_way(session: AsyncSession, account_id: UUID) -> bool:
    """Tell whether an account has orders for which its name is still needed."""
    return bool(await session.scalar(_HAS_UNDER_WAY, {"account_id": account_id}))
