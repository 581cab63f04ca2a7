"""What staff does with many orders at once: each of them by itself, all in one transaction."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from order_service.orders import bulk_repository
from order_service.orders.actors import Actor
from order_service.orders.bulk_repository import ManyMoves, OneMove
from order_service.orders.errors import IMPOSSIBLE, OrderNotFound
from order_service.orders.models import IdempotencyKeyRow
from order_service.orders.numbers import order_number
from order_service.orders.repository import OrderRow
from order_service.orders.service import Changed
from order_service.orders.staff_schemas import BulkAction, BulkChange, BulkResult, BulkResults
from order_service.orders.states import ImpossibleTransition, OrderEvent, OrderStatus, Transition, decide
from service_kit.database import Database
from service_kit.idempotency import IdempotentRequest, StoredAnswer, claim, complete
from service_kit.languages.texts import _

_EVENTS = {
    BulkAction.SHIP: OrderEvent.SHIP,
    BulkAction.DELIVER: OrderEvent.DELIVER,
    BulkAction.CANCEL: OrderEvent.CANCEL,
}


class BulkService:
    """Changes many orders; what book-service has to be told of them is left to the reconciler."""

    def __init__(self, database: Database, *, wake: Callable[[], None]) -> None:
        """Take the database, and what tells the reconciler that there is work."""
        self._database = database
        self._wake = wake

    async def change(self, wanted: BulkChange, actor: Actor, key: IdempotentRequest | None) -> Changed:
        """Ship, deliver or cancel orders; one that cannot be is left as it is and said to be so.

        Raises ``IdempotencyKeyReused``.
        """
        order_ids = list(dict.fromkeys(wanted.order_ids))
        async with self._database.transaction() as session:
            earlier = await claim(session, IdempotencyKeyRow, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return Changed(earlier.answer, replayed=True)
            results = await _change(session, order_ids, _EVENTS[wanted.action], actor)
            answer = StoredAnswer(200, BulkResults(results=results).model_dump_json())
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, answer)
        self._wake()
        return Changed(answer)


async def _change(
    session: AsyncSession, order_ids: Sequence[UUID], event: OrderEvent, actor: Actor
) -> list[BulkResult]:
    rows = await bulk_repository.lock_orders(session, order_ids)
    results: list[BulkResult] = []
    moves: list[OneMove] = []
    for order_id in order_ids:
        row = rows.get(order_id)
        transition = _transition(row, event)
        results.append(_result(order_id, row, transition, event))
        if row is not None and transition is not None and transition.status != row.status:
            seen = OrderStatus(row.status)
            moves.append(OneMove(order_id, seen=seen, status=transition.status, step=transition.stock_step))
    if moves:
        await bulk_repository.move_orders(
            session, ManyMoves(moves, actor=actor.email, actor_id=actor.account_id, actor_role=actor.role)
        )
    return results


def _transition(row: OrderRow | None, event: OrderEvent) -> Transition | None:
    if row is None:
        return None
    try:
        return decide(OrderStatus(row.status), event)
    except ImpossibleTransition:
        return None


def _result(order_id: UUID, row: OrderRow | None, transition: Transition | None, event: OrderEvent) -> BulkResult:
    if row is None:
        error = OrderNotFound
        return BulkResult(
            order_id=order_id, number=None, ok=False, order_status=None, code=error.code, title=_(error.title)
        )
    number = order_number(row.number)
    if transition is None:
        refused = IMPOSSIBLE[event]
        return BulkResult(
            order_id=order_id,
            number=number,
            ok=False,
            order_status=OrderStatus(row.status),
            code=refused.code,
            title=_(refused.title),
        )
    return BulkResult(order_id=order_id, number=number, ok=True, order_status=transition.status, code=None, title=None)
