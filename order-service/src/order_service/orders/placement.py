"""The SQL of placing an order: one statement that opens it, and one that settles it.

Each is a transaction of its own and one round trip, for these are what a customer waits for and what limits how many
orders a shop takes. All that belongs together is in the same statement: it is written as a whole or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Boolean, Double, LargeBinary, Numeric, SmallInteger, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from order_service.orders.repository import OrderRow
from order_service.orders.states import OrderStatus, StockStep
from service_kit.idempotency import IdempotentRequest


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to be opened: ``quantities`` are the copies by book, in the order of the lines."""

    id: UUID
    account_id: UUID
    customer_email: str
    role: str
    currency: str
    expected_total: Decimal | None
    from_cart: bool
    delivery_name: str | None
    delivery_address: str | None
    delivery_note: str | None
    quantities: dict[UUID, int]
    lease: UUID


@dataclass(frozen=True, slots=True)
class Settling:
    """What becomes of a pending order whose work of reserving is in the hands of ``lease``.

    ``lines`` are ``{book_id, title, authors, isbn13, unit_price}`` as far as they are known. ``out_of_cart`` are the
    books that leave the cart. ``answer_status`` is what the request with ``key``, which waits, is answered with.
    """

    order_id: UUID
    lease: UUID
    status: OrderStatus
    detail: str | None
    reason: dict[str, Any] | None
    total: Decimal | None
    currency: str | None
    lines: Sequence[dict[str, Any]]
    next_step: StockStep | None
    next_lease: UUID
    out_of_cart: Sequence[UUID]
    answer_status: int | None
    key_account: str | None
    key: str | None


_OPEN = text("""
    WITH claimed AS (
        INSERT INTO idempotency_keys (account_id, key, fingerprint, resource_id, running_until)
        SELECT :key_account, :key, :fingerprint, :id, now() + make_interval(secs => :lease_seconds)
        WHERE :key IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING key
    ), opened AS (
        INSERT INTO orders (id, account_id, customer_email, status, currency, expected_total, from_cart,
                            delivery_name, delivery_address, delivery_note)
        SELECT :id, :account_id, :customer_email, 'pending', :currency, :expected_total, :from_cart,
               :delivery_name, :delivery_address, :delivery_note
        WHERE :key IS NULL OR EXISTS (SELECT FROM claimed)
        RETURNING id
    ), wanted AS (
        INSERT INTO order_lines (order_id, book_id, position, quantity)
        SELECT opened.id, line.book_id, line.position, line.quantity
        FROM opened, unnest(:book_ids, :quantities) WITH ORDINALITY AS line (book_id, quantity, position)
    ), noted AS (
        INSERT INTO order_timeline (order_id, version, status, actor, actor_role)
        SELECT id, 1, 'pending', :customer_email, :role FROM opened
    ), begun AS (
        INSERT INTO stock_work (order_id, step, due_at, lease, attempts)
        SELECT id, 'reserve', now() + make_interval(secs => :lease_seconds), :lease, 1 FROM opened
    )
    SELECT id FROM opened
""").bindparams(
    *(bindparam(name, type_=Uuid) for name in ("id", "account_id", "lease")),
    *(bindparam(name, type_=Text) for name in ("customer_email", "role", "currency", "key_account", "key")),
    *(bindparam(name, type_=Text) for name in ("delivery_name", "delivery_address", "delivery_note")),
    bindparam("fingerprint", type_=LargeBinary),
    bindparam("expected_total", type_=Numeric),
    bindparam("from_cart", type_=Boolean),
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("quantities", type_=ARRAY(SmallInteger)),
    bindparam("lease_seconds", type_=Double),
)

# The order's row is locked before its work is looked at, as a cancellation does it. Work that has gone to another
# worker meanwhile stays, and then nothing else happens either.
_SETTLE = (
    text(r"""
    WITH pending AS MATERIALIZED (
        SELECT id FROM orders WHERE id = :order_id AND status = 'pending' FOR UPDATE
    ), finished AS (
        DELETE FROM stock_work AS work USING pending
        WHERE work.order_id = pending.id AND work.step = 'reserve' AND work.lease = :lease
        RETURNING work.order_id
    ), moved AS (
        UPDATE orders
        SET status = :status, total = :total, currency = coalesce(:currency, currency), reason = :reason,
            version = version + 1, updated_at = now()
        FROM finished WHERE orders.id = finished.order_id
        RETURNING orders.*
    ), told AS (
        SELECT * FROM jsonb_to_recordset(:lines)
            AS line (book_id uuid, title text, authors text[], isbn13 text, unit_price numeric(12, 2))
    ), priced AS (
        UPDATE order_lines AS line
        SET title = told.title, authors = told.authors, isbn13 = told.isbn13, unit_price = told.unit_price
        FROM moved, told WHERE line.order_id = moved.id AND line.book_id = told.book_id
    ), noted AS (
        INSERT INTO order_timeline (order_id, version, status, actor_role, detail)
        SELECT id, version, status, 'system', :detail FROM moved
        RETURNING *
    ), begun AS (
        INSERT INTO stock_work (order_id, step, due_at, lease, attempts)
        SELECT id, :next_step, now() + make_interval(secs => :lease_seconds), :next_lease, 1
        FROM moved WHERE :next_step IS NOT NULL
    ), emptied AS (
        DELETE FROM cart_lines AS line USING moved
        WHERE line.account_id = moved.account_id AND line.book_id = ANY (:out_of_cart)
    ), answered AS (
        UPDATE idempotency_keys AS earlier SET status = :answer_status FROM moved
        WHERE earlier.account_id = :key_account AND earlier.key = :key AND earlier.status IS NULL
    )
    SELECT moved.*, (
        SELECT json_agg(json_build_object(
            'book_id', line.book_id,
            'title', told.title,
            'authors', told.authors,
            'isbn13', told.isbn13,
            'quantity', line.quantity,
            'unit_price', told.unit_price::text,
            'line_total', (told.unit_price * line.quantity)::text) ORDER BY line.position)
        FROM order_lines AS line LEFT JOIN told ON told.book_id = line.book_id WHERE line.order_id = moved.id
    ) AS items, (
        SELECT json_agg(json_build_object(
            'status', entry.status,
            'at', to_char(timezone('UTC', entry.at), 'YYYY-MM-DD"T"HH24\:MI\:SS.US"Z"'),
            'actor', entry.actor,
            'actor_role', entry.actor_role,
            'detail', entry.detail) ORDER BY entry.version)
        FROM (SELECT * FROM order_timeline WHERE order_id = moved.id UNION ALL SELECT * FROM noted) AS entry
    ) AS timeline
    FROM moved
""")
    .bindparams(
        *(bindparam(name, type_=Uuid) for name in ("order_id", "lease", "next_lease")),
        *(bindparam(name, type_=Text) for name in ("status", "currency", "detail", "next_step", "key_account", "key")),
        bindparam("total", type_=Numeric),
        bindparam("reason", type_=JSONB(none_as_null=True)),
        bindparam("lines", type_=JSONB),
        bindparam("out_of_cart", type_=ARRAY(Uuid)),
        bindparam("answer_status", type_=SmallInteger),
        bindparam("lease_seconds", type_=Double),
    )
    .columns(reason=JSONB, items=JSON, timeline=JSON)
)


async def open_order(
    connection: AsyncConnection, new: NewOrder, key: IdempotentRequest | None, *, lease_seconds: float
) -> bool:
    """Write a pending order with its lines, its first timeline entry and the work that is to place it.

    Takes the key of the request as well, and does nothing and returns False when an earlier request has it; waits
    while one is just taking it.
    """
    parameters = {
        "id": new.id,
        "account_id": new.account_id,
        "customer_email": new.customer_email,
        "role": new.role,
        "currency": new.currency,
        "expected_total": new.expected_total,
        "from_cart": new.from_cart,
        "delivery_name": new.delivery_name,
        "delivery_address": new.delivery_address,
        "delivery_note": new.delivery_note,
        "book_ids": list(new.quantities),
        "quantities": list(new.quantities.values()),
        "lease": new.lease,
        "lease_seconds": lease_seconds,
        "key_account": key.account_id if key else None,
        "key": key.key if key else None,
        "fingerprint": key.fingerprint if key else None,
    }
    return (await connection.execute(_OPEN, parameters)).first() is not None


async def settle_order(connection: AsyncConnection, settling: Settling, *, lease_seconds: float) -> OrderRow | None:
    """End the work of reserving and write what became of the order; return it as ``repository.order_by_id`` does.

    Nothing is written, and None returned, when the order is not pending any more or the work has another lease.
    """
    values = {name: getattr(settling, name) for name in Settling.__slots__}
    return (await connection.execute(_SETTLE, values | {"lease_seconds": lease_seconds})).first()
