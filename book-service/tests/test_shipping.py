"""Copies that leave with an order and come back: what order-service tells when orders are shipped and returned."""

import asyncio
from uuid import uuid4

import httpx2
import pytest

from service_kit.testing.tokens import TokenMint


@pytest.fixture
async def books(editor: httpx2.AsyncClient) -> list[str]:
    answers = [
        await editor.post("/books", json={"title": f"Book {n}", "author": "A", "price": f"{n}.50", "stock": 5})
        for n in range(2)
    ]
    return [answer.json()["id"] for answer in answers]


@pytest.fixture
def tell(service: httpx2.AsyncClient, mint: TokenMint):
    """Give a function that tells of an order what has become of it."""

    async def post(order_id, what):
        headers = mint.headers("order-service", account_id="order-service")
        return await service.post(f"/internal/reservations/{order_id}/{what}", headers=headers)

    return post


@pytest.fixture
def hold(service: httpx2.AsyncClient, mint: TokenMint):
    """Give a function that has copies held for a new order, and returns the order's id."""

    async def reserve(lines):
        order_id = uuid4()
        body = {"lines": [{"book_id": book, "quantity": count} for book, count in lines.items()]}
        answer = await service.put(
            f"/internal/reservations/{order_id}",
            json=body,
            headers=mint.headers("order-service", account_id="order-service"),
        )
        assert answer.status_code in {200, 409}
        return order_id

    return reserve


@pytest.fixture
def stock_of(editor: httpx2.AsyncClient):
    """Give a function that reads a book's levels, having seen that the ledger leads to them."""

    async def read(book_id):
        ledger = (await editor.get(f"/books/{book_id}/stock", params={"limit": 100})).json()
        assert sum(row["change"] for row in ledger["items"]) == ledger["on_hand"] == ledger["items"][0]["on_hand_after"]
        return ledger["on_hand"], ledger["reserved"]

    return read


async def newest(editor, book_id, *, of=1):
    """Return the newest rows of a book's ledger, newest first, without what differs from test to test."""
    rows = (await editor.get(f"/books/{book_id}/stock")).json()["items"][:of]
    return [{name: row[name] for name in ("change", "kind", "reason", "order_id", "actor")} for row in rows]


async def test_shipped_copies_leave_the_shelf_and_the_ledger_says_so(editor, books, hold, tell, stock_of):
    order = await hold({books[0]: 2, books[1]: 5})
    answer = await tell(order, "commit")
    assert (answer.status_code, answer.json()["state"]) == (200, "committed")
    assert [line["quantity"] for line in answer.json()["lines"]] == [2, 5]
    assert [await stock_of(book) for book in books] == [(3, 0), (0, 0)]
    sold = {"kind": "sold", "reason": "Order shipped", "order_id": str(order), "actor": "order-service"}
    assert await newest(editor, books[0]) == [sold | {"change": -2}]
    assert await newest(editor, books[1]) == [sold | {"change": -5}]
    assert (await editor.get(f"/books/{books[0]}")).json()["available"] == 3


async def test_returned_copies_are_back_on_the_shelf_and_the_ledger_says_so(editor, books, hold, tell, stock_of):
    order = await hold({books[0]: 2})
    await tell(order, "commit")
    answer = await tell(order, "return")
    assert (answer.status_code, answer.json()["state"]) == (200, "returned")
    assert await stock_of(books[0]) == (5, 0)
    ours = {"order_id": str(order), "actor": "order-service"}
    assert await newest(editor, books[0], of=2) == [
        ours | {"change": 2, "kind": "returned", "reason": "Order returned"},
        ours | {"change": -2, "kind": "sold", "reason": "Order shipped"},
    ]


async def test_shipping_and_returning_again_gives_the_same_answer_and_moves_nothing(books, hold, tell, stock_of):
    order = await hold({books[0]: 2})
    first = await tell(order, "commit")
    assert (await tell(order, "commit")).json() == first.json()
    assert await stock_of(books[0]) == (3, 0)
    first = await tell(order, "return")
    assert (await tell(order, "return")).json() == first.json()
    assert await stock_of(books[0]) == (5, 0)


async def test_a_commit_that_is_repeated_after_the_return_moves_nothing(books, hold, tell, stock_of):
    order = await hold({books[0]: 2})
    await tell(order, "commit")
    await tell(order, "return")
    late = await tell(order, "commit")
    assert (late.status_code, late.json()["state"]) == (200, "returned")
    assert await stock_of(books[0]) == (5, 0)


async def test_sent_many_times_at_once_it_happens_once(books, hold, tell, stock_of):
    order = await hold({books[0]: 2, books[1]: 1})
    for what, left in (("commit", [(3, 0), (4, 0)]), ("return", [(5, 0), (5, 0)])):
        answers = await asyncio.gather(*(tell(order, what) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert [await stock_of(book) for book in books] == left


async def test_orders_of_the_same_books_are_shipped_at_once_without_a_deadlock(editor, books, hold, tell, stock_of):
    for book in books:
        await editor.post(f"/books/{book}/stock", json={"change": 95, "reason": "Delivery"})
    orders = [await hold(dict.fromkeys(books[:: 1 if n % 2 else -1], 2)) for n in range(20)]
    for what, left in (("commit", (60, 0)), ("return", (100, 0))):
        answers = await asyncio.gather(*(tell(order, what) for order in orders))
        assert {answer.status_code for answer in answers} == {200}
        assert [await stock_of(book) for book in books] == [left, left]


async def test_of_a_commit_and_a_release_exactly_one_wins(books, hold, tell, stock_of):
    for n in range(10):
        order = await hold({books[0]: 1})
        before = await stock_of(books[0])
        whats = ("commit", "release") if n % 2 else ("release", "commit")
        answers = dict(zip(whats, await asyncio.gather(*(tell(order, what) for what in whats)), strict=True))
        assert sorted(answer.status_code for answer in answers.values()) == [200, 409]
        if answers["commit"].status_code == 200:
            assert answers["release"].json()["code"] == "reservation_committed"
            assert await stock_of(books[0]) == (before[0] - 1, before[1] - 1)
            await tell(order, "return")
        else:
            assert answers["commit"].json()["code"] == "reservation_not_held"
            assert await stock_of(books[0]) == (before[0], before[1] - 1)


async def test_what_is_not_held_is_not_shipped(books, hold, tell, stock_of):
    released, refused = await hold({books[0]: 2}), await hold({books[0]: 9})
    await tell(released, "release")
    for order, state in ((uuid4(), None), (released, "released"), (refused, "refused")):
        answer = await tell(order, "commit")
        assert (answer.status_code, answer.json()["code"]) == (409, "reservation_not_held")
        assert answer.json()["state"] == state
    assert await stock_of(books[0]) == (5, 0)


async def test_a_commit_of_an_unknown_order_leaves_nothing_behind(books, tell, service, mint, stock_of):
    order, headers = uuid4(), mint.headers("order-service", account_id="order-service")
    await tell(order, "commit")
    body = {"lines": [{"book_id": books[0], "quantity": 1}]}
    answer = await service.put(f"/internal/reservations/{order}", json=body, headers=headers)
    assert answer.json()["state"] == "held"
    assert await stock_of(books[0]) == (5, 1)


async def test_what_was_not_shipped_is_not_returned(books, hold, tell, stock_of):
    held, released = await hold({books[0]: 2}), await hold({books[0]: 1})
    refused = await hold({books[0]: 9})
    await tell(released, "release")
    for order, state in ((uuid4(), None), (held, "held"), (released, "released"), (refused, "refused")):
        answer = await tell(order, "return")
        assert (answer.status_code, answer.json()["code"]) == (409, "reservation_not_committed")
        assert answer.json()["state"] == state
    assert await stock_of(books[0]) == (5, 2)


@pytest.mark.parametrize("came_back", [False, True])
async def test_shipped_copies_are_not_released(books, hold, tell, stock_of, came_back):
    order = await hold({books[0]: 2})
    await tell(order, "commit")
    if came_back:
        await tell(order, "return")
    answer = await tell(order, "release")
    assert (answer.status_code, answer.json()["code"]) == (409, "reservation_committed")
    assert await stock_of(books[0]) == ((5, 0) if came_back else (3, 0))


async def test_what_is_left_after_shipping_can_be_written_off_and_no_more(editor, books, hold, tell, stock_of):
    first, _second = await hold({books[0]: 2}), await hold({books[0]: 1})
    await tell(first, "commit")
    too_much = await editor.post(f"/books/{books[0]}/stock", json={"change": -3, "reason": "Stolen"})
    assert (too_much.status_code, too_much.json()["on_hand"], too_much.json()["reserved"]) == (409, 3, 1)
    assert (await editor.post(f"/books/{books[0]}/stock", json={"change": -2, "reason": "Stolen"})).status_code == 201
    assert await stock_of(books[0]) == (1, 1)


async def test_copies_of_a_book_that_was_archived_meanwhile_leave_and_come_back(editor, books, hold, tell, stock_of):
    order = await hold({books[0]: 2})
    await editor.delete(f"/books/{books[0]}")
    assert (await tell(order, "commit")).json()["state"] == "committed"
    assert await stock_of(books[0]) == (3, 0)
    assert (await tell(order, "return")).json()["state"] == "returned"
    assert await stock_of(books[0]) == (5, 0)


async def test_a_return_past_what_can_be_counted_is_refused_whole(editor, books, hold, tell, stock_of):
    order = await hold({books[0]: 5, books[1]: 5})
    await tell(order, "commit")
    for _ in range(10):
        await editor.post(f"/books/{books[1]}/stock", json={"change": 10**6, "reason": "Very many"})
    answer = await tell(order, "return")
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_high")
    assert [await stock_of(book) for book in books] == [(0, 0), (10**7, 0)]
    await editor.post(f"/books/{books[1]}/stock", json={"change": -5, "reason": "Counted"})
    assert (await tell(order, "return")).json()["state"] == "returned"


@pytest.mark.parametrize("what", ["commit", "return"])
@pytest.mark.parametrize("role", ["customer", "admin"])
async def test_people_may_not_ship_past_the_orders(service, mint, role, what):
    answer = await service.post(f"/internal/reservations/{uuid4()}/{what}", headers=mint.headers(role))
    assert answer.status_code == 403
