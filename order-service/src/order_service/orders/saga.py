"""Placing, cancelling, shipping and taking back orders: calls of our own service and of book-service, in turn.

No transaction is open during a call of book-service, and before each call the database knows what is to be done, so
that any worker of any replica can carry on from wherever this one breaks off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from order_service.orders.actors import Actor
from order_service.orders.errors import LeaseLost
from order_service.orders.schemas import PlaceOrder
from order_service.orders.service import Changed, OrderService
from order_service.orders.settlement import Requester, Settled, Settlement
from order_service.orders.states import OrderEvent, StockStep
from order_service.orders.work import Work
from order_service.stock_client import ReservationReleased, StepRefused, StockClient, StockRefused, StockUnknown
from service_kit.idempotency import EarlierRequest, IdempotentRequest, StoredAnswer

log = structlog.get_logger(__name__)

_PENDING_STATUS = 202


@dataclass(frozen=True, slots=True)
class PlacingAnswer:
    """The answer to a request that places an order; ``replayed`` when an earlier request had placed it."""

    answer: StoredAnswer
    replayed: bool


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
            if work.step is StockStep.RESERVE:
                return await self._reserve(work, requester)
            await self._tell(work)
            await self._settlement.finish(work)
        except StepRefused as error:
            await self._postpone(work, str(error), hopeless=True)
        except StockUnknown as error:
            await self._postpone(work, str(error))
        except LeaseLost:
            log.info("another worker has taken over", order=str(work.order_id), step=work.step.value)
        return Settled(None, None)

    async def _tell(self, work: Work) -> None:
        if work.step is StockStep.RELEASE:
            await self._stock.release(work.order_id)
            return
        # The commit may still be waiting when the order comes back; told twice, it is carried out once.
        await self._stock.commit(work.order_id)
        if work.step is StockStep.RETURN:
            await self._stock.take_back(work.order_id)

    async def _reserve(self, work: Work, requester: Requester | None) -> Settled:
        if work.overdue:
            return await self._end_overdue(work, requester)
        try:
            reservation = await self._stock.reserve(work.order_id, work.lines)
        except StockRefused as refusal:
            return await self._settlement.refused(work, refusal.lines, requester)
        except ReservationReleased:
            return await self._settlement.give_up(work, "reservation_released", requester)
        return await self._settlement.reserved(work, reservation, requester)

    async def _end_overdue(self, work: Work, requester: Requester | None) -> Settled:
        # What stands is what the customer wanted; nothing new is reserved this late.
        try:
            standing = await self._stock.standing(work.order_id, work.lines)
        except StockUnknown:
            standing = None
        if standing is None:
            return await self._settlement.give_up(work, "not_placed_in_time", requester)
        return await self._settlement.reserved(work, standing, requester)

    async def _postpone(self, work: Work, error: str, *, hopeless: bool = False) -> None:
        about = {"order": str(work.order_id), "step": work.step.value, "attempts": work.attempts, "error": error}
        if await self._settlement.postpone(work, error, hopeless=hopeless):
            log.error("work parked: it needs a person's eye", **about)
        else:
            log.warning("book-service gave no answer; trying again", **about)
            self._wake()

    async def _earlier(self, earlier: EarlierRequest, actor: Actor, key: IdempotentRequest | None) -> StoredAnswer:
        # A 202 and a request that broke off said nothing final: the order as it is now says more.
        if earlier.answer is not None and earlier.answer.status != _PENDING_STATUS:
            return earlier.answer
        if earlier.resource_id is None:
            message = "a key of an order names no order"
            raise RuntimeError(message)
        return await self._orders.answer(earlier.resource_id, actor, key)
