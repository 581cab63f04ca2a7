"""The SQL of reservations: each request is one statement, and so one transaction and one round trip.

Two rules keep all of them free of deadlocks, also when the same request comes twice at once:

- stock rows are locked in the order of their ids before any is changed (``locked`` below);
- a reservation's row is not changed before all stock rows that the statement needs are locked. A repeated reserve
  waits, with stock locked, for whoever is *changing* the order's row, but not for whoever has only locked it.

A row that was waited for is read again once it is locked, so what ``locked`` returns is how the stock stands then, and
not how it stood when the statement began.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Text, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.catalogue.models import Book
from book_service.inventory.models import Reservation, StockLevel
from book_service.inventory.states import CHANGES, ReservationState, StockRequest
from service_kit.prepared import Prepared, Reader
from service_kit.prepared import Row as PreparedRow

AnyRow = Row[*tuple[Any, ...]]

_LINES_AS_JSON = """
    SELECT json_agg(
               json_build_object(
                   'book_id', book_id, 'quantity', quantity, 'title', title, 'authors', authors, 'isbn13', isbn13,
                   'unit_price', unit_price::text
               ) ORDER BY book_id
           )::text
"""

# MATERIALIZED, so that each part is worked out once; the parts that change rows read from each other, so that they run
# in this order. The CHECK on stock_levels stays the last guard: should the arithmetic here ever be wrong, it fails the
# whole statement. What is written are the levels as they were locked: constraints are checked on the row as it was when
# the statement began, without the copies that have become free while it waited.
_RESERVE = text(
    f"""
    WITH wanted AS MATERIALIZED (
        SELECT book_id, quantity FROM unnest(:book_ids, :quantities) AS line (book_id, quantity)
    ), locked AS MATERIALIZED (
        SELECT book_id, on_hand, reserved, on_hand - reserved AS available
          FROM stock_levels WHERE book_id = ANY(:book_ids)
         ORDER BY book_id FOR NO KEY UPDATE
    ), line AS MATERIALIZED (
        SELECT wanted.book_id, quantity, title, authors, isbn13, price AS unit_price, available,
               CASE
                   WHEN available IS NULL THEN 'unknown_book'
                   WHEN archived_at IS NOT NULL THEN 'archived_book'
                   WHEN available < quantity THEN 'insufficient_stock'
               END AS problem
          FROM wanted LEFT JOIN locked USING (book_id) LEFT JOIN books ON books.id = wanted.book_id
    ), short AS MATERIALIZED (
        SELECT jsonb_agg(
                   jsonb_build_object(
                       'book_id', book_id, 'title', title, 'wanted', quantity, 'problem', problem,
                       'available', CASE problem WHEN 'insufficient_stock' THEN available ELSE 0 END
                   ) ORDER BY book_id
               ) AS lines
          FROM line WHERE problem IS NOT NULL
    ), reservation AS (
        INSERT INTO reservations (order_id, state, requested, short_lines)
        SELECT :order_id, CASE WHEN lines IS NULL THEN 'held' ELSE 'refused' END, :requested, lines FROM short
            ON CONFLICT DO NOTHING
        RETURNING order_id, state, short_lines
    ), moved AS (
        UPDATE stock_levels SET on_hand = locked.on_hand, reserved = locked.reserved + quantity, version = version + 1
          FROM reservation, line JOIN locked USING (book_id)
         WHERE reservation.state = 'held' AND stock_levels.book_id = line.book_id
    ), held AS (
        INSERT INTO reservation_lines (order_id, book_id, quantity, title, authors, isbn13, unit_price)
        SELECT order_id, book_id, quantity, title, authors, isbn13, unit_price
          FROM reservation, line WHERE reservation.state = 'held'
    )
    SELECT state, short_lines::text, ({_LINES_AS_JSON} FROM line) AS lines FROM reservation
    """  # noqa: S608 (put together from constants)
).bindparams(
    bindparam("order_id", type_=Uuid),
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("quantities", type_=ARRAY(Integer)),
    bindparam("requested", type_=JSONB),
)

# The signs say what one copy does to its book's stock. Nothing moves unless the reservation is in the state before,
# and the state that it was found in comes back.
_MOVE = text(
    f"""
    WITH reservation AS MATERIALIZED (
        SELECT order_id, state FROM reservations WHERE order_id = :order_id FOR NO KEY UPDATE
    ), line AS MATERIALIZED (
        SELECT book_id, quantity
          FROM reservation JOIN reservation_lines USING (order_id) WHERE reservation.state = :before
    ), locked AS MATERIALIZED (
        SELECT book_id, on_hand, reserved
          FROM stock_levels
         WHERE book_id IN (SELECT book_id FROM line UNION SELECT unnest(:more_book_ids))
         ORDER BY book_id FOR NO KEY UPDATE
    ), moved AS (
        UPDATE stock_levels
           SET on_hand = locked.on_hand + :on_hand * quantity, reserved = locked.reserved + :reserved * quantity,
               version = version + 1
          FROM locked JOIN line USING (book_id)
         WHERE stock_levels.book_id = line.book_id
        RETURNING stock_levels.book_id, :on_hand * quantity AS change, stock_levels.on_hand
    ), written AS (
        INSERT INTO stock_movements (book_id, change, kind, reason, order_id, actor, on_hand_after)
        SELECT book_id, change, :kind, :reason, :order_id, :actor, on_hand FROM moved WHERE change <> 0 ORDER BY book_id
    ), changed AS (
        UPDATE reservations SET state = :after, updated_at = now()
          FROM reservation, (SELECT count(*) FROM moved) AS all_moved
         WHERE reservations.order_id = reservation.order_id AND reservation.state = :before
    )
    SELECT state, ({_LINES_AS_JSON} FROM reservation_lines WHERE order_id = reservation.order_id) AS lines
      FROM reservation
    """  # noqa: S608 (put together from constants)
).bindparams(
    bindparam("order_id", type_=Uuid),
    bindparam("more_book_ids", type_=ARRAY(Uuid)),
    bindparam("on_hand", type_=Integer),
    bindparam("reserved", type_=Integer),
    *(bindparam(name, type_=Text) for name in ("before", "after", "kind", "reason", "actor")),
)

_ANSWERED = text(
    f"""
    SELECT state, requested, short_lines::text,
           ({_LINES_AS_JSON} FROM reservation_lines WHERE order_id = reservations.order_id) AS lines
      FROM reservations WHERE order_id = :order_id
    """  # noqa: S608 (put together from constants)
).columns(state=Text, requested=JSONB, short_lines=Text, lines=Text)

_TOMBSTONE = (
    insert(Reservation)
    .values(order_id=bindparam("order_id"), state=ReservationState.RELEASED.value)
    .on_conflict_do_nothing()
    .returning(Reservation.order_id)
)

_OFFERS = Prepared(
    select(
        Book.id.label("book_id"),
        Book.title,
        Book.authors,
        Book.isbn13,
        Book.price.label("unit_price"),
        (StockLevel.on_hand - StockLevel.reserved).label("available"),
    )
    .join(StockLevel, StockLevel.book_id == Book.id)
    .where(Book.id == bindparam("book_ids", type_=ARRAY(Uuid)).any_(), Book.archived_at.is_(None))
)


async def reserve(
    connection: AsyncConnection,
    order_id: UUID,
    quantities: Mapping[UUID, int],
    requested: Sequence[Mapping[str, Any]],
) -> AnyRow | None:
    """Hold all of ``quantities`` or write down the refusal: ``state``, and ``short_lines`` or ``lines`` as JSON text.

    None when the order has a reservation already, which this waits for while it is being written; nothing changes then.
    """
    parameters = {
        "order_id": order_id,
        "book_ids": list(quantities),
        "quantities": list(quantities.values()),
        "requested": requested,
    }
    return (await connection.execute(_RESERVE, parameters)).one_or_none()


async def answered(connection: AsyncConnection, order_id: UUID) -> AnyRow | None:
    """Return what is kept of an order: ``state``, ``requested``, and ``short_lines`` and ``lines`` as JSON text."""
    return (await connection.execute(_ANSWERED, {"order_id": order_id})).one_or_none()


async def move(  # noqa: PLR0913 (what goes into a row of the ledger)
    connection: AsyncConnection | AsyncSession,
    request: StockRequest,
    order_id: UUID,
    *,
    kind: str = "",
    reason: str = "",
    actor: str = "",
    more_book_ids: Sequence[UUID] = (),
) -> AnyRow | None:
    """Carry out ``request`` if the reservation is in the state for it; return the ``state`` that it was found in.

    ``lines`` comes back as JSON text. ``kind``, ``reason`` and ``actor`` are for the ledger, which only a move on or
    off the shelf is written into. The stock of ``more_book_ids`` is locked too. None when nothing is known of the
    order. Raises ``IntegrityError`` when a book would have more copies than are counted here.
    """
    change = CHANGES[request]
    parameters = {
        "order_id": order_id,
        "before": change.before.value,
        "after": change.after.value,
        "on_hand": change.move.on_hand,
        "reserved": change.move.reserved,
        "kind": kind,
        "reason": reason,
        "actor": actor,
        "more_book_ids": list(more_book_ids),
    }
    return (await connection.execute(_MOVE, parameters)).one_or_none()


async def leave_tombstone(connection: AsyncConnection | AsyncSession, order_id: UUID) -> bool:
    """Write that the order was released; False when something is known of it already."""
    return (await connection.execute(_TOMBSTONE, {"order_id": order_id})).one_or_none() is not None


async def offers(reader: Reader, book_ids: Sequence[UUID]) -> Sequence[PreparedRow]:
    """Return price and availability of those books that are in the catalogue."""
    return await _OFFERS.rows(reader, {"book_ids": book_ids})
