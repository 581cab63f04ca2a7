"""Stock rows are locked in the order of their ids, in each request and whatever plan the database chooses.

That many orders at once did not deadlock shows little: the plan of the day often reads rows in id order by itself. So
here one row is held by somebody else, and while the request waits for it, no row behind it may be locked.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from book_service.config import Settings
from book_service.main import create_app
from service_kit.testing.clients import running
from service_kit.testing.upstreams import Upstreams

PLANS = {
    "by table": ["enable_indexscan", "enable_bitmapscan", "enable_indexonlyscan"],
    "by loop": ["enable_hashjoin", "enable_mergejoin", "enable_bitmapscan"],
}


@pytest.fixture
async def books(editor: httpx2.AsyncClient, engine) -> list[str]:
    """Give books in the order of their ids, whose stock lies in the opposite order in the table."""
    answers = [
        await editor.post("/books", json={"title": f"Book {n}", "author": "A", "price": "1.00", "stock": 30})
        for n in range(3)
    ]
    books = sorted(answer.json()["id"] for answer in answers)
    for book in reversed(books):
        async with engine.begin() as connection:  # A new version of a row goes to the end.
            await connection.execute(
                text("UPDATE stock_levels SET version = version WHERE book_id = :id"), {"id": book}
            )
    return books


@asynccontextmanager
async def service_that_plans(settings_off, postgres, database_url, neighbour) -> AsyncIterator[httpx2.AsyncClient]:
    """Run the service with connections on which the database may not use some kinds of plans."""
    off = " ".join(f"ALTER ROLE books SET {name} = off;" for name in settings_off)
    postgres.run_sql(off)
    try:
        settings = Settings(database_url=database_url, auth_url="http://auth")
        async with running(create_app(settings, transport=Upstreams({"auth": neighbour.app}))) as client:
            yield client
    finally:
        postgres.run_sql("ALTER ROLE books RESET ALL")


async def lockable(engine, book_ids) -> list[str]:
    """Return those of the books whose stock nobody has locked."""
    statement = text(
        "SELECT book_id FROM stock_levels WHERE book_id = ANY(:ids) ORDER BY book_id FOR UPDATE SKIP LOCKED"
    )
    async with engine.begin() as connection:
        found = await connection.scalars(statement, {"ids": [UUID(book) for book in book_ids]})
        return [str(book) for book in found]


def reserving(client, order, books, headers):
    body = {"lines": [{"book_id": book, "quantity": 1} for book in books]}
    return client.put(f"/internal/reservations/{order}", json=body, headers=headers)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("what", ["reserve", "refuse", "release", "write off", "commit", "return"])
async def test_while_one_row_is_waited_for_no_row_behind_it_is_locked(
    postgres, database_url, neighbour, mint, engine, stock_locked, books, plan, what
):
    order, headers = uuid4(), mint.headers("order-service")
    path, wanted = f"/internal/reservations/{order}", books[::-1]
    lost = {"book_id": books[0], "quantity": 1, "reason": "Lost", "actor": "staff"}
    async with service_that_plans(PLANS[plan], postgres, database_url, neighbour) as client:
        if what not in {"reserve", "refuse"}:
            await reserving(client, order, wanted[:2] if what == "write off" else wanted, headers)
        if what == "return":
            await client.post(f"{path}/commit", headers=headers)
        requests = {
            "reserve": lambda: reserving(client, order, wanted, headers),
            "refuse": lambda: reserving(client, order, [*wanted, str(uuid4())], headers),
            **{
                name: partial(client.post, f"{path}/{name}", headers=headers)
                for name in ("release", "commit", "return")
            },
            "write off": lambda: client.post(f"{path}/release", json={"write_off": lost}, headers=headers),
        }
        async with stock_locked(books[0]) as is_waited_for:
            request = asyncio.create_task(requests[what]())
            await is_waited_for()
            assert await lockable(engine, books) == books[1:]
        assert (await request).status_code == (409 if what == "refuse" else 200)


async def test_a_reserve_that_waited_for_stock_sees_what_was_taken_meanwhile(service, mint, stock_locked, books):
    headers = mint.headers("order-service")
    async with stock_locked(books[0], reserved=29) as is_waited_for:
        request = asyncio.create_task(reserving(service, uuid4(), books * 2, headers))
        await is_waited_for()
    answer = await request
    assert answer.status_code == 409
    assert [(line["book_id"], line["available"]) for line in answer.json()["lines"]] == [(books[0], 1)]


@pytest.mark.parametrize("what", ["release", "commit"])
async def test_who_waits_for_stock_does_not_keep_a_repeated_reserve_waiting_that_has_locked_stock(
    service, mint, stock_locked, books, what
):
    order, headers = uuid4(), mint.headers("order-service")
    await reserving(service, order, books, headers)
    async with stock_locked(books[0]) as is_waited_for:
        request = asyncio.create_task(service.post(f"/internal/reservations/{order}/{what}", headers=headers))
        await is_waited_for()
        async with asyncio.timeout(4):  # Else each of the two would hold what the other waits for.
            again = await reserving(service, order, books[1:], headers)
        assert again.json()["code"] == "reservation_conflict"
    assert (await request).status_code == 200


async def test_every_request_of_overlapping_orders_twice_and_all_at_once(service, mint, engine, books):
    headers, chance = mint.headers("order-service"), random.Random(11)
    wanted = {uuid4(): chance.sample(books, chance.choice([2, 3])) for _ in range(25)}

    # Who has no connection to the database works on nothing yet, and is refused after some seconds of waiting.
    connections = asyncio.Semaphore(20)

    async def one(order, what):
        async with connections:
            if what == "reserve":
                return await reserving(service, order, wanted[order], headers)
            return await service.post(f"/internal/reservations/{order}/{what}", headers=headers)

    requests = [(order, what) for order in wanted for what in ("reserve", "release", "commit", "return") * 2]
    for _ in range(3):
        chance.shuffle(requests)
        answers = await asyncio.gather(*(one(*request) for request in requests))
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert await ledgers_that_are_wrong(engine) == []


async def ledgers_that_are_wrong(engine):
    """Return the books whose ledger or reservations do not add up to their levels."""
    statement = text(
        """
        SELECT book_id, on_hand, reserved FROM stock_levels AS s
         WHERE on_hand <> (SELECT coalesce(sum(change), 0) FROM stock_movements AS m WHERE m.book_id = s.book_id)
            OR reserved <> (SELECT coalesce(sum(quantity), 0)
                              FROM reservation_lines AS l JOIN reservations USING (order_id)
                             WHERE l.book_id = s.book_id AND state = 'held')
        """
    )
    async with engine.begin() as connection:
        return (await connection.execute(statement)).all()
