"""The whole shop in one place: order-service's processes, book-service, the network between them, clients and time."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2

from order_service.orders.actors import Actor
from order_service.orders.reconciler import Reconciler
from order_service.orders.saga import OrderSaga
from order_service.orders.schemas import Delivery, OrderItem, PlaceOrder
from order_service.orders.service import OrderService
from order_service.orders.settlement import Settlement
from order_service.orders.staff_schemas import WriteOffOrders
from order_service.orders.states import OrderEvent
from order_service.orders.work import Work
from order_service.orders.write_offs import WriteOffService
from order_service.stock_client import StockUnknown
from proof.model.book_side import BookSide
from proof.model.book_tables import MovementRow
from proof.model.clock import Clock
from proof.model.invariants import I5, Broken, check_told
from proof.model.network import Message, ModelStockClient
from proof.model.order_tables import OrderTables
from proof.model.simulation import At, Task
from proof.model.tables import TablesDatabase
from service_kit.database import DatabaseUnavailable
from service_kit.idempotency import IdempotentRequest, StoredAnswer, fingerprint
from service_kit.problems import DomainError

LEASE_SECONDS = 10.0
DEADLINE_SECONDS = 120.0
TRIES = 3
CURRENCY = "GBP"
CLAIMED_AT_ONCE = 3
ROUNDS_TO_REST = 3
"""Once nothing fails any more, what is left is claimed and answered once; what follows from it, once more."""

BOOK_SERVICE = 3
"""Its process; those of order-service have other numbers."""
STAFF = Actor(UUID(int=1), "staff@example.org", "staff", manages_orders=True)


@dataclass(frozen=True, slots=True)
class Loss:
    """Copies of a book that are lost, and the orders that are not to get them."""

    book_id: UUID
    quantity: int
    order_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends: an order; or, with ``what``, what is to happen to ``order_id``; or a ``loss``."""

    actor: Actor
    key: str | None
    what: OrderEvent | None
    lines: Mapping[UUID, int] = field(default_factory=dict)
    expected_total: Decimal | None = None
    order_id: UUID | None = None
    loss: Loss | None = None

    @property
    def places(self) -> bool:
        """Tell whether it places an order."""
        return self.what is None and self.loss is None

    def idempotent(self) -> IdempotentRequest | None:
        """Return the request's key with what it asks for, if it has one."""
        if self.key is None:
            return None
        asked = f"{self.what} {self.order_id} {sorted(self.lines.items())} {self.expected_total} {self.loss}"
        return IdempotentRequest(str(self.actor.account_id), self.key, fingerprint("POST", "/orders", asked.encode()))


@dataclass(frozen=True, slots=True)
class Told:
    """What a client was told."""

    request: Request
    answer: StoredAnswer
    replayed: bool


class Shop:
    """Everything that runs, and what it has said."""

    def __init__(self) -> None:
        """Open without a book and without an order."""
        self.clock = Clock()
        self.tables = OrderTables(self.clock)
        self._book_side = BookSide(self.clock, currency=CURRENCY)
        self.stock = self._book_side.tables
        self.tasks: list[Task] = []
        self.strays: list[Message] = []
        self.sent: list[Request] = []
        self.told: list[Told] = []
        database: Any = TablesDatabase(self.tables)
        self._orders = OrderService(database, currency=CURRENCY, lease_seconds=LEASE_SECONDS)
        self._settlement = Settlement(
            database, lease_seconds=LEASE_SECONDS, deadline_seconds=DEADLINE_SECONDS, tries=TRIES
        )
        self._saga = OrderSaga(self._orders, self._settlement, ModelStockClient(), wake=lambda: None)
        self._write_offs = _WriteOffs(
            database, self._settlement, ModelStockClient(), lease_seconds=LEASE_SECONDS, wake=lambda: None
        )
        self._reconciler = Reconciler(
            self._saga, self._settlement, woken=asyncio.Event(), concurrency=CLAIMED_AT_ONCE, poll_seconds=1
        )

    # What happens in the shop.

    def send(self, request: Request, *, process: int) -> Task:
        """Let a client's request arrive at a process."""
        self.sent.append(request)
        name = f"{request.what or 'place'} for {request.actor.email}"
        if request.loss is not None:
            work = self._write_off(request, request.loss)
        else:
            work = self._place(request) if request.places else self._change(request)
        return self._begin(name, process, work, self._note)

    def wake_worker(self, *, process: int, limit: int = CLAIMED_AT_ONCE) -> Task:
        """Let a process look for work and begin what it gets."""

        def begin_work(claimed: Any) -> None:  # noqa: ANN401
            for work in claimed:
                name = f"{work.step} of {work.order_id}"
                self._begin(name, process, self._reconciler._carry_out(work))  # noqa: SLF001 (what its loop does)

        return self._begin("claim", process, self._settlement.claim(limit), begin_work)

    def add_book(self, book_id: UUID, *, price: Decimal, copies: int) -> None:
        """Begin to sell a book."""
        self._book_side.add_book(book_id, price=price, copies=copies)

    def count_copies(self, book_id: UUID, change: int) -> None:
        """Let staff write copies into the ledger that came or went, unless that would take promised ones."""
        book = self.stock.books[book_id]
        if change and book.available + change >= 0:
            self.stock.books[book_id] = replace(book, on_hand=book.on_hand + change)
            self.stock.note(MovementRow(book_id, change, "received" if change > 0 else "correction"))

    def set_price(self, book_id: UUID, price: Decimal) -> None:
        """Let staff change a price."""
        self.stock.books[book_id] = replace(self.stock.books[book_id], price=price)

    def unpark(self) -> None:
        """Let an operator set parked work going again."""
        for name, row in self.tables.work.items():
            if row.parked_at is not None:
                self.tables.work[name] = replace(row, parked_at=None, due_at=self.clock.seconds, attempts=0)

    # What becomes of what has begun.

    def go_on(self, task: Task) -> None:
        """Let a task do its next step, and nothing go wrong. While it waits for book-service, that does a step."""
        if task.pause is None:
            return
        message = task.pause.about
        if task.pause.at is not At.CALL:
            task.go_on()
        elif message.arrived is None:
            self.arrive(message)
        elif not message.arrived.over:
            self.go_on(message.arrived)
        else:
            task.go_on(message.answer)
        self._forget_ended()

    def run(self, task: Task) -> None:
        """Let a task come to its end."""
        while not task.over:
            self.go_on(task)

    def arrive(self, message: Message) -> Task:
        """Let book-service begin to carry a message out."""

        def answer(response: httpx2.Response) -> None:
            message.answer = response

        message.arrived = self._begin(str(message), BOOK_SERVICE, self._book_side.answer(message), answer)
        return message.arrived

    def lose_call(self, task: Task) -> None:
        """Let the message that a task has sent never arrive; or if it has, its answer."""
        task.fail(StockUnknown("no answer"))
        self._forget_ended()

    def delay_call(self, task: Task) -> None:
        """Let the message arrive only when nobody waits for its answer any more."""
        self._stray(task)
        self.lose_call(task)

    def double_call(self, task: Task) -> None:
        """Let the message arrive, and a copy of it later on."""
        if task.pause is not None:
            self.strays.append(task.pause.about.copy())

    def lose_database(self, task: Task) -> None:
        """Cut a task's connection to its database: before a statement, or after a commit and before the answer."""
        task.fail(DatabaseUnavailable())
        self._forget_ended()

    def kill(self, process: int) -> None:
        """End a process. What it has sent may still arrive."""
        for task in [task for task in self.tasks if task.process == process]:
            self._stray(task)
            task.kill()
        self._forget_ended()

    def come_to_rest(self, *, strays_first: bool) -> None:
        """Let nothing go wrong any more, and everything that was left lying come to its end.

        Raises ``Broken`` when that takes longer than it may.
        """
        for _ in range(ROUNDS_TO_REST):
            if strays_first:
                self._deliver_strays()
            self._run_all()
            if not strays_first:
                self._deliver_strays()
            self.unpark()
            if not self.tables.work:
                return
            self.clock.seconds = max(self.clock.seconds, *(row.due_at for row in self.tables.work.values()))
            self.run(self.wake_worker(process=1, limit=len(self.tables.work)))
            self._run_all()
        if self.tables.work:
            raise Broken(I5, f"no rest: still at work on {sorted(self.tables.work)}")

    def _stray(self, task: Task) -> None:
        if task.pause is not None and task.pause.at is At.CALL and task.pause.about.arrived is None:
            self.strays.append(task.pause.about)

    def _deliver_strays(self) -> None:
        while self.strays:
            self.run(self.arrive(self.strays.pop(0)))

    def _run_all(self) -> None:
        while self.tasks:
            self.run(self.tasks[0])

    def _begin(
        self,
        name: str,
        process: int,
        work: Coroutine[Any, Any, Any],
        on_return: Callable[[Any], None] = lambda _: None,
    ) -> Task:
        task = Task(name, process, work, on_return, _expect_problem)
        self.tasks.append(task)
        task.begin()
        self._forget_ended()
        return task

    def _forget_ended(self) -> None:
        self.tasks = [task for task in self.tasks if not task.over]

    def _note(self, told: Told) -> None:
        check_told(self, told)
        self.told.append(told)

    async def _place(self, request: Request) -> Told:
        items = [OrderItem(book_id=book_id, quantity=quantity) for book_id, quantity in request.lines.items()]
        # The note tells which key an order came with, so that two orders of one key are found.
        note = request.key and f"{request.actor.email} {request.key}"
        delivery = Delivery(name=request.actor.email, address="London", note=note)
        wanted = PlaceOrder(items=items, expected_total=request.expected_total, delivery=delivery)
        placed = await self._saga.place(wanted, request.actor, request.idempotent())
        return Told(request, placed.answer, placed.replayed)

    async def _change(self, request: Request) -> Told:
        assert request.order_id is not None  # noqa: S101
        assert request.what is not None  # noqa: S101
        changed = await self._saga.change(request.order_id, request.what, request.actor, request.idempotent())
        return Told(request, changed.answer, changed.replayed)

    async def _write_off(self, request: Request, loss: Loss) -> Told:
        wanted = WriteOffOrders(
            book_id=loss.book_id, quantity=loss.quantity, reason="Stolen", order_ids=list(loss.order_ids)
        )
        done = await self._write_offs.write_off(wanted, request.actor, request.idempotent())
        return Told(request, done.answer, done.replayed)


class _WriteOffs(WriteOffService):
    """Leaves to the workers what book-service is to be told: the first attempt needs an event loop and its clock."""

    async def _release(self, works: Sequence[Work]) -> int | None:
        del works
        return None


def _expect_problem(error: Exception) -> None:
    """Take what a client is told as a problem; anything else would have been a 500."""
    if not isinstance(error, DomainError):
        raise error
