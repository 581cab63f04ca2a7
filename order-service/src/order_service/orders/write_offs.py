"""Lost copies that are promised to orders: the orders are cancelled, and the copies leave the shelf as they come free.

All orders or none, in one transaction; book-service is told after it, order by order, as of any other cancellation.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from order_service.orders import bulk_repository
from order_service.orders.actors import Actor
from order_service.orders.bulk_repository import ManyMoves, OneMove
from order_service.orders.errors import BookNotInOrder, OrderNotCancellable, OrderNotFound
from order_service.orders.models import IdempotencyKeyRow
from order_service.orders.numbers import order_number
from order_service.orders.repository import OrderRow
from order_service.orders.service import Changed
from order_service.orders.settlement import Settlement
from order_service.orders.staff_schemas import OrderState, WriteOffDone, WriteOffOrders
from order_service.orders.states import OrderEvent, OrderStatus, decide
from order_service.orders.work import Work
from order_service.stock_client import StockClient, StockUnknown, WriteOff
from service_kit.database import Database, DatabaseUnavailable
from service_kit.idempotency import EarlierRequest, IdempotentRequest, StoredAnswer, claim, complete
from service_kit.identifiers import new_id
from service_kit.languages.texts import N_

log = structlog.get_logger(__name__)

FIRST_ATTEMPTS_SECONDS = 3.0
"""How long a request goes on telling book-service; what is left then is the reconciler's."""
_CALLS_AT_ONCE = 8
_DONE, _ACCEPTED = 200, 202
_REASON = {"code": "copies_lost"}
_DETAIL = "Copies that were held for this order were lost."


@dataclass(frozen=True, slots=True)
class _Begun:
    orders: list[OrderState]
    works: list[Work]


class WriteOffService:
    """Writes off copies that orders hold."""

    def __init__(
        self,
        database: Database,
        settlement: Settlement,
        stock: StockClient,
        *,
        lease_seconds: float,
        wake: Callable[[], None],
    ) -> None:
        """Take the database, where work is finished, book-service, the lease of a first attempt, and the waker."""
        self._database = database
        self._settlement = settlement
        self._stock = stock
        self._lease_seconds = lease_seconds
        self._wake = wake

    async def write_off(self, wanted: WriteOffOrders, actor: Actor, key: IdempotentRequest | None) -> Changed:
        """Cancel placed orders and take copies of a book off the shelf in the step that releases them.

        Raises ``OrderNotFound``, ``BookNotInOrder``, ``OrderNotCancellable`` naming orders, and then changes nothing;
        ``IdempotencyKeyReused``, ``RequestInProgress``.
        """
        begun = await self._begin(wanted, actor, key)
        if isinstance(begun, EarlierRequest):
            if begun.answer is not None and begun.answer.status != _ACCEPTED:
                return Changed(begun.answer, replayed=True)
            return Changed(await self._as_it_is(wanted, key), replayed=True)
        answer = _answer(wanted, begun.orders, await self._release(begun.works))
        await self._keep(key, answer)
        return Changed(answer)

    async def _begin(
        self, wanted: WriteOffOrders, actor: Actor, key: IdempotentRequest | None
    ) -> _Begun | EarlierRequest:
        order_ids = list(dict.fromkeys(wanted.order_ids))
        async with self._database.transaction() as session:
            if key is not None:
                earlier = await claim(session, IdempotencyKeyRow, key, running_seconds=self._lease_seconds)
                if earlier is not None:
                    return earlier
            rows = await bulk_repository.lock_orders(session, order_ids)
            quantities = await bulk_repository.quantities(session, order_ids, wanted.book_id)
            _require_all_placed(order_ids, rows, quantities)
            lost = _write_offs(wanted, order_ids, quantities, actor)
            many = ManyMoves(
                [_move(order_id, lost.get(order_id)) for order_id in order_ids],
                actor=actor.email,
                actor_id=actor.account_id,
                actor_role=actor.role,
                lease=new_id(),
                lease_seconds=self._lease_seconds,
            )
            await bulk_repository.move_orders(session, many)
        orders = [_state(rows[order_id], OrderStatus.CANCELLED) for order_id in order_ids]
        return _Begun(
            orders, [_work(move, many, rows[move.order_id].account_id, lost.get(move.order_id)) for move in many.moves]
        )

    async def _release(self, works: Sequence[Work]) -> int | None:
        """Tell book-service of each order; return how many copies left the shelf, or None when not all is known."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + FIRST_ATTEMPTS_SECONDS
        slots = asyncio.Semaphore(_CALLS_AT_ONCE)
        untried: list[Work] = []
        unanswered = False

        async def tell(work: Work) -> int:
            nonlocal unanswered
            async with slots:
                if unanswered or clock() > deadline:
                    untried.append(work)
                    return 0
                try:
                    written_off = await self._stock.release(work.order_id, work.write_off)
                except StockUnknown as error:
                    unanswered = True
                    log.warning("book-service gave no answer to a write-off", order=str(work.order_id))
                    await self._settlement.postpone(work, str(error))
                    return 0
                try:
                    await self._settlement.finish(work)
                except DatabaseUnavailable:
                    # book-service has been told; that the work is done is found out when it is told again.
                    unanswered = True
                return written_off

        told = await asyncio.gather(*(tell(work) for work in works))
        if untried:
            async with self._database.transaction() as session:
                await bulk_repository.hand_back(session, [work.order_id for work in untried], untried[0].lease)
        if untried or unanswered:
            self._wake()
            return None
        return sum(told)

    async def _as_it_is(self, wanted: WriteOffOrders, key: IdempotentRequest | None) -> StoredAnswer:
        order_ids = list(dict.fromkeys(wanted.order_ids))
        async with self._database.read() as connection:
            rows = await bulk_repository.orders_as_they_are(connection, order_ids)
        orders = [_state(rows[order_id], OrderStatus(rows[order_id].status)) for order_id in order_ids]
        waits = any(rows[order_id].waits for order_id in order_ids)
        answer = _answer(wanted, orders, None, status=_ACCEPTED if waits else _DONE)
        await self._keep(key, answer)
        return answer

    async def _keep(self, key: IdempotentRequest | None, answer: StoredAnswer) -> None:
        if key is not None:
            async with self._database.transaction() as session:
                await complete(session, IdempotencyKeyRow, key, answer)


def shares(quantity: int, held: Sequence[tuple[UUID, int]]) -> dict[UUID, int]:
    """Divide lost copies among the orders that hold some, in turn; what is too many for all goes on top of the last.

    >>> shares(4, [("a", 3), ("b", 2)])
    {'a': 3, 'b': 1}
    """
    left = quantity
    divided: dict[UUID, int] = {}
    for order_id, holds in held:
        divided[order_id] = min(holds, left)
        left -= divided[order_id]
    divided[held[-1][0]] += left
    return divided


def _write_offs(
    wanted: WriteOffOrders, order_ids: Sequence[UUID], quantities: Mapping[UUID, int], actor: Actor
) -> dict[UUID, WriteOff]:
    divided = shares(wanted.quantity, [(order_id, quantities[order_id]) for order_id in order_ids])
    return {
        order_id: WriteOff(book_id=wanted.book_id, quantity=share, reason=wanted.reason, actor=str(actor.account_id))
        for order_id, share in divided.items()
        if share
    }


def _require_all_placed(
    order_ids: Sequence[UUID], rows: Mapping[UUID, OrderRow], quantities: Mapping[UUID, int]
) -> None:
    unknown = [str(order_id) for order_id in order_ids if order_id not in rows]
    if unknown:
        raise OrderNotFound(order_ids=unknown)
    without = [_named(rows[order_id]) for order_id in order_ids if order_id not in quantities]
    if without:
        raise BookNotInOrder(orders=without)
    others = [_named(rows[order_id]) for order_id in order_ids if rows[order_id].status != OrderStatus.PLACED]
    if others:
        detail = N_("Only placed orders hold copies. Nothing was changed.")
        raise OrderNotCancellable(detail, orders=others)


def _named(row: OrderRow) -> dict[str, str]:
    return _state(row, OrderStatus(row.status)).model_dump(mode="json")


def _state(row: OrderRow, status: OrderStatus) -> OrderState:
    return OrderState(order_id=row.id, number=order_number(row.number), order_status=status)


def _move(order_id: UUID, lost: WriteOff | None) -> OneMove:
    transition = decide(OrderStatus.PLACED, OrderEvent.CANCEL)
    return OneMove(
        order_id,
        seen=OrderStatus.PLACED,
        status=transition.status,
        step=transition.stock_step,
        detail=_DETAIL,
        reason=_REASON,
        write_off=lost.model_dump(mode="json") if lost else None,
    )


def _work(move: OneMove, many: ManyMoves, account_id: UUID, lost: WriteOff | None) -> Work:
    if move.step is None or many.lease is None:
        message = "the release of a cancelled order is work under a lease"
        raise RuntimeError(message)
    return Work(move.order_id, move.step, many.lease, attempts=1, account_id=account_id, write_off=lost)


def _answer(
    wanted: WriteOffOrders, orders: list[OrderState], written_off: int | None, *, status: int | None = None
) -> StoredAnswer:
    done = WriteOffDone(orders=orders, quantity=wanted.quantity, written_off=written_off)
    status = status or (_ACCEPTED if written_off is None else _DONE)
    headers = {"Retry-After": "1"} if status == _ACCEPTED else {}
    return StoredAnswer(status, done.model_dump_json(), headers)
