"""Reservations: what order-service asks for, also late, twice and out of order."""

import asyncio
import random
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from service_kit.testing.tokens import TokenMint


@pytest.fixture
async def books(editor: httpx2.AsyncClient) -> list[str]:
    answers = [
        await editor.post("/books", json={"title": f"Book {n}", "author": "A", "price": f"{n}.50", "stock": 5})
        for n in range(3)
    ]
    return [answer.json()["id"] for answer in answers]


@pytest.fixture
def orders(service: httpx2.AsyncClient, mint: TokenMint):
    headers = mint.headers("order-service")

    class Orders:
        async def reserve(self, order_id, lines):
            body = {"lines": [{"book_id": book, "quantity": count} for book, count in lines.items()]}
            return await service.put(f"/internal/reservations/{order_id}", json=body, headers=headers)

        async def release(self, order_id):
            return await service.post(f"/internal/reservations/{order_id}/release", headers=headers)

        async def get(self, order_id):
            return await service.get(f"/internal/reservations/{order_id}", headers=headers)

    return Orders()


async def levels(editor: httpx2.AsyncClient, book_id: str) -> tuple[int, int]:
    stock = (await editor.get(f"/books/{book_id}/stock")).json()
    return stock["on_hand"], stock["reserved"]


async def test_reserving_holds_all_lines_and_tells_title_and_price(editor, books, orders):
    order = uuid4()
    answer = await orders.reserve(order, {books[0]: 2, books[1]: 1})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "held"
    assert [(line["title"], line["unit_price"], line["quantity"]) for line in answer.json()["lines"]] == [
        ("Book 0", "0.50", 2),
        ("Book 1", "1.50", 1),
    ]
    assert await levels(editor, books[0]) == (5, 2)
    assert (await editor.get(f"/books/{books[0]}")).json()["available"] == 3


def short(book_id, problem, *, title, wanted=1, available=0):
    return {"book_id": book_id, "problem": problem, "title": title, "wanted": wanted, "available": available}


async def test_one_short_line_holds_nothing_and_each_short_line_is_named(editor, books, orders):
    unknown = str(uuid4())
    await editor.delete(f"/books/{books[2]}")
    answer = await orders.reserve(uuid4(), {books[0]: 1, books[1]: 6, books[2]: 1, unknown: 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    by_book = {line["book_id"]: line for line in answer.json()["lines"]}
    assert by_book == {
        books[1]: short(books[1], "insufficient_stock", title="Book 1", wanted=6, available=5),
        books[2]: short(books[2], "archived_book", title="Book 2"),
        unknown: short(unknown, "unknown_book", title=None),
    }
    assert await levels(editor, books[0]) == (5, 0)


async def test_asking_again_gives_the_same_answer_and_other_lines_conflict(editor, books, orders):
    order = uuid4()
    first = await orders.reserve(order, {books[0]: 2})
    await editor.patch(f"/books/{books[0]}", json={"price": "99.00", "title": "Dearer"})
    again = await orders.reserve(order, {books[0]: 2})
    assert again.json() == first.json()
    assert await levels(editor, books[0]) == (5, 2)
    other = await orders.reserve(order, {books[0]: 3})
    assert (other.status_code, other.json()["code"]) == (409, "reservation_conflict")


async def test_a_refusal_stays_a_refusal_even_when_copies_arrive(editor, books, orders):
    order = uuid4()
    first = await orders.reserve(order, {books[0]: 9})
    await editor.post(f"/books/{books[0]}/stock", json={"change": 10, "reason": "Delivery"})
    again = await orders.reserve(order, {books[0]: 9})
    assert (again.status_code, again.json()["lines"]) == (409, first.json()["lines"])
    assert await levels(editor, books[0]) == (15, 0)


async def test_a_release_gives_the_copies_back_once(editor, books, orders):
    order = uuid4()
    await orders.reserve(order, {books[0]: 2, books[1]: 5})
    answers = await asyncio.gather(*(orders.release(order) for _ in range(5)))
    assert {(answer.status_code, answer.json()["state"]) for answer in answers} == {(200, "released")}
    assert await levels(editor, books[0]) == (5, 0)
    assert await levels(editor, books[1]) == (5, 0)


async def test_a_release_that_overtakes_its_reserve_refuses_it(editor, books, orders):
    order = uuid4()
    assert (await orders.release(order)).json()["state"] == "released"
    late = await orders.reserve(order, {books[0]: 1})
    assert (late.status_code, late.json()["code"]) == (409, "reservation_released")
    assert await levels(editor, books[0]) == (5, 0)


async def test_the_last_copies_go_to_exactly_as_many_orders(editor, books, orders):
    answers = await asyncio.gather(*(orders.reserve(uuid4(), {books[0]: 1}) for _ in range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 35
    assert await levels(editor, books[0]) == (5, 5)


async def test_orders_of_many_books_in_any_sequence_do_not_deadlock(editor, books, orders):
    for book in books:
        await editor.post(f"/books/{book}/stock", json={"change": 100, "reason": "Delivery"})
    chance = random.Random(7)

    async def one_order() -> httpx2.Response:
        return await orders.reserve(uuid4(), dict.fromkeys(chance.sample(books, 3), 1))

    answers = await asyncio.gather(*(one_order() for _ in range(60)))
    assert {answer.status_code for answer in answers} == {200}
    assert [await levels(editor, book) for book in books] == [(105, 60)] * 3


async def test_the_same_reservation_sent_twice_at_once_is_held_once(editor, books, orders):
    order = uuid4()
    answers = await asyncio.gather(*(orders.reserve(order, {books[0]: 2}) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert await levels(editor, books[0]) == (5, 2)


async def test_copies_that_are_promised_cannot_be_written_off(editor, books, orders):
    await orders.reserve(uuid4(), {books[0]: 4})
    answer = await editor.post(f"/books/{books[0]}/stock", json={"change": -2, "reason": "Stolen"})
    assert (answer.status_code, answer.json()["reserved"], answer.json()["on_hand"]) == (409, 4, 5)


async def test_offers_tell_price_and_availability_of_what_is_in_the_catalogue(editor, books, orders, mint, service):
    await orders.reserve(uuid4(), {books[0]: 4})
    await editor.delete(f"/books/{books[2]}")
    wanted = {"book_ids": [*books, str(uuid4())]}
    answer = (await service.post("/internal/offers", json=wanted, headers=mint.headers("order-service"))).json()
    assert answer["currency"] == "GBP"
    assert {offer["book_id"]: (offer["unit_price"], offer["available"]) for offer in answer["offers"]} == {
        books[0]: ("0.50", 1),
        books[1]: ("1.50", 5),
    }


@pytest.mark.parametrize("role", ["customer", "admin"])
async def test_people_may_not_reserve(service, mint, role):
    for method, path in (("PUT", f"/internal/reservations/{uuid4()}"), ("POST", "/internal/offers")):
        answer = await service.request(method, path, json={"lines": [], "book_ids": []}, headers=mint.headers(role))
        assert answer.status_code == 403


async def test_an_unknown_reservation_is_404(orders):
    assert (await orders.get(uuid4())).json()["code"] == "reservation_not_found"


async def asked_while_being_released(ask, order_id, book_id, database_url):
    """Send a request that waits for the release of an order; PostgreSQL first sees the row as it was before."""
    connection = await asyncpg.connect(database_url)
    observer = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("UPDATE stock_levels SET reserved = 0 WHERE book_id = $1", book_id)
            await connection.execute("UPDATE reservations SET state = 'released' WHERE order_id = $1", order_id)
            request = asyncio.create_task(ask)
            waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid)))"
            async with asyncio.timeout(20):
                while not await observer.fetchval(waiting, connection.get_server_pid()):  # noqa: ASYNC110
                    await asyncio.sleep(0)
        return await request
    finally:
        await connection.close()
        await observer.close()


async def test_copies_that_become_free_while_a_reserve_waits_for_them_can_be_had(editor, books, orders, database_url):
    first, second = uuid4(), uuid4()
    await orders.reserve(first, {books[0]: 5})
    reserve = orders.reserve(second, {books[0]: 1})
    assert (await asked_while_being_released(reserve, first, books[0], database_url)).status_code == 200
    assert await levels(editor, books[0]) == (5, 1)


async def test_copies_that_become_free_while_a_correction_waits_for_them_can_go(editor, books, orders, database_url):
    order_id = uuid4()
    await orders.reserve(order_id, {books[0]: 5})
    correct = editor.post(f"/books/{books[0]}/stock", json={"change": -2, "reason": "Water damage"})
    assert (await asked_while_being_released(correct, order_id, books[0], database_url)).status_code == 201
    assert await levels(editor, books[0]) == (3, 0)
