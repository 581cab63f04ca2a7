import asyncio

import pytest


async def test_an_order_is_placed_at_the_prices_of_now(client, stock):
    waves, orlando = stock.add("The Waves", "9.99"), stock.add("Orlando", "12.50", on_hand=1)
    items = [{"book_id": str(waves.id), "quantity": 3}, {"book_id": str(orlando.id), "quantity": 1}]
    delivery = {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon", "note": " "}
    answer = await client.post("/orders", json={"items": items, "delivery": delivery})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert order["status"] == "placed"
    assert order["number"] == "Q-1001"
    assert (order["total"], order["currency"]) == ("42.47", "GBP")
    assert [(line["title"], line["quantity"], line["unit_price"], line["line_total"]) for line in order["items"]] == [
        ("The Waves", 3, "9.99", "29.97"),
        ("Orlando", 1, "12.50", "12.50"),
    ]
    assert order["delivery"] == {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon", "note": None}
    assert [(entry["status"], entry["actor_role"]) for entry in order["timeline"]] == [
        ("pending", "customer"),
        ("placed", "system"),
    ]
    assert order["can_cancel"] is True
    assert answer.headers["location"] == f"/orders/{order['id']}"
    read = await client.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (order, answer.headers["etag"])
    assert len(stock.held()) == 1


async def test_one_book_can_be_ordered_without_a_list(client, stock):
    book = stock.add(price="5.00")
    answer = await client.post("/orders/", json={"book_id": str(book.id), "quantity": 2})
    assert (answer.status_code, answer.json()["total"]) == (201, "10.00")


async def test_a_book_named_twice_is_one_line(client, stock):
    book = stock.add()
    item = {"book_id": str(book.id), "quantity": 2}
    order = (await client.post("/orders", json={"items": [item, item]})).json()
    assert [line["quantity"] for line in order["items"]] == [4]
    item["quantity"] = 600
    answer = await client.post("/orders", json={"items": [item, item]})
    assert answer.status_code == 422
    assert "999" in answer.json()["errors"][0]["msg"]


async def test_money_is_added_up_exactly(client, stock):
    books = [stock.add(price="0.10", on_hand=999) for _ in range(3)]
    items = [{"book_id": str(book.id), "quantity": 999} for book in books]
    assert (await client.post("/orders", json={"items": items})).json()["total"] == "299.70"


async def test_an_order_keeps_title_and_price_when_the_catalogue_changes(client, stock):
    book = stock.add("The Waves", "9.99")
    placed = await client.post("/orders", json={"book_id": str(book.id), "quantity": 1})
    book.title, book.price = "The Waves, second edition", book.price * 2
    line = (await client.get(placed.headers["location"])).json()["items"][0]
    assert (line["title"], line["unit_price"]) == ("The Waves", "9.99")


async def test_an_order_short_of_stock_is_refused_line_by_line_and_holds_nothing(client, stock):
    plenty, few = stock.add("Plenty"), stock.add("Few", on_hand=1)
    items = [{"book_id": str(plenty.id), "quantity": 1}, {"book_id": str(few.id), "quantity": 2}]
    answer = await client.post("/orders", json={"items": items})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "insufficient_stock"
    assert problem["lines"] == [
        {"book_id": str(few.id), "title": "Few", "wanted": 2, "available": 1, "problem": "insufficient_stock"}
    ]
    assert stock.held() == {}
    order = (await client.get(f"/orders/{problem['order_id']}")).json()
    assert (order["status"], order["total"], order["can_cancel"]) == ("rejected", None, False)
    assert order["reason"]["code"] == "insufficient_stock"
    assert order["items"][1]["title"] == "Few"


async def test_of_an_archived_book_nothing_can_be_had_whatever_is_on_the_shelf(client, stock):
    archived, few = stock.add("Gone"), stock.add("Few", on_hand=1)
    archived.archived = True
    items = [{"book_id": str(book.id), "quantity": 2} for book in (archived, few)]
    answer = await client.post("/orders", json={"items": items})
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_book")
    assert answer.json()["lines"] == [
        {"book_id": str(archived.id), "title": "Gone", "wanted": 2, "available": 0, "problem": "archived_book"},
        {"book_id": str(few.id), "title": "Few", "wanted": 2, "available": 1, "problem": "insufficient_stock"},
    ]


async def test_an_unknown_book_is_named_as_such(client, stock):
    known, unknown = stock.add(), "019a0000-0000-7000-8000-00000000dead"
    items = [{"book_id": str(known.id), "quantity": 1}, {"book_id": unknown, "quantity": 1}]
    answer = await client.post("/orders", json={"items": items})
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_book")
    assert [(line["book_id"], line["problem"]) for line in answer.json()["lines"]] == [(unknown, "unknown_book")]
    assert stock.held() == {}


async def test_the_last_copy_is_sold_once(client, stock):
    book = stock.add(on_hand=1)
    order = {"book_id": str(book.id), "quantity": 1}
    answers = await asyncio.gather(*(client.post("/orders", json=order) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11


@pytest.mark.parametrize("expected", ["19.98", 19.98, "19.980"])
async def test_an_order_is_placed_at_the_total_that_was_agreed(client, stock, expected):
    book = stock.add(price="9.99")
    wanted = {"book_id": str(book.id), "quantity": 2, "expected_total": expected}
    answer = await client.post("/orders", json=wanted)
    assert answer.status_code == 201


async def test_at_another_total_nothing_is_ordered_and_the_copies_are_given_back(client, stock):
    book = stock.add("The Waves", price="10.50")
    wanted = {"book_id": str(book.id), "quantity": 2, "expected_total": "19.98"}
    answer = await client.post("/orders", json=wanted)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["total"]) == ("price_changed", "21.00")
    assert problem["lines"][0] == {
        "book_id": str(book.id),
        "title": "The Waves",
        "quantity": 2,
        "unit_price": "10.50",
        "line_total": "21.00",
    }
    assert (stock.held(), book.reserved) == ({}, 0)
    assert (await client.get(f"/orders/{problem['order_id']}")).json()["status"] == "rejected"


_BOOK = "019a0000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "forged",
    [
        {"items": [{"book_id": _BOOK, "quantity": 1, "price": "0.01"}]},
        {"items": [{"book_id": _BOOK, "quantity": 1, "unit_price": 0}]},
        {"items": [{"book_id": _BOOK, "quantity": 1}], "status": "delivered"},
        {"items": [{"book_id": _BOOK, "quantity": 1}], "total": "0.00"},
        {"items": [{"book_id": _BOOK, "quantity": 1}], "account_id": _BOOK},
        {"book_id": _BOOK, "quantity": 1, "price": "0.01"},
    ],
)
async def test_what_is_not_the_customers_to_say_is_refused(client, stock, forged):
    answer = await client.post("/orders", json=forged)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert stock.calls == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [{"book_id": _BOOK, "quantity": 0}]},
        {"items": [{"book_id": _BOOK, "quantity": -1}]},
        {"items": [{"book_id": _BOOK, "quantity": 1000}]},
        {"items": [{"book_id": _BOOK, "quantity": True}]},
        {"items": [{"book_id": _BOOK, "quantity": "3"}]},
        {"items": [{"book_id": _BOOK, "quantity": 1.5}]},
        {"items": [{"book_id": _BOOK, "quantity": 10**30}]},
        {"items": [{"book_id": "one", "quantity": 1}]},
        {"items": [{"book_id": _BOOK}]},
        {"items": [{"book_id": _BOOK, "quantity": 1}] * 101},
        {"items": [{"book_id": _BOOK, "quantity": 1}], "book_id": _BOOK, "quantity": 1},
        {"book_id": _BOOK},
        {"quantity": 1},
        {"book_id": _BOOK, "quantity": 1, "expected_total": "-1"},
        {"book_id": _BOOK, "quantity": 1, "expected_total": "1e400"},
        {"book_id": _BOOK, "quantity": 1, "expected_total": "NaN"},
        {"book_id": _BOOK, "quantity": 1, "delivery": {"name": "", "address": "x"}},
        {"book_id": _BOOK, "quantity": 1, "delivery": {"name": "a\u0000b", "address": "x"}},
        {"book_id": _BOOK, "quantity": 1, "delivery": {"name": "a", "address": "x" * 1001}},
        {"book_id": _BOOK, "quantity": 1, "delivery": {"name": "a"}},
        [],
        None,
    ],
)
async def test_bad_input_is_422_and_makes_no_order(client, stock, body):
    answer = await client.post("/orders", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert (await client.get("/orders")).json()["total"] == 0
    assert stock.calls == []


async def test_ordered_books_leave_the_cart_and_others_stay(client, stock):
    ordered, kept = stock.add("Ordered"), stock.add("Kept")
    for book in (ordered, kept):
        await client.put(f"/cart/items/{book.id}", json={"quantity": 1})
    order = {"items": [{"book_id": str(ordered.id), "quantity": 1}]}
    await client.post("/orders", json=order)
    assert (await client.get("/cart")).json()["item_count"] == 2
    assert (await client.post("/orders", json=order | {"from_cart": True})).status_code == 201
    assert [line["title"] for line in (await client.get("/cart")).json()["items"]] == ["Kept"]


async def test_a_refused_order_leaves_the_cart_as_it_was(client, stock):
    book = stock.add(on_hand=1)
    await client.put(f"/cart/items/{book.id}", json={"quantity": 2})
    order = {"items": [{"book_id": str(book.id), "quantity": 2}], "from_cart": True}
    assert (await client.post("/orders", json=order)).status_code == 409
    assert (await client.get("/cart")).json()["item_count"] == 2


async def test_ordering_needs_a_token_with_the_scope(client, stock, mint):
    order = {"book_id": str(stock.add().id), "quantity": 1}
    assert (await client.post("/orders", json=order, headers={"Authorization": ""})).status_code == 401
    readers = mint.headers("customer", scope="books:read orders:read")
    answer = await client.post("/orders", json=order, headers=readers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    service = mint.headers("order-service", sub="order-service", scope="orders:write orders:read")
    assert (await client.post("/orders", json=order, headers=service)).status_code == 403
