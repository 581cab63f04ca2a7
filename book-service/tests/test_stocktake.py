"""Counting copies while the shop stays open."""

import asyncio
import datetime as dt
import random
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from service_kit.testing.tokens import TokenMint

KEY = {"Idempotency-Key": '"0d3f4a52-4f0e-4f6c-9a53-3f3c8f0f5d11"'}
UNKNOWN = "019a0000-0000-7000-8000-000000000000"
ISBNS = ["9780156949606", "9780141182636", "9780156628709"]


@pytest.fixture
async def books(editor: httpx2.AsyncClient) -> list[str]:
    """Give three books with ten copies each."""
    answers = [
        await editor.post("/books", json={"title": f"Book {n}", "price": "1.00", "stock": 10, "isbn": isbn})
        for n, isbn in enumerate(ISBNS)
    ]
    return [answer.json()["id"] for answer in answers]


@pytest.fixture
def shop(editor: httpx2.AsyncClient, mint: TokenMint):
    headers = mint.headers("order-service", account_id="order-service")

    class Shop:
        async def hold(self, book_id, quantity):
            order = str(uuid4())
            await editor.put(
                f"/internal/reservations/{order}",
                json={"lines": [{"book_id": book_id, "quantity": quantity}]},
                headers=headers,
            )
            return order

        async def tell(self, order, what):
            return await editor.post(f"/internal/reservations/{order}/{what}", headers=headers)

        async def ship(self, book_id, quantity):
            assert (await self.tell(await self.hold(book_id, quantity), "commit")).status_code == 200

        async def stock(self, book_id):
            return (await editor.get(f"/books/{book_id}/stock", params={"limit": 100})).json()

        async def add(self, book_id, change):
            return await editor.post(f"/books/{book_id}/stock", json={"change": change, "reason": "Delivery"})

        async def count(self, book_id, counted, **more):
            headers = more.pop("headers", {})
            return await editor.post(f"/books/{book_id}/stock/count", json={"counted": counted} | more, headers=headers)

        async def take_stock(self, *counts, headers=None, **more):
            return await editor.post("/books/stocktake", json={"counts": list(counts)} | more, headers=headers)

    return Shop()


def levels(stock):
    return stock["on_hand"], stock["reserved"]


async def test_a_count_corrects_the_stock_and_the_ledger_says_so(books, shop):
    answer = await shop.count(books[0], 8, note="Shelf B")
    body = answer.json()
    assert answer.status_code == 201, answer.text
    arithmetic = {"counted": 8, "expected": 10, "moved_since": 0, "correction": -2}
    assert body == arithmetic | {"on_hand": 8, "reserved": 0, "available": 8, "movement": body["movement"]}
    stock = await shop.stock(books[0])
    assert stock["items"][0] == body["movement"]
    row = {name: stock["items"][0][name] for name in ("change", "kind", "reason", "on_hand_after")}
    assert row == {"change": -2, "kind": "correction", "reason": "Stocktake: 8 counted. Shelf B", "on_hand_after": 8}
    assert stock["as_of"] == stock["items"][0]["id"]


async def test_a_count_that_finds_what_the_ledger_says_writes_nothing(books, shop):
    before = await shop.stock(books[0])
    answer = await shop.count(books[0], 10)
    assert (answer.status_code, answer.json()["correction"], answer.json()["movement"]) == (201, 0, None)
    assert await shop.stock(books[0]) == before


@pytest.mark.parametrize("by", ["as_of", "counted_at"])
async def test_what_moved_after_the_count_was_made_is_taken_into_account(books, shop, by):
    as_of = (await shop.stock(books[0]))["as_of"]
    counted_at = dt.datetime.now(dt.UTC).isoformat()
    await shop.ship(books[0], 3)
    await shop.add(books[0], 5)
    await shop.add(books[1], 7)
    moment = {"as_of": as_of} if by == "as_of" else {"counted_at": counted_at}
    body = (await shop.count(books[0], 9, **moment)).json()
    assert (body["expected"], body["moved_since"], body["correction"]) == (10, 2, -1)
    assert levels(await shop.stock(books[0])) == (11, 0)
    assert levels(await shop.stock(books[1])) == (17, 0)


async def test_a_count_as_of_an_empty_ledger_takes_all_of_it_into_account(editor, shop):
    book = (await editor.post("/books", json={"title": "Empty", "price": "1.00"})).json()["id"]
    assert (await shop.stock(book))["as_of"] == 0
    await shop.add(book, 4)
    assert (await shop.count(book, 1, as_of=0)).json()["on_hand"] == 5


async def test_a_count_does_not_take_promised_copies_and_names_the_orders_that_hold_them(books, shop, editor):
    orders = [await shop.hold(books[0], 2), await shop.hold(books[0], 3)]
    before = await shop.stock(books[0])
    problem = (await shop.count(books[0], 4)).json()
    assert (problem["status"], problem["code"]) == (409, "stock_below_reserved")
    told = {name: problem[name] for name in ("on_hand", "reserved", "available", "correction", "expected")}
    assert told == {"on_hand": 10, "reserved": 5, "available": 5, "correction": -6, "expected": 10}
    assert [(order["order_id"], order["quantity"]) for order in problem["orders"]] == [(orders[1], 3), (orders[0], 2)]
    holders = (await editor.get(f"/books/{books[0]}/stock/reservations")).json()
    assert holders == {"items": problem["orders"], "total": 2}
    loss = (await editor.post(f"/books/{books[0]}/stock", json={"change": -6, "reason": "Stolen"})).json()
    assert (loss["code"], loss["orders"], loss["available"]) == ("stock_below_reserved", problem["orders"], 5)
    assert await shop.stock(books[0]) == before
    await shop.tell(orders[1], "release")
    assert (await shop.count(books[0], 4)).json()["on_hand"] == 4
    held = (await editor.get(f"/books/{books[0]}/stock/reservations")).json()
    assert [order["order_id"] for order in held["items"]] == [orders[0]]


async def test_a_count_that_is_sent_again_with_its_key_is_applied_once(books, shop):
    as_of = (await shop.stock(books[0]))["as_of"]
    answers = await asyncio.gather(*(shop.count(books[0], 7, as_of=as_of, headers=KEY) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert levels(await shop.stock(books[0])) == (7, 0)
    assert (await shop.count(books[0], 6, as_of=as_of, headers=KEY)).json()["code"] == "idempotency_key_reused"
    lines = [{"book_id": book, "counted": 5} for book in books[1:]]
    key = {"Idempotency-Key": '"another"'}
    answers = await asyncio.gather(*(shop.take_stock(*lines, headers=key) for _ in range(4)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert [(await shop.stock(book))["total"] for book in books[1:]] == [2, 2]


async def test_counts_of_one_book_that_cross_sales_and_each_other_leave_the_shelf_right(books, shop):
    """Three people count 98 of a hundred copies; what is sold meanwhile makes no difference."""
    chance = random.Random(5)
    await shop.add(books[0], 90)
    as_of = (await shop.stock(books[0]))["as_of"]
    held = [await shop.hold(books[0], 1) for _ in range(40)]
    requests = [lambda order=order: shop.tell(order, chance.choice(["commit", "commit", "release"])) for order in held]
    requests += [lambda: shop.hold(books[0], 1) for _ in range(10)]
    requests += [lambda: shop.count(books[0], 98, as_of=as_of)]
    requests += [lambda: shop.take_stock({"isbn": ISBNS[0], "counted": 98, "as_of": as_of}) for _ in range(2)]
    chance.shuffle(requests)
    answers = await asyncio.gather(*(request() for request in requests))
    assert {getattr(answer, "status_code", 200) for answer in answers} == {200, 201}
    stock = await shop.stock(books[0])
    sold = -sum(row["change"] for row in stock["items"] if row["kind"] == "sold")
    assert [row["change"] for row in stock["items"] if row["kind"] == "correction"] == [-2]
    assert levels(stock) == (98 - sold, 10)
    assert stock["on_hand"] == sum(row["change"] for row in stock["items"])


@pytest.mark.parametrize("by", ["as_of", "counted_at"])
async def test_a_count_waits_for_a_sale_that_is_under_way_and_takes_it_into_account(books, shop, stock_locked, by):
    as_of, counted_at = (await shop.stock(books[0]))["as_of"], dt.datetime.now(dt.UTC).isoformat()
    moment = {"as_of": as_of} if by == "as_of" else {"counted_at": counted_at}
    async with stock_locked(books[0], on_hand=-2) as is_waited_for:
        request = asyncio.create_task(shop.count(books[0], 9, **moment))
        await is_waited_for()
    body = (await request).json()
    assert (body["expected"], body["moved_since"], body["correction"], body["on_hand"]) == (10, -2, -1, 7)
    assert levels(await shop.stock(books[0])) == (7, 0)


async def test_a_sale_is_later_than_a_count_that_was_made_after_its_transaction_had_begun(books, shop, engine):
    async with engine.begin() as connection:
        await connection.execute(text("SELECT now()"))
        counted_at = dt.datetime.now(dt.UTC).isoformat()
        await connection.execute(
            text("UPDATE stock_levels SET on_hand = 8 WHERE book_id = :id"), {"id": UUID(books[0])}
        )
        write = "INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)"
        await connection.execute(text(f"{write} VALUES (:id, -2, 'sold', 'Sold', 'test', 8)"), {"id": UUID(books[0])})
    assert (await shop.count(books[0], 10, counted_at=counted_at)).json()["correction"] == 0


async def test_each_book_of_a_stocktake_is_corrected_by_itself(books, shop):
    order = await shop.hold(books[1], 6)
    stocks = [await shop.stock(book) for book in books]
    await shop.ship(books[2], 2)
    answer = await shop.take_stock(
        {"book_id": books[0], "counted": 11},
        {"isbn": "0-14-118263-6", "counted": 5, "as_of": stocks[1]["as_of"]},
        {"isbn": ISBNS[2], "counted": 10, "as_of": stocks[2]["as_of"]},
        {"book_id": UNKNOWN, "counted": 1},
        {"isbn": "9780141439518", "counted": 1},
        note="All shelves",
    )
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [(line["ok"], line["code"], line["correction"], line["on_hand"]) for line in results] == [
        (True, None, 1, 11),
        (False, "stock_below_reserved", -5, 10),
        (True, None, 0, 8),
        (False, "book_not_found", None, None),
        (False, "book_not_found", None, None),
    ]
    assert [(line["book_id"], line["isbn13"], line["title"]) for line in results] == [
        (books[0], ISBNS[0], "Book 0"),
        (books[1], ISBNS[1], "Book 1"),
        (books[2], ISBNS[2], "Book 2"),
        (UNKNOWN, None, None),
        (None, "9780141439518", None),
    ]
    assert [held["order_id"] for held in results[1]["orders"]] == [order]
    assert results[1]["title_of_problem"]
    assert (results[2]["expected"], results[2]["moved_since"]) == (10, -2)
    after = [await shop.stock(book) for book in books]
    assert [stock["on_hand"] for stock in after] == [11, 10, 8]
    assert after[0]["items"][0]["reason"] == "Stocktake: 11 counted. All shelves"


async def test_an_archived_book_is_counted_for_its_copies_are_still_there(books, shop, editor):
    await editor.delete(f"/books/{books[0]}")
    assert (await shop.count(books[0], 9)).json()["on_hand"] == 9
    assert (await shop.take_stock({"isbn": ISBNS[0], "counted": 0})).json()["results"][0]["ok"] is True


async def test_of_two_counts_of_the_same_moment_the_later_is_believed_and_losses_in_between_are_no_counts(books, shop):
    as_of = (await shop.stock(books[0]))["as_of"]
    await shop.add(books[0], -3)
    assert (await shop.count(books[0], 8, as_of=as_of)).json()["on_hand"] == 5
    again = (await shop.count(books[0], 9, as_of=as_of)).json()
    assert (again["expected"], again["moved_since"], again["correction"], again["on_hand"]) == (8, -3, 1, 6)


@pytest.mark.parametrize("number", ["-1", "1.5", "10.0", "1e8", "1" * 30, "true", '"5"', "null", "[]", "NaN", "-0.0"])
async def test_what_is_no_number_of_copies_is_refused(books, shop, editor, number):
    before = await shop.stock(books[0])
    kind = {"Content-Type": "application/json"}
    one = await editor.post(f"/books/{books[0]}/stock/count", content=f'{{"counted": {number}}}', headers=kind)
    assert (one.status_code, one.json()["errors"][0]["loc"]) == (422, ["body", "counted"])
    line = (
        f'{{"counts": [{{"book_id": "{books[1]}", "counted": 1}}, {{"book_id": "{books[0]}", "counted": {number}}}]}}'
    )
    many = await editor.post("/books/stocktake", content=line, headers=kind)
    assert (many.status_code, many.json()["errors"][0]["loc"]) == (422, ["body", "counts", 1, "counted"])
    assert await shop.stock(books[0]) == before
    assert levels(await shop.stock(books[1])) == (10, 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"as_of": -1}, "invalid_input"),
        ({"as_of": 1.5}, "invalid_input"),
        ({"as_of": "1"}, "invalid_input"),
        ({"as_of": 2**63}, "invalid_input"),
        ({"as_of": 2**63 - 1}, "unknown_as_of"),
        ({"as_of": "of another book"}, "unknown_as_of"),
        ({"counted_at": "2020-01-01T00:00:00"}, "invalid_input"),
        ({"counted_at": "yesterday"}, "invalid_input"),
        ({"counted_at": "0001-01-01T00:00:00+23:59"}, "counted_before_book"),
        ({"counted_at": "2020-01-01T00:00:00Z"}, "counted_before_book"),
        ({"counted_at": "9999-12-31T23:59:59-23:59"}, "counted_in_future"),
        ({"counted_at": "in two minutes"}, "counted_in_future"),
        ({"as_of": 0, "counted_at": "2020-01-01T00:00:00Z"}, "invalid_input"),
        ({"note": "x" * 201}, "invalid_input"),
        ({"note": "a\x00b"}, "invalid_input"),
        ({"on_hand": 3}, "invalid_input"),
    ],
)
async def test_a_moment_that_makes_no_sense_is_refused(books, shop, more, code):
    before = await shop.stock(books[0])
    if more.get("as_of") == "of another book":
        more = {"as_of": (await shop.stock(books[1]))["as_of"]}
    if more.get("counted_at") == "in two minutes":
        more = {"counted_at": (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)).isoformat()}
    answer = await shop.count(books[0], 3, **more)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await shop.stock(books[0]) == before


async def test_a_clock_that_is_a_little_ahead_counts_now(books, shop):
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)).isoformat()
    assert (await shop.count(books[0], 3, counted_at=ahead)).json()["on_hand"] == 3


@pytest.mark.parametrize(
    ("lines", "loc"),
    [
        ([], ["body", "counts"]),
        ([{"isbn": ISBNS[0], "counted": 1}] * 501, ["body", "counts"]),
        ([{"isbn": ISBNS[0], "counted": 1}] * 10_000, ["body", "counts"]),
        ([{"counted": 1}], ["body", "counts", 0]),
        ([{"isbn": ISBNS[0], "book_id": UNKNOWN, "counted": 1}], ["body", "counts", 0]),
        ([{"isbn": "9780156949607", "counted": 1}], ["body", "counts", 0, "isbn"]),
        ([{"book_id": "7", "counted": 1}], ["body", "counts", 0, "book_id"]),
        ([{"isbn": ISBNS[0], "counted": 1}, {"isbn": "0156949601", "counted": 1}], ["body", "counts", 1, "isbn"]),
        ([{"isbn": ISBNS[0], "counted": 1}, {"book_id": "the same", "counted": 1}], ["body", "counts", 1, "book_id"]),
        ([{"book_id": UNKNOWN, "counted": 1}, {"book_id": UNKNOWN, "counted": 1}], ["body", "counts", 1, "book_id"]),
    ],
)
async def test_a_list_that_makes_no_sense_is_refused_whole(books, shop, lines, loc):
    lines = [line | {"book_id": books[0]} if line.get("book_id") == "the same" else line for line in lines]
    answer = await shop.take_stock(*lines)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, loc)
    assert levels(await shop.stock(books[0])) == (10, 0)


async def test_an_unknown_book_is_not_counted(shop, editor, books):
    del books
    assert (await shop.count(UNKNOWN, 1)).json()["code"] == "book_not_found"
    assert (await editor.get(f"/books/{UNKNOWN}/stock/reservations")).json()["code"] == "book_not_found"


async def test_a_count_past_what_can_be_counted_is_refused(books, shop):
    as_of = (await shop.stock(books[0]))["as_of"]
    await shop.add(books[0], 10)
    answer = await shop.count(books[0], 10**7, as_of=as_of)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_high")
    assert levels(await shop.stock(books[0])) == (20, 0)


async def test_whoever_does_not_keep_stock_does_not_count(books, service, mint):
    headers = mint.headers("customer")
    for method, path in (
        ("POST", f"/books/{books[0]}/stock/count"),
        ("POST", "/books/stocktake"),
        ("GET", "/books/low-stock"),
        ("GET", f"/books/stock-levels?book_id={books[0]}"),
        ("GET", f"/books/{books[0]}/stock/reservations"),
    ):
        answer = await service.request(method, path, json={"counted": 1, "counts": []}, headers=headers)
        assert answer.status_code == 403


async def test_what_runs_low_is_listed_fewest_first_in_pages(editor, books, shop):
    await shop.hold(books[0], 10)
    await shop.ship(books[1], 9)
    await shop.hold(books[2], 8)
    extra = (await editor.post("/books", json={"title": "Gone", "price": "1.00"})).json()["id"]
    archived = (await editor.post("/books", json={"title": "Archived", "price": "1.00"})).json()["id"]
    await editor.delete(f"/books/{archived}")
    first = (await editor.get("/books/low-stock", params={"limit": 3})).json()
    assert [(line["title"], line["available"]) for line in first["items"]] == [
        ("Book 0", 0),
        ("Gone", 0),
        ("Book 1", 1),
    ]
    assert (first["total"], first["items"][1]["book_id"]) == (4, extra)
    sold = {line["title"]: (line["on_hand"], line["reserved"], line["sold_30_days"]) for line in first["items"]}
    assert sold == {"Book 0": (10, 10, 0), "Gone": (0, 0, 0), "Book 1": (1, 0, 9)}
    second = (await editor.get("/books/low-stock", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [line["title"] for line in second["items"]] == ["Book 2"]
    back = (await editor.get("/books/low-stock", params={"limit": 3, "cursor": second["prev_cursor"]})).json()
    assert back["items"] == first["items"]
    none_left = (await editor.get("/books/low-stock/", params={"at_most": 0})).json()
    assert [line["title"] for line in none_left["items"]] == ["Book 0", "Gone"]
    for query in ({"at_most": 0, "cursor": first["next_cursor"]}, {"cursor": "x"}):
        assert (await editor.get("/books/low-stock", params=query)).json()["code"] == "invalid_cursor"
    for at_most in (-1, "x", 10**9, "nan"):
        assert (await editor.get("/books/low-stock", params={"at_most": at_most})).status_code == 422


async def test_old_sales_are_not_counted_as_lately_sold(editor, books, shop, engine):
    await shop.ship(books[0], 9)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only"))
        await connection.execute(text("UPDATE stock_movements SET created_at = now() - interval '31 days'"))
        await connection.execute(text("ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only"))
    assert [line["sold_30_days"] for line in (await editor.get("/books/low-stock")).json()["items"]] == [0]


async def test_the_gauges_tell_what_is_held(service, books, shop, application):
    await shop.tell(await shop.hold(books[0], 4), "release")
    await shop.hold(books[0], 2)
    await shop.hold(books[1], 3)
    await application.state.inventory.measure()
    metrics = (await service.get("/metrics")).text
    assert "\nstock_reservations_held 2.0" in metrics
    assert "\nstock_copies_reserved 5.0" in metrics
