"""What is decided about orders on behalf of the people who place, read and cancel them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from order_service.orders import placement, repository
from order_service.orders.actors import Actor
from order_service.orders.errors import IMPOSSIBLE, STANDING, OrderMoved, OrderNotFound
from order_service.orders.models import IdempotencyKeyRow
from order_service.orders.placement import NewOrder
from order_service.orders.presentation import (
    TaggedOrder,
    answer_to_change,
    answer_to_placing,
    present,
    present_as_settled,
)
from order_service.orders.repository import Move
from order_service.orders.schemas import PlaceOrder
from order_service.orders.states import (
    ImpossibleTransition,
    OrderEvent,
    OrderStatus,
    StockStep,
    Transition,
    decide,
)
from order_service.orders.work import Work
from order_service.stock_client import WantedLine
from service_kit.database import Database
from service_kit.idempotency import (
    EarlierRequest,
    IdempotentRequest,
    StoredAnswer,
    claim,
    complete,
    earlier_request,
)
from service_kit.identifiers import new_id

_CHANGE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change: the answer, ``replayed`` when an earlier request had made it, and what is to be done."""

    answer: StoredAnswer
    replayed: bool = False
    work: Work | None = None


class OrderService:
    """Single orders, for those who have them and those who manage them."""

    def __init__(self, database: Database, *, currency: str, lease_seconds: float) -> None:
        """Take the database, the shop's currency (ISO 4217), and how long a request has its order for itself."""
        self._database = database
        self._currency = currency
        self._lease_seconds = lease_seconds

    async def open(self, wanted: PlaceOrder, actor: Actor, key: IdempotentRequest | None) -> Work | EarlierRequest:
        """Write a pending order, and return the work of placing it; or what came of an earlier request with this key.

        Raises ``IdempotencyKeyReused``, ``RequestInProgress``.
        """
        new = _new_order(wanted, actor, self._currency)
        async with self._database.autocommit() as connection:
            opened = await placement.open_order(connection, new, key, lease_seconds=self._lease_seconds)
            if key is not None and not opened:
                return await earlier_request(connection, IdempotencyKeyRow, key)
        return Work(
            order_id=new.id,
            step=StockStep.RESERVE,
            lease=new.lease,
            attempts=1,
            account_id=new.account_id,
            lines=tuple(WantedLine(book_id=book_id, quantity=quantity) for book_id, quantity in new.quantities.items()),
            expected_total=new.expected_total,
            from_cart=new.from_cart,
        )

    async def answer_again(self, order_id: UUID, actor: Actor) -> StoredAnswer:
        """Give the answer again that said how the order was settled, whatever has become of the order since."""
        async with self._database.read() as connection:
            row = await repository.order_by_id(connection, order_id)
        if row is None:
            raise OrderNotFound
        return answer_to_placing(present_as_settled(row, actor))

    async def answer(self, order_id: UUID, actor: Actor, key: IdempotentRequest | None) -> StoredAnswer:
        """Answer the request that placed the order with the order as it is now."""
        async with self._database.transaction() as session:
            row = await repository.order_by_id(session, order_id)
            if row is None:
                raise OrderNotFound
            answer = answer_to_placing(present(row, actor))
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, answer)
        return answer

    async def get(self, order_id: UUID, actor: Actor) -> TaggedOrder:
        """Return an order. Raises ``OrderNotFound``, also for somebody else's."""
        async with self._database.read() as connection:
            row = await _visible(connection, order_id, actor)
        return present(row, actor)

    async def change(
        self, order_id: UUID, event: OrderEvent, actor: Actor, key: IdempotentRequest | None = None
    ) -> Changed:
        """Cancel, ship, deliver or take back an order, and say what book-service is to be told; again changes nothing.

        Raises ``OrderNotFound``, ``OrderNotCancellable``, ``OrderNotShippable``, ``OrderNotDeliverable``,
        ``OrderNotReturnable``, ``OrderMoved``, ``IdempotencyKeyReused``.
        """
        async with self._database.transaction() as session:
            earlier = await claim(session, IdempotencyKeyRow, key, resource_id=order_id) if key else None
            if earlier is not None and earlier.answer is not None:
                return Changed(earlier.answer, replayed=True)
            work = await self._move(session, order_id, event, actor)
            answer = answer_to_change(present(await _visible(session, order_id, actor), actor))
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, answer)
        return Changed(answer, work=work)

    async def _move(self, session: AsyncSession, order_id: UUID, event: OrderEvent, actor: Actor) -> Work | None:
        for _ in range(_CHANGE_TRIES):
            # Each look sees what others have committed meanwhile; of two who change the order one has to look again.
            row = await repository.order_status(session, order_id)
            if row is None or not _may_see(actor, row.account_id):
                raise OrderNotFound
            seen = OrderStatus(row.status)
            transition = _decided(seen, event)
            if transition.status is seen:
                return None
            lease = new_id()
            move = Move(
                order_id=order_id,
                seen=seen,
                status=transition.status,
                actor=actor.email,
                actor_id=actor.account_id,
                actor_role=actor.role,
                next_step=transition.stock_step,
                next_lease=lease,
            )
            moved = await repository.move_order(session, move, lease_seconds=self._lease_seconds)
            if moved and transition.stock_step is None:
                return None
            if moved and transition.stock_step is not None:
                return Work(order_id, transition.stock_step, lease, attempts=1, account_id=row.account_id)
        raise OrderMoved


def _new_order(wanted: PlaceOrder, actor: Actor, currency: str) -> NewOrder:
    delivery = wanted.delivery
    return NewOrder(
        id=new_id(),
        account_id=actor.account_id,
        customer_email=actor.email,
        role=actor.role,
        currency=currency,
        expected_total=wanted.expected_total,
        from_cart=wanted.from_cart,
        delivery_name=delivery.name if delivery else None,
        delivery_address=delivery.address if delivery else None,
        delivery_note=delivery.note if delivery else None,
        quantities=wanted.quantities(),
        lease=new_id(),
    )


def _may_see(actor: Actor, account_id: UUID) -> bool:
    return actor.manages_orders or actor.account_id == account_id


async def _visible(connection: AsyncConnection | AsyncSession, order_id: UUID, actor: Actor) -> repository.OrderRow:
    row = await repository.order_by_id(connection, order_id)
    if row is None or not _may_see(actor, row.account_id):
        raise OrderNotFound
    return row


def _decided(seen: OrderStatus, event: OrderEvent) -> Transition:
    try:
        return decide(seen, event)
    except ImpossibleTransition as error:
        raise IMPOSSIBLE[event](STANDING[seen], order_status=seen.value) from error
