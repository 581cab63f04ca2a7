"""One run from beginning to end: open a shop, let clients at it, break it, let it come to rest, look."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx2

from proof.breaker import Breaker
from proof.catalogue import Board, Catalogue, add_book
from proof.checker import run_checks
from proof.clients import Client, open_http
from proof.customers import Customer
from proof.evidence import Evidence
from proof.findings import Check
from proof.focus import Focus
from proof.history import History, read_calls
from proof.http_link import HttpLink
from proof.lateness import note_lateness
from proof.links import Link
from proof.opening import LastCopy, cross_orders, sell_the_last_copy
from proof.process_checks import check_processes
from proof.schedule import Fault
from proof.shop import Shop
from proof.snapshot import Snapshot, count_unfinished, take_snapshot
from proof.staff import Clerk, Keeper

QUIET_SECONDS = 90.0
LOOK_AGAIN_SECONDS = 0.5
TRIES_TO_SETTLE = 20
HISTORY, SNAPSHOT = "history.jsonl", "databases.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do."""

    seed: int
    seconds: float
    focus: Focus
    schedule: list[Fault]
    source: Sequence[Path] = ()
    opening: bool = True


@dataclass
class Outcome:
    """What a run has shown."""

    checks: list[Check] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    met: dict[str, int] = field(default_factory=dict)
    answers_inside: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    quiet_after: float | None = None
    late: float = 0.0

    def count(self, link: Link) -> None:
        """Add up what went wrong on a link and what was answered there."""
        for kind, count in link.met.items():
            self.met[kind] = self.met.get(kind, 0) + count
        if isinstance(link, HttpLink):
            for status, count in link.answers.items():
                name = f"{link.name.partition('>')[2]}: {status}"
                self.answers_inside[name] = self.answers_inside.get(name, 0) + count

    @property
    def is_red(self) -> bool:
        """Tell whether anything was found."""
        return any(check.violations for check in self.checks)


async def carry_out(plan: Plan, folder: Path) -> Outcome:
    """Carry out a run whose files go into ``folder``. Raises ``RuntimeError`` when the shop cannot be opened."""
    with History(folder / HISTORY) as history:
        work = _work_folder()
        shop = Shop(folder, work=work, random=Random(plan.seed), history=history, source=plan.source)  # noqa: S311
        run = _Run(plan, shop, history)
        being_late = asyncio.create_task(note_lateness(history))
        try:
            await shop.open()
            outcome = await run.live()
            await shop.stop_services()
            snapshot = await take_snapshot(shop.database_url("orders"), shop.database_url("books"))
            snapshot.write(folder / SNAPSHOT)
        finally:
            being_late.cancel()
            await shop.close()
            shutil.rmtree(work, ignore_errors=True)
    evidence = Evidence(snapshot, read_calls(folder / HISTORY))
    if run.last_copy is not None:
        outcome.checks.append(run.last_copy.check(evidence))
    outcome.checks += [*run_checks(evidence), check_processes(folder / HISTORY)]
    outcome.calls, outcome.late = len(evidence.calls), history.late
    return outcome


def _work_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="quire-proof-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user
    return folder


def check_folder(folder: Path) -> list[Check]:
    """Check what a run has left."""
    evidence = Evidence(Snapshot.read(folder / SNAPSHOT), read_calls(folder / HISTORY))
    return [*run_checks(evidence), check_processes(folder / HISTORY)]


class _Run:
    """The clients of a shop that is being broken."""

    def __init__(self, plan: Plan, shop: Shop, history: History) -> None:
        self._plan = plan
        self._shop = shop
        self._history = history
        self.last_copy: LastCopy | None = None
        self._random = Random(f"clients/{plan.seed}")  # noqa: S311 (chance, not secrecy)

    async def live(self) -> Outcome:
        outcome = Outcome()
        async with open_http() as http:
            keeper = self._client("first", "staff", http)
            if self._plan.opening:
                self.last_copy = await sell_the_last_copy(self._shop, keeper)
                outcome.checks.append(await cross_orders(self._shop, keeper, self._history))
            people = self._people(await self._stock_up(keeper), http)
            await self._break_under_load(outcome, people)
            outcome.quiet_after = await self._come_to_rest([each for each in people if isinstance(each, Customer)])
            if self.last_copy is not None:
                await self.last_copy.settle()
        for link in self._shop.links.values():
            outcome.count(link)
        return outcome

    async def _stock_up(self, keeper: Client) -> Catalogue:
        habits, catalogue = self._plan.focus.clients, Catalogue()
        for number in range(habits.books):
            copies = habits.copies if number else habits.hot_copies
            catalogue.books.append(await add_book(keeper, f"Book {number}", price="9.99", copies=copies))
        return catalogue

    def _people(self, catalogue: Catalogue, http: httpx2.AsyncClient) -> list[Customer | Clerk | Keeper]:
        habits, board = self._plan.focus.clients, Board()
        people: list[Customer | Clerk | Keeper] = []
        for number in range(habits.customers):
            own, other = (self._client(f"{name}-{number}", "customer", http) for name in ("customer", "other"))
            people.append(Customer(own, other, catalogue=catalogue, board=board, habits=habits, random=self._chance()))
        for number in range(habits.staff):
            clerk = self._client(f"clerk-{number}", "staff", http)
            people.append(Clerk(clerk, board=board, habits=habits, random=self._chance()))
        for number in range(habits.keepers):
            keeper = self._client(f"keeper-{number}", "staff", http)
            people.append(Keeper(keeper, catalogue=catalogue, habits=habits, random=self._chance()))
        return people

    async def _break_under_load(self, outcome: Outcome, people: list[Customer | Clerk | Keeper]) -> None:
        over = asyncio.Event()
        self._history.begin()
        breaker = Breaker(self._shop, self._plan.schedule, seed=self._plan.seed, history=self._history)
        living = [asyncio.create_task(person.run(over)) for person in people]
        breaking = asyncio.create_task(breaker.run())
        try:
            await asyncio.sleep(self._plan.seconds)
            over.set()
            await asyncio.gather(breaking, *living)
        finally:
            for task in (breaking, *living):
                task.cancel()
            await asyncio.gather(breaking, *living, return_exceptions=True)
        self._history.write("note", what="all faults are over")
        await breaker.mend()
        outcome.faults = dict(breaker.counts)

    async def _come_to_rest(self, customers: list[Customer]) -> float | None:
        """Wait until nothing moves any more; return how long it took, or None when it did not end."""
        began = self._history.seconds
        await asyncio.gather(*(customer.settle(tries=TRIES_TO_SETTLE) for customer in customers))
        while await count_unfinished(self._shop.database_url("orders")):
            if self._history.seconds - began > QUIET_SECONDS:
                return None
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        # An order that was pending when its request was repeated has an outcome now.
        await asyncio.gather(*(customer.settle(tries=TRIES_TO_SETTLE) for customer in customers))
        return self._history.seconds - began

    def _client(self, name: str, role: str, http: httpx2.AsyncClient) -> Client:
        return Client(self._shop.account(name, role), self._shop.api, http, self._history)

    def _chance(self) -> Random:
        return Random(self._random.random())  # noqa: S311 (chance, not secrecy)
