"""In the place of order-service's SQL of placing an order: the same functions on ``order_tables``."""

from dataclasses import replace

from order_service.orders.placement import NewOrder, Settling
from order_service.orders.states import OrderStatus, StockStep
from proof.model.order_repository import Row, shown
from proof.model.order_tables import KeyRow, OrderRow, WorkRow
from proof.model.tables import Session, insert
from service_kit.idempotency import IdempotentRequest

FIRST_NUMBER = 1001
_UNKNOWN = {"title": None, "authors": None, "isbn13": None, "unit_price": None}


async def open_order(
    connection: Session, new: NewOrder, key: IdempotentRequest | None, *, lease_seconds: float
) -> bool:
    """Write a pending order with the work that is to place it, and its key; False when the key is taken."""
    async with connection.writes() as tables:
        until = tables.clock.seconds + lease_seconds
        if key is not None:
            if (key.account_id, key.key) in tables.keys:
                return False
            insert(tables.keys, (key.account_id, key.key), KeyRow(key.fingerprint, new.id, until))
        entry = tables.entry(OrderStatus.PENDING.value, new.role, actor=new.customer_email)
        row = OrderRow(
            id=new.id,
            number=FIRST_NUMBER + len(tables.orders),
            account_id=new.account_id,
            customer_email=new.customer_email,
            status=OrderStatus.PENDING.value,
            currency=new.currency,
            expected_total=new.expected_total,
            from_cart=new.from_cart,
            delivery={"name": new.delivery_name, "address": new.delivery_address, "note": new.delivery_note},
            created_at=entry["at"],
            updated_at=entry["at"],
            lines=tuple(
                {"book_id": str(book_id), "quantity": copies} | _UNKNOWN for book_id, copies in new.quantities.items()
            ),
            timeline=(entry,),
        )
        insert(tables.orders, new.id, row)
        insert(tables.work, (new.id, StockStep.RESERVE.value), WorkRow(until, new.lease, attempts=1))
        return True


async def settle_order(connection: Session, settling: Settling, *, lease_seconds: float) -> Row | None:
    """End the work of reserving and write what became of the order; None when order or work have moved on."""
    async with connection.writes() as tables:
        row = tables.orders.get(settling.order_id)
        work = tables.work.get((settling.order_id, StockStep.RESERVE.value))
        if row is None or row.status != OrderStatus.PENDING or work is None or work.lease != settling.lease:
            return None
        del tables.work[row.id, StockStep.RESERVE.value]
        told = {line["book_id"]: line for line in settling.lines}
        moved = row.moved(
            tables.entry(settling.status.value, "system", detail=settling.detail),
            total=settling.total,
            currency=settling.currency or row.currency,
            reason=settling.reason,
            lines=tuple(line | told.get(line["book_id"], {}) for line in row.lines),
        )
        tables.orders[row.id] = moved
        if settling.next_step is not None:
            until = tables.clock.seconds + lease_seconds
            insert(tables.work, (row.id, settling.next_step.value), WorkRow(until, settling.next_lease, attempts=1))
        key = tables.keys.get((settling.key_account, settling.key))
        if key is not None and key.status is None:
            tables.keys[settling.key_account, settling.key] = replace(key, status=settling.answer_status)
        return shown(moved)
