"""Copies that are lost while orders hold them: they leave the shelf in the step that releases them."""

import asyncio
from uuid import uuid4

import httpx2
import pytest

from service_kit.testing.tokens import TokenMint

UNKNOWN = "019a0000-0000-7000-8000-000000000000"


@pytest.fixture
async def books(editor: httpx2.AsyncClient) -> list[str]:
    answers = [await editor.post("/books", json={"title": f"Book {n}", "price": "1.00", "stock": 5}) for n in range(2)]
    return [answer.json()["id"] for answer in answers]


@pytest.fixture
def shop(editor: httpx2.AsyncClient, mint: TokenMint):
    headers = mint.headers("order-service", account_id="order-service")

    class Shop:
        async def reserve(self, lines, order=None):
            body = {"lines": [{"book_id": book, "quantity": count} for book, count in lines.items()]}
            return await editor.put(f"/internal/reservations/{order or uuid4()}", json=body, headers=headers)

        async def hold(self, lines):
            return (await self.reserve(lines)).json()["order_id"]

        async def tell(self, order, what, body=None):
            return await editor.post(f"/internal/reservations/{order}/{what}", json=body, headers=headers)

        async def lose(self, order, book_id, quantity, but=()):
            lost = {"book_id": book_id, "quantity": quantity, "reason": "Stolen", "actor": "staff-7"} | dict(but)
            return await self.tell(order, "release", {"write_off": lost})

        async def restock(self, book_id):
            await editor.post(f"/books/{book_id}/stock", json={"change": 5, "reason": "Delivery"})

        async def levels(self, book_id):
            stock = (await editor.get(f"/books/{book_id}/stock", params={"limit": 100})).json()
            assert stock["on_hand"] == sum(row["change"] for row in stock["items"])
            return stock["on_hand"], stock["reserved"]

        async def newest(self, book_id):
            return (await editor.get(f"/books/{book_id}/stock")).json()["items"][0]

    return Shop()


async def test_lost_copies_leave_the_shelf_with_the_release_and_the_ledger_says_whose_they_were(books, shop):
    order = await shop.hold({books[0]: 3, books[1]: 1})
    answer = await shop.lose(order, books[0], 2)
    assert (answer.status_code, answer.json()["state"], answer.json()["written_off"]) == (200, "released", 2)
    assert [line["quantity"] for line in answer.json()["lines"]] == [3, 1]
    assert [await shop.levels(book) for book in books] == [(3, 0), (5, 0)]
    row = await shop.newest(books[0])
    told = {name: row[name] for name in ("change", "kind", "reason", "order_id", "actor")}
    assert told == {"change": -2, "kind": "correction", "reason": "Stolen", "order_id": order, "actor": "staff-7"}


async def test_told_again_nothing_more_is_lost(books, shop):
    order = await shop.hold({books[0]: 3})
    answers = await asyncio.gather(*(shop.lose(order, books[0], 2) for _ in range(6)))
    assert {(answer.status_code, answer.json()["state"]) for answer in answers} == {(200, "released")}
    assert sorted(answer.json()["written_off"] for answer in answers) == [0, 0, 0, 0, 0, 2]
    assert await shop.levels(books[0]) == (3, 0)


async def test_no_more_is_lost_than_is_free_then(books, shop):
    await shop.hold({books[0]: 2})
    order = await shop.hold({books[0]: 1})
    assert (await shop.lose(order, books[0], 100)).json()["written_off"] == 3
    assert await shop.levels(books[0]) == (2, 2)
    another = await shop.hold({books[1]: 1})
    assert (await shop.lose(another, books[0], 1)).json()["written_off"] == 0
    assert [await shop.levels(book) for book in books] == [(2, 2), (5, 0)]


async def test_a_release_without_a_loss_says_so(books, shop):
    order = await shop.hold({books[0]: 1})
    assert (await shop.tell(order, "release")).json()["written_off"] == 0
    assert (await shop.tell(uuid4(), "release", {"write_off": None})).json()["written_off"] == 0


async def test_of_an_order_that_holds_nothing_nothing_is_lost(books, shop):
    unheard, refused, shipped = str(uuid4()), str(uuid4()), await shop.hold({books[1]: 1})
    await shop.reserve({books[0]: 9}, refused)
    await shop.tell(shipped, "commit")
    assert (await shop.lose(unheard, books[0], 1)).json()["written_off"] == 0
    assert (await shop.reserve({books[0]: 1}, unheard)).json()["code"] == "reservation_released"
    assert (await shop.lose(refused, books[0], 1)).json()["state"] == "refused"
    assert (await shop.lose(shipped, books[0], 1)).json()["code"] == "reservation_committed"
    assert await shop.levels(books[0]) == (5, 0)


@pytest.mark.parametrize(
    "lost",
    [
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 1.5},
        {"quantity": "2"},
        {"quantity": True},
        {"quantity": 10**9},
        {"reason": " "},
        {"reason": "x" * 301},
        {"actor": ""},
        {"book_id": "x"},
    ],
)
async def test_a_loss_that_makes_no_sense_is_refused_and_releases_nothing(books, shop, lost):
    order = await shop.hold({books[0]: 3})
    assert (await shop.lose(order, books[0], 1, but=lost)).status_code == 422
    assert await shop.levels(books[0]) == (5, 3)


async def test_a_loss_of_an_unknown_book_releases_nothing(books, shop):
    order = await shop.hold({books[0]: 3})
    assert (await shop.lose(order, UNKNOWN, 1)).json()["code"] == "book_not_found"
    assert await shop.levels(books[0]) == (5, 3)


async def test_nobody_buys_lost_copies_between_their_release_and_their_loss(books, shop):
    for _ in range(8):
        order = await shop.hold({books[0]: (await shop.levels(books[0]))[0]})
        count = (await shop.levels(books[0]))[1]
        wishes = [shop.reserve({books[0]: 1}) for _ in range(6)]
        answers = await asyncio.gather(*wishes[:3], shop.lose(order, books[0], count), *wishes[3:])
        assert answers[3].json()["written_off"] == count
        assert await shop.levels(books[0]) == (0, 0)
        assert {answer.status_code for answer in answers[:3] + answers[4:]} == {409}
        await shop.restock(books[0])
