"""Two scenes before anything is broken: 500 buyers for the last copy, and orders of many books in opposite order."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from proof.catalogue import Book, add_book
from proof.clients import Client
from proof.evidence import Evidence
from proof.findings import Check
from proof.history import History
from proof.shop import Shop
from service_kit.database import with_driver

BUYERS = 500
CROSSING_ORDERS = 60
CROSSING_BOOKS = 12
HELD_UP = 0.5
_ACCEPTED = 202
_INTERNAL_ERROR, _LAST_STATUS = 500, 600
_AT_ONCE, _ROUNDS = 25, 60
_SOLD = frozenset({"placed", "shipped", "delivered", "returned"})


@dataclass
class LastCopy:
    """A book of which there is one copy, and everybody's order for it."""

    book: Book
    marks: list[str] = field(default_factory=list)
    undecided: list[tuple[int, Client]] = field(default_factory=list)

    async def buy(self, number: int, client: Client) -> bool:
        """Let one buyer ask; return whether there is an outcome."""
        mark = f"last/{number}"
        delivery = {"name": "A buyer", "address": "1 High Street", "note": mark}
        body = {"book_id": self.book.id, "quantity": 1, "delivery": delivery}
        answer = await client.call("place", "POST", "/orders", body=body, key=f"key-{mark}", mark=mark)
        return answer.is_final and answer.status != _ACCEPTED

    async def rush(self, buyers: list[Client]) -> None:
        """Let all of them ask at the same moment."""
        outcomes = await asyncio.gather(*(self.buy(number, buyer) for number, buyer in enumerate(buyers)))
        self.undecided = [each for each, outcome in zip(enumerate(buyers), outcomes, strict=True) if not outcome]

    async def settle(self) -> None:
        """Let those who have no outcome yet ask again, a few at a time: all at once again would help nobody."""
        for _ in range(_ROUNDS):
            if not self.undecided:
                return
            few, self.undecided = self.undecided[:_AT_ONCE], self.undecided[_AT_ONCE:]
            outcomes = await asyncio.gather(*(self.buy(number, client) for number, client in few))
            self.undecided += [each for each, outcome in zip(few, outcomes, strict=True) if not outcome]

    def check(self, evidence: Evidence) -> Check:
        """C1: exactly one of them has it."""
        check = Check(
            "C1", f"{BUYERS} buyers at once for the last copy: exactly one gets it, and every other a refusal"
        )
        orders = [
            evidence.orders[line.order_id] for line in evidence.snapshot.order_lines if line.book_id == self.book.id
        ]
        check.counted.update(order.status for order in orders)
        check.counted["buyers without an answer"] = len(self.undecided)
        sold = [order.id for order in orders if order.status in _SOLD]
        check.expect(holds=len(sold) == 1, text=f"{len(sold)} of {len(orders)} orders got the last copy", orders=sold)
        check.expect(holds=not self.undecided, text=f"{len(self.undecided)} buyers never got an answer")
        return check


async def sell_the_last_copy(shop: Shop, keeper: Client) -> LastCopy:
    """Let many buy one copy at the same time."""
    last = LastCopy(await add_book(keeper, "The last copy", price="10.00", copies=1))
    buyers = [keeper.for_account(shop.account(f"buyer-{each}", "customer")) for each in range(BUYERS)]
    await last.rush(buyers)
    return last


async def cross_orders(shop: Shop, keeper: Client, history: History) -> Check:
    """C2: let orders of the same many books, in opposite order, come at the same time."""
    check = Check(
        "C2", f"{CROSSING_ORDERS} orders of {CROSSING_BOOKS} books in opposite order at once: no deadlock, no 5xx"
    )
    copies, late = CROSSING_ORDERS * 2, history.late
    books = [
        await add_book(keeper, f"Volume {number}", price="5.00", copies=copies) for number in range(CROSSING_BOOKS)
    ]

    async def order(number: int, client: Client) -> int:
        items = [{"book_id": book.id, "quantity": 1} for book in (books if number % 2 else reversed(books))]
        delivery = {"name": "A buyer", "address": "1 High Street", "note": f"crossing/{number}"}
        body = {"items": items, "delivery": delivery}
        return (await client.call("place", "POST", "/orders", body=body, mark=f"crossing/{number}")).status

    client = keeper.for_account(shop.account("crossing", "customer"))
    statuses = Counter(await asyncio.gather(*(order(number, client) for number in range(CROSSING_ORDERS))))
    check.counted.update({str(status): count for status, count in statuses.items()})
    # On a machine that is too slow for its own clients, answers come too late for everybody.
    bad = {_INTERNAL_ERROR} if history.late - late > HELD_UP else range(_INTERNAL_ERROR, _LAST_STATUS)
    check.expect(holds=not any(status in bad for status in statuses), text=f"the answers were {dict(statuses)}")
    deadlocks = await _count_deadlocks(shop.database_url("books"))
    check.expect(holds=deadlocks == 0, text=f"PostgreSQL has met {deadlocks} deadlocks")
    return check


async def _count_deadlocks(url: str) -> int:
    engine = create_async_engine(with_driver(url))
    try:
        async with engine.connect() as connection:
            counted = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            return int((await connection.execute(counted)).scalar_one())
    finally:
        await engine.dispose()
