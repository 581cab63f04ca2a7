"""What is decided about an order once book-service has answered, or has not.

Whoever calls these methods holds a piece of work. Each writes in one transaction, by compare-and-set on the pending
order and on the lease of the work, so that of several who learnt something about the same order exactly one is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from prometheus_client import Counter

from order_service.orders import placement, repository
from order_service.orders.actors import Actor
from order_service.orders.errors import LeaseLost
from order_service.orders.models import IdempotencyKeyRow
from order_service.orders.placement import Settling
from order_service.orders.presentation import ANSWER_STATUS, answer_to_placing, present
from order_service.orders.protocol import GivingUp
from order_service.orders.states import OrderEvent, OrderStatus, StockStep, decide
from order_service.orders.work import Work, retry_delay
from order_service.stock_client import HeldLine, Reservation, ShortLine, WantedLine, WriteOff
from service_kit.database import Database
from service_kit.idempotency import IdempotentRequest, StoredAnswer, delete_expired
from service_kit.identifiers import new_id

_SETTLED = Counter(
    "orders_settled_total", "Pending orders that were placed, rejected or given up.", ["status", "reason"]
)


@dataclass(frozen=True, slots=True)
class Requester:
    """The request that waits for an order, when there is one."""

    actor: Actor
    key: IdempotentRequest | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an order: the answer to the request that waits, and what is to be done next."""

    answer: StoredAnswer | None
    work: Work | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: the age of the oldest pending order in seconds, and rows of work."""

    oldest_pending_seconds: float
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class _Outcome:
    event: OrderEvent
    detail: str | None = None
    reason: dict[str, Any] | None = None
    total: Decimal | None = None
    currency: str | None = None
    lines: Sequence[dict[str, Any]] = ()


class Settlement:
    """Ends what the first transaction of an order began."""

    def __init__(self, database: Database, *, lease_seconds: float, deadline_seconds: float, tries: int) -> None:
        """Take the database, how long a worker has its work, the placing deadline, and the tries before parking."""
        self._database = database
        self._lease_seconds = lease_seconds
        self._deadline_seconds = deadline_seconds
        self._tries = tries

    async def claim(self, limit: int) -> list[Work]:
        """Take up to ``limit`` pieces of work that are due."""
        lease = new_id()
        async with self._database.transaction() as session:
            rows = await repository.claim_work(
                session,
                limit=limit,
                lease=lease,
                lease_seconds=self._lease_seconds,
                deadline_seconds=self._deadline_seconds,
            )
        return [
            Work(
                order_id=row.order_id,
                step=StockStep(row.step),
                lease=lease,
                attempts=row.attempts,
                account_id=row.account_id,
                lines=tuple(WantedLine.model_validate(line) for line in row.lines),
                expected_total=row.expected_total,
                from_cart=row.from_cart,
                overdue=row.overdue,
                write_off=WriteOff.model_validate(row.write_off) if row.write_off else None,
            )
            for row in rows
        ]

    async def reserved(
        self, work: Work, event: OrderEvent, reservation: Reservation, requester: Requester | None
    ) -> Settled:
        """Write what ``event`` makes of an order whose copies are held, at the prices of its reservation.

        Raises ``LeaseLost``.
        """
        differs = event is OrderEvent.PRICE_DIFFERED
        outcome = _Outcome(
            event=event,
            detail="The price had changed." if differs else None,
            reason=_price_changed(reservation) if differs else None,
            total=reservation.total,
            currency=reservation.currency,
            lines=[line.model_dump(mode="json", exclude={"quantity"}) for line in reservation.lines],
        )
        return await self._settle(work, outcome, requester)

    async def refused(self, work: Work, short: Sequence[ShortLine], requester: Requester | None) -> Settled:
        """Reject the order. Nothing is released: book-service remembers its refusal. Raises ``LeaseLost``."""
        outcome = _Outcome(
            event=OrderEvent.REFUSED,
            detail="There were not enough copies.",
            reason=_not_to_be_had(short),
            lines=[{"book_id": str(line.book_id), "title": line.title} for line in short],
        )
        return await self._settle(work, outcome, requester)

    async def give_up(self, work: Work, why: GivingUp, requester: Requester | None) -> Settled:
        """Cancel the order, and begin to release what may be held for it. Raises ``LeaseLost``."""
        outcome = _Outcome(
            event=OrderEvent.GIVEN_UP, detail="It could not be confirmed in time.", reason={"code": why.value}
        )
        return await self._settle(work, outcome, requester)

    async def finish(self, work: Work) -> None:
        """Note that book-service has been told."""
        async with self._database.transaction() as session:
            await repository.finish_work(session, work.order_id, work.step, work.lease)

    async def postpone(self, work: Work, error: str, *, hopeless: bool = False) -> bool:
        """Give the work back for a later try; return whether it was parked, being ``hopeless`` or tried too often."""
        async with self._database.transaction() as session:
            parked = await repository.postpone_work(
                session,
                work.order_id,
                work.step,
                work.lease,
                delay_seconds=retry_delay(work.step, work.attempts),
                error=error,
                tries=0 if hopeless else self._tries,
            )
        return bool(parked)

    async def backlog(self) -> Backlog:
        """Tell how much is waiting."""
        async with self._database.read() as connection:
            row = await repository.backlog(connection)
        return Backlog(float(row.oldest_pending_seconds), row.waiting, row.parked)

    async def forget_old_keys(self) -> None:
        """Delete idempotency keys whose time is over."""
        async with self._database.transaction() as session:
            await delete_expired(session, IdempotencyKeyRow)

    async def _settle(self, work: Work, outcome: _Outcome, requester: Requester | None) -> Settled:
        # While there is work to reserve its copies, the order is pending; the statement makes sure of both.
        transition = decide(OrderStatus.PENDING, outcome.event)
        next_lease = new_id()
        key = requester.key if requester else None
        takes_out_of_cart = work.from_cart and transition.status is OrderStatus.PLACED
        settling = Settling(
            order_id=work.order_id,
            lease=work.lease,
            status=transition.status,
            detail=outcome.detail,
            reason=outcome.reason,
            total=outcome.total,
            currency=outcome.currency,
            lines=outcome.lines,
            next_step=transition.stock_step,
            next_lease=next_lease,
            out_of_cart=[line.book_id for line in work.lines] if takes_out_of_cart else [],
            answer_status=ANSWER_STATUS[transition.status],
            key_account=key.account_id if key else None,
            key=key.key if key else None,
        )
        async with self._database.autocommit() as connection:
            row = await placement.settle_order(connection, settling, lease_seconds=self._lease_seconds)
        if row is None:
            raise LeaseLost
        _SETTLED.labels(transition.status.value, (outcome.reason or {}).get("code", "")).inc()
        answer = answer_to_placing(present(row, requester.actor)) if requester else None
        if transition.stock_step is None:
            return Settled(answer, None)
        step = transition.stock_step
        return Settled(answer, Work(work.order_id, step, next_lease, attempts=1, account_id=work.account_id))


def _price_changed(reservation: Reservation) -> dict[str, Any]:
    return {
        "code": "price_changed",
        "total": f"{reservation.total:.2f}",
        "currency": reservation.currency,
        "lines": [_priced(line) for line in reservation.lines],
    }


def _priced(line: HeldLine) -> dict[str, Any]:
    return {
        "book_id": str(line.book_id),
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": f"{line.unit_price:.2f}",
        "line_total": f"{line.unit_price * line.quantity:.2f}",
    }


def _not_to_be_had(short: Sequence[ShortLine]) -> dict[str, Any]:
    # An archived book is as good as unknown: waiting for copies of it makes no sense.
    lines = [line.model_dump(mode="json") | {"problem": _problem(line)} for line in short]
    unknown = any(line["problem"] != "insufficient_stock" for line in lines)
    return {"code": "unknown_book" if unknown else "insufficient_stock", "lines": lines}


def _problem(line: ShortLine) -> str:
    # Refusals that book-service has kept from earlier do not say it.
    return line.problem or ("unknown_book" if line.title is None else "insufficient_stock")
