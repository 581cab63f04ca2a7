"""Clients, staff, workers, time and faults, in the order that Hypothesis tries."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from order_service.orders.actors import Actor
from order_service.orders.states import OrderEvent, OrderStatus
from proof.model.fates import GOOD, Fate, accidents, fates
from proof.model.invariants import check_at_any_time, check_at_rest
from proof.model.order_tables import OrderRow
from proof.model.shop import BOOK_SERVICE, DEADLINE_SECONDS, LEASE_SECONDS, STAFF, TRIES, Loss, Request, Shop
from proof.model.stand_ins import stand_ins

Each = TypeVar("Each")

CUSTOMERS = [
    Actor(UUID(int=number), f"{name}@example.org", "customer", manages_orders=False)
    for number, name in enumerate(("ada", "bob"), start=2)
]
BOOKS = [UUID(int=number) for number in (101, 102, 103)]
NEXT = {
    OrderStatus.PLACED: OrderEvent.SHIP,
    OrderStatus.SHIPPED: OrderEvent.DELIVER,
    OrderStatus.DELIVERED: OrderEvent.RETURN,
}

processes = st.sampled_from((1, 2))
# Mostly the newest, so that things happen to the same order.
picks = st.one_of(st.just(0), st.integers(0, 9))
keys = st.sampled_from((None, None, "k1", "k2"))
# Mostly one copy of a book that there is, so that orders get somewhere.
lines = st.one_of(
    st.just({BOOKS[1]: 1}), st.dictionaries(st.sampled_from(BOOKS), st.integers(1, 2), min_size=1, max_size=3)
)
# None is what comes next in an ordinary order's life.
wishes = st.sampled_from((None, None, OrderEvent.CANCEL, OrderEvent.SHIP, OrderEvent.DELIVER, OrderEvent.RETURN))
# A moment, until a lease is over, and until the deadline is.
waits = st.sampled_from((1.0, LEASE_SECONDS + 1, DEADLINE_SECONDS + 1))
interleavings = st.lists(st.booleans(), max_size=16)


def pick(some: Sequence[Each], number: int) -> Each:
    """Return one of some things; 0 is the newest."""
    return some[-1 - number % len(some)]


class ShopMachine(RuleBasedStateMachine):
    """Everything that can happen, and what must hold after each of it."""

    def __init__(self) -> None:
        """Open the shop."""
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(stand_ins())
        self.shop = Shop()

    @initialize(copies=st.tuples(st.integers(1, 3), st.integers(3, 9), st.integers(0, 2)))
    def put_books_on_the_shelf(self, copies: tuple[int, int, int]) -> None:
        """Begin with a few copies."""
        for book_id, count in zip(BOOKS, copies, strict=True):
            self.shop.add_book(book_id, price=Decimal("9.99"), copies=count)

    # Clients and staff.

    @rule(
        customer=st.sampled_from(CUSTOMERS),
        key=keys,
        wanted=lines,
        more=st.sampled_from((None, None, 0, 1)),
        process=processes,
        fate=fates,
    )
    def place(  # noqa: PLR0913, PLR0917 (what Hypothesis draws)
        self, customer: Actor, key: str | None, wanted: dict[UUID, int], more: int | None, process: int, fate: Fate
    ) -> None:
        """Let a customer place an order, who may expect to pay ``more`` than it costs now."""
        due = sum((self.shop.stock.books[book_id].price * copies for book_id, copies in wanted.items()), Decimal(0))
        expected = None if more is None else due + more
        self._send(Request(customer, key, None, wanted, expected), process, fate)

    @precondition(lambda self: self.shop.sent)
    @rule(which=picks, process=processes, fate=fates)
    def repeat(self, which: int, process: int, fate: Fate) -> None:
        """Let a client send again what it has sent before."""
        self._send(pick(self.shop.sent, which), process, fate)

    @precondition(lambda self: self.shop.tables.orders)
    @rule(which=picks, what=wishes, key=keys, process=processes, fate=fates)
    def change(self, which: int, what: OrderEvent | None, key: str | None, process: int, fate: Fate) -> None:
        """Let staff cancel, ship, deliver or take back an order."""
        self._send(self._change(which, what, key), process, fate)

    @precondition(lambda self: self.shop.tables.orders)
    @rule(which=picks, process=processes, fate=fates)
    def cancel_own(self, which: int, process: int, fate: Fate) -> None:
        """Let a customer cancel an order."""
        order = pick(list(self.shop.tables.orders.values()), which)
        customer = next(each for each in CUSTOMERS if each.account_id == order.account_id)
        self._send(Request(customer, None, OrderEvent.CANCEL, order_id=order.id), process, fate)

    @precondition(lambda self: self._placed())
    @rule(which=picks, on_the_way=st.lists(fates, min_size=1, max_size=3), process=processes)
    def lead_on(self, which: int, on_the_way: list[Fate], process: int) -> None:
        """Let staff ship, deliver and take back a placed order, as far as it comes."""
        number = list(self.shop.tables.orders).index(pick(self._placed(), which).id)
        for fate in on_the_way:
            self._send(self._change(-1 - number, None, None), process, fate)

    @precondition(lambda self: self.shop.tables.orders)
    @rule(which=picks, one=wishes, other=wishes, turns=interleavings)
    def race(self, which: int, one: OrderEvent | None, other: OrderEvent | None, turns: list[bool]) -> None:
        """Let two of the staff change an order at once, in two processes."""
        first = self.shop.send(self._change(which, one, None), process=1)
        second = self.shop.send(self._change(which, other, None), process=2)
        for turn in turns:
            self.shop.go_on(first if turn else second)
        for task in (first, second):
            GOOD.befall(self.shop, task)

    @rule(book_id=st.sampled_from(BOOKS), copies=st.integers(-2, 2), price=st.sampled_from((None, "9.99", "12.50")))
    def manage_book(self, book_id: UUID, copies: int, price: str | None) -> None:
        """Let staff change a price, or write copies off or into the stock."""
        if price is None:
            self.shop.count_copies(book_id, copies)
        else:
            self.shop.set_price(book_id, Decimal(price))

    @precondition(lambda self: self._placed())
    @rule(which=picks, more=st.booleans(), quantity=st.integers(1, 3), key=keys, process=processes, fate=fates)
    def lose_copies(  # noqa: PLR0913, PLR0917
        self, which: int, more: bool, quantity: int, key: str | None, process: int, fate: Fate
    ) -> None:
        """Let staff find that copies are gone which one order was promised, or several."""
        order = pick(self._placed(), which)
        book_id = order.lines[0]["book_id"]
        sharing = [each for each in self._placed() if each is not order and book_id in _books(each)]
        orders = [order, *sharing[: int(more)]]
        loss = Loss(UUID(book_id), quantity, tuple(each.id for each in orders))
        self._send(Request(STAFF, key and f"loss {key}", None, loss=loss), process, fate)

    # Workers and time.

    @rule(after=waits, process=processes, fate=fates)
    def wake_worker(self, after: float, process: int, fate: Fate) -> None:
        """Let a process look for work, and get on with what it finds."""
        self.shop.clock.pass_by(after)
        self._work(process, fate)

    @rule(seconds=waits)
    def pass_time(self, seconds: float) -> None:
        """Let time pass, and an operator set parked work going again."""
        self.shop.clock.pass_by(seconds)
        self.shop.unpark()

    @precondition(lambda self: self.shop.tables.work)
    @rule(after=waits, tries=st.integers(1, TRIES + 1), fate=accidents)
    def keep_failing(self, after: float, tries: int, fate: Fate) -> None:
        """Let the same go wrong again and again, with whatever is still to be done."""
        for _ in range(tries):
            self.shop.clock.pass_by(after)
            self._work(1, fate)

    # What was interrupted.

    @precondition(lambda self: self.shop.tasks)
    @rule(which=picks, fate=fates)
    def go_on(self, which: int, fate: Fate) -> None:
        """Let something that was interrupted get on, with what it knew then."""
        fate.befall(self.shop, pick(self.shop.tasks, which))

    @precondition(lambda self: self.shop.tasks)
    @rule(process=st.sampled_from((1, 2, BOOK_SERVICE)))
    def kill(self, process: int) -> None:
        """End a process where it is."""
        self.shop.kill(process)

    @precondition(lambda self: self.shop.strays)
    @rule(which=picks, times=st.integers(0, 2))
    def end_stray(self, which: int, times: int) -> None:
        """Let a message that nobody waits for any more arrive, arrive twice, or get lost."""
        message = self.shop.strays.pop(-1 - which % len(self.shop.strays))
        for _ in range(times):
            self.shop.arrive(message.copy())

    # Rest, and what must hold.

    @rule(strays_first=st.booleans())
    def come_to_rest(self, strays_first: bool) -> None:
        """Let nothing go wrong for a while, and see what has become of it all."""
        self.shop.come_to_rest(strays_first=strays_first)
        check_at_rest(self.shop)

    @invariant()
    def holds_at_any_time(self) -> None:
        """See that nothing is wrong on the way."""
        check_at_any_time(self.shop)

    def teardown(self) -> None:
        """End at rest, unless something is wrong already."""
        try:
            if sys.exc_info()[0] is None:
                self.shop.come_to_rest(strays_first=False)
                check_at_rest(self.shop)
        finally:
            for task in self.shop.tasks:
                task.kill()
            self._stack.close()

    def _placed(self) -> list[OrderRow]:
        return [each for each in self.shop.tables.orders.values() if each.status == OrderStatus.PLACED]

    def _send(self, request: Request, process: int, fate: Fate) -> None:
        fate.befall(self.shop, self.shop.send(request, process=process))

    def _change(self, which: int, what: OrderEvent | None, key: str | None) -> Request:
        order = pick(list(self.shop.tables.orders.values()), which)
        wish = what or NEXT.get(OrderStatus(order.status), OrderEvent.CANCEL)
        return Request(STAFF, key and f"{wish} {key}", wish, order_id=order.id)

    def _work(self, process: int, fate: Fate) -> None:
        before = list(self.shop.tasks)
        self.shop.run(self.shop.wake_worker(process=process))
        for task in [task for task in self.shop.tasks if task not in before]:
            fate.befall(self.shop, task)


def _books(order: OrderRow) -> set[str]:
    return {line["book_id"] for line in order.lines}
