"""Carries out the protocol: calls of our own service and of book-service, in turn.

No transaction is open during a call of book-service, and before each call the database knows what is to be done, so
that any worker of any replica can carry on from wherever this one breaks off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from order_service.orders.actors import Actor
from order_service.orders.errors import LeaseLost
from order_service.orders.presentation import ANSWER_STATUS
from order_service.orders.protocol import Answer, Request, Settle, TryLater, conclude, is_agreed, requests
from order_service.orders.schemas import PlaceOrder
from order_service.orders.service import Changed, OrderService
from order_service.orders.settlement import Requester, Settled, Settlement
from order_service.orders.states import OrderEvent, OrderStatus
from order_service.orders.work import Work
from order_service.stock_client import (
    Reservation,
    ReservationReleased,
    ShortLine,
    StepRefused,
    StockClient,
    StockRefused,
    StockUnknown,
)
from service_kit.idempotency import EarlierRequest, IdempotentRequest, StoredAnswer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PlacingAnswer:
    """The answer to a request that places an order; ``replayed`` when an earlier request had placed it."""

    answer: StoredAnswer
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer of book-service and what came with it."""

    answer: Answer
    reservation: Reservation | None = None
    short: Sequence[ShortLine] = ()
    error: str = ""


class OrderSaga:
    """The protocol between an order and its copies."""

    def __init__(
        self, orders: OrderService, settlement: Settlement, stock: StockClient, *, wake: Callable[[], None]
    ) -> None:
        """Take what decides about orders, book-service, and what tells the reconciler that there is work."""
        self._orders = orders
        self._settlement = settlement
        self._stock = stock
        self._wake = wake

    async def place(self, wanted: PlaceOrder, actor: Actor, key: IdempotentRequest | None) -> PlacingAnswer:
        """Place an order. Raises ``IdempotencyKeyReused``, ``RequestInProgress``."""
        opened = await self._orders.open(wanted, actor, key)
        if isinstance(opened, EarlierRequest):
            return PlacingAnswer(await self._earlier(opened, actor, key), replayed=True)
        answer = await self.carry_out(opened, Requester(actor, key))
        if answer is None:
            answer = await self._orders.answer(opened.order_id, actor, key)
        return PlacingAnswer(answer, replayed=False)

    async def change(
        self, order_id: UUID, event: OrderEvent, actor: Actor, key: IdempotentRequest | None = None
    ) -> Changed:
        """Cancel, ship, deliver or take back an order; again changes nothing. Raises what ``OrderService.change`` does.

        What book-service makes of it changes the answer no more: it is told until it has understood.
        """
        changed = await self._orders.change(order_id, event, actor, key)
        if changed.work is not None:
            await self.carry_out(changed.work)
        return changed

    async def carry_out(self, work: Work, requester: Requester | None = None) -> StoredAnswer | None:
        """Make one attempt at a piece of work and at what follows from it; return the requester's answer, if known."""
        settled = await self._attempt(work, requester)
        if settled.work is not None:
            await self._attempt(settled.work, None)
        return settled.answer

    async def _attempt(self, work: Work, requester: Requester | None) -> Settled:
        try:
            for request in requests(work.step, overdue=work.overdue):
                reply = await self._ask(request, work)
                conclusion = conclude(request, reply.answer, agreed=_agreed(work, reply))
                if isinstance(conclusion, Settle):
                    return await self._settle(work, conclusion, reply, requester)
                if isinstance(conclusion, TryLater):
                    await self._postpone(work, reply.error, hopeless=conclusion.hopeless)
                    return Settled(None, None)
            await self._settlement.finish(work)
        except LeaseLost:
            log.info("another worker has taken over", order=str(work.order_id), step=work.step.value)
        return Settled(None, None)

    async def _ask(self, request: Request, work: Work) -> _Reply:
        try:
            return await self._ask_for_copies(request, work) or await self._tell(request, work)
        except StockRefused as refusal:
            return _Reply(Answer.SHORT, short=refusal.lines)
        except ReservationReleased:
            return _Reply(Answer.RELEASED)
        except StepRefused as error:
            return _Reply(Answer.REFUSED, error=str(error))
        except StockUnknown as error:
            return _Reply(Answer.UNKNOWN, error=str(error))

    async def _ask_for_copies(self, request: Request, work: Work) -> _Reply | None:
        if request is Request.RESERVE:
            return _Reply(Answer.HELD, await self._stock.reserve(work.order_id, work.lines))
        if request is Request.LOOK_UP:
            standing = await self._stock.standing(work.order_id, work.lines)
            return _Reply(Answer.HELD if standing else Answer.NOT_HELD, standing)
        return None

    async def _tell(self, request: Request, work: Work) -> _Reply:
        if request is Request.RELEASE:
            await self._stock.release(work.order_id, work.write_off)
        elif request is Request.COMMIT:
            await self._stock.commit(work.order_id)
        else:
            await self._stock.take_back(work.order_id)
        return _Reply(Answer.DONE)

    async def _settle(self, work: Work, settle: Settle, reply: _Reply, requester: Requester | None) -> Settled:
        if settle.giving_up is not None:
            return await self._settlement.give_up(work, settle.giving_up, requester)
        if reply.reservation is not None:
            return await self._settlement.reserved(work, settle.event, reply.reservation, requester)
        return await self._settlement.refused(work, reply.short, requester)

    async def _postpone(self, work: Work, error: str, *, hopeless: bool = False) -> None:
        about = {"order": str(work.order_id), "step": work.step.value, "attempts": work.attempts, "error": error}
        if await self._settlement.postpone(work, error, hopeless=hopeless):
            log.error("work parked: it needs a person's eye", **about)
        else:
            log.warning("book-service gave no answer; trying again", **about)
            self._wake()

    async def _earlier(self, earlier: EarlierRequest, actor: Actor, key: IdempotentRequest | None) -> StoredAnswer:
        if earlier.resource_id is None:
            message = "a key of an order names no order"
            raise RuntimeError(message)
        # A 202 and a request that broke off said nothing final: the order as it is now says more.
        if earlier.status in {None, ANSWER_STATUS[OrderStatus.PENDING]}:
            return await self._orders.answer(earlier.resource_id, actor, key)
        return earlier.answer or await self._orders.answer_again(earlier.resource_id, actor)


def _agreed(work: Work, reply: _Reply) -> bool:
    return reply.reservation is None or is_agreed(work.expected_total, reply.reservation.total)
