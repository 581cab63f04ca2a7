"""In the place of order-service's SQL of changing many orders: the same functions on ``order_tables``."""

from collections.abc import Sequence
from uuid import UUID

from order_service.orders.bulk_repository import ManyMoves
from order_service.orders.states import StockStep
from proof.model.order_repository import Row
from proof.model.order_tables import WorkRow
from proof.model.tables import Session, insert


async def lock_orders(session: Session, order_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Lock orders until the transaction ends; return ``number``, ``account_id`` and ``status`` of those that exist."""
    async with session.writes() as tables:
        rows = [tables.orders[each] for each in order_ids if each in tables.orders]
        return {row.id: Row(id=row.id, number=row.number, account_id=row.account_id, status=row.status) for row in rows}


async def move_orders(session: Session, many: ManyMoves) -> int:
    """Change the orders whose status still is what was seen; return how many."""
    async with session.writes() as tables:
        moved = [move for move in many.moves if tables.orders[move.order_id].status == move.seen.value]
        for move in moved:
            row = tables.orders[move.order_id]
            entry = tables.entry(move.status.value, many.actor_role, actor=many.actor, detail=move.detail)
            tables.orders[row.id] = row.moved(entry, reason=move.reason or row.reason)
            tables.work.pop((row.id, StockStep.RESERVE.value), None)
            if move.step is not None:
                due_at = tables.clock.seconds + many.lease_seconds
                attempts = 0 if many.lease is None else 1
                work = WorkRow(due_at, many.lease, attempts, write_off=move.write_off)
                insert(tables.work, (row.id, move.step.value), work)
        return len(moved)


async def quantities(session: Session, order_ids: Sequence[UUID], book_id: UUID) -> dict[UUID, int]:
    """Return how many copies of a book each of the orders has; those without it are left out."""
    orders = (await session.reads()).orders
    return {
        each: line["quantity"]
        for each in order_ids
        if each in orders
        for line in orders[each].lines
        if line["book_id"] == str(book_id)
    }


async def orders_as_they_are(connection: Session, order_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Return ``number`` and ``status`` of orders, and whether the release of each still ``waits``."""
    tables = await connection.reads()
    return {
        each: Row(
            id=each,
            number=tables.orders[each].number,
            status=tables.orders[each].status,
            waits=(each, StockStep.RELEASE.value) in tables.work,
        )
        for each in order_ids
    }
