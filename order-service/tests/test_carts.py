import asyncio
from decimal import Decimal

import pytest


async def put(client, book, quantity=1, **headers):
    return await client.put(f"/cart/items/{book.id}", json={"quantity": quantity}, headers=headers)


async def test_a_cart_is_filled_changed_and_emptied(client, stock):
    waves, orlando = stock.add("The Waves", "9.99", on_hand=7), stock.add("Orlando", "5.00")
    assert (await client.get("/cart")).json()["items"] == []
    assert (await put(client, waves)).status_code == 200
    await put(client, orlando)
    cart = (await put(client, waves, 3)).json()
    assert cart["items"][0] == {
        "book_id": str(waves.id),
        "quantity": 3,
        "title": "The Waves",
        "authors": ["Virginia Woolf"],
        "isbn13": "9780156949606",
        "unit_price": "9.99",
        "added_price": "9.99",
        "price_changed": False,
        "available": 7,
        "can_order": True,
        "problem": None,
        "line_total": "29.97",
    }
    assert (cart["total"], cart["currency"], cart["item_count"], cart["prices_known"]) == ("34.97", "GBP", 4, True)
    assert (await client.get("/cart/")).json() == cart
    assert (await client.delete(f"/cart/items/{waves.id}")).status_code == 204
    assert [line["title"] for line in (await client.get("/cart")).json()["items"]] == ["Orlando"]
    assert (await client.delete(f"/cart/items/{waves.id}")).status_code == 204
    assert (await client.delete("/cart")).status_code == 204
    assert (await client.get("/cart")).json()["item_count"] == 0


async def test_a_cart_is_priced_by_one_call(client, stock):
    for _ in range(3):
        await put(client, stock.add())
    stock.calls.clear()
    await client.get("/cart")
    assert stock.calls_of("offers") == 1


async def test_carts_belong_to_accounts(client, stock, mint):
    other = mint.headers("customer")
    await put(client, stock.add())
    assert (await client.get("/cart", headers=other)).json()["items"] == []
    await client.delete("/cart", headers=other)
    assert (await client.get("/cart")).json()["item_count"] == 1


async def test_a_cart_tells_what_has_changed_since(client, stock):
    dearer, scarce, gone = stock.add(price="9.99"), stock.add(on_hand=5), stock.add(price="100")
    for book in (dearer, scarce, gone):
        await put(client, book, 2)
    dearer.price = Decimal("12.00")
    scarce.on_hand = 1
    del stock.books[gone.id]
    first, second, third = (await client.get("/cart")).json()["items"]
    assert (first["unit_price"], first["added_price"], first["price_changed"]) == ("12.00", "9.99", True)
    assert (first["can_order"], first["line_total"]) == (True, "24.00")
    assert (second["problem"], second["available"], second["can_order"]) == ("insufficient_stock", 1, False)
    assert (third["problem"], third["available"], third["can_order"]) == ("unavailable", 0, False)
    assert (await client.get("/cart")).json()["total"] == "43.98"


async def test_without_book_service_a_cart_shows_what_was_last_seen(client, stock):
    book = stock.add("The Waves", "9.99")
    await put(client, book, 2)
    book.price, book.title = Decimal("11.00"), "The Waves, second edition"
    await client.get("/cart")
    stock.always = stock.broken
    cart = (await client.get("/cart")).json()
    line = cart["items"][0]
    assert (cart["prices_known"], cart["total"]) == (False, "22.00")
    assert (line["title"], line["unit_price"], line["added_price"]) == ("The Waves, second edition", "11.00", "9.99")
    assert (line["can_order"], line["available"], line["problem"]) == (False, None, None)


async def test_without_book_service_a_cart_can_be_changed_but_nothing_added(client, stock):
    known, unknown = stock.add(), stock.add()
    await put(client, known)
    stock.always = stock.cut_off
    changed = await put(client, known, 4)
    assert (changed.status_code, changed.json()["item_count"], changed.json()["prices_known"]) == (200, 4, False)
    answer = await put(client, unknown)
    assert (answer.status_code, answer.json()["code"]) == (503, "catalogue_unavailable")
    assert "retry-after" in answer.headers
    assert (await client.delete(f"/cart/items/{known.id}")).status_code == 204


async def test_a_book_that_is_not_in_the_catalogue_is_404(client, stock):
    book = stock.add()
    await put(client, book)
    del stock.books[book.id]
    answer = await put(client, book, 2)
    assert (answer.status_code, answer.json()["code"]) == (404, "book_not_found")
    assert (await client.get("/cart")).json()["items"][0]["quantity"] == 1


@pytest.mark.parametrize("quantity", [0, -1, 100, 1.5, "2", True, None, 10**30])
async def test_a_quantity_is_between_1_and_99(client, stock, quantity):
    answer = await put(client, stock.add(), quantity)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "quantity"])


async def test_a_price_in_the_request_is_refused(client, stock):
    answer = await client.put(f"/cart/items/{stock.add().id}", json={"quantity": 1, "price": "0.01"})
    assert answer.status_code == 422


async def test_a_cart_holds_at_most_100_different_books_also_under_pressure(client, stock, sql):
    books = [stock.add() for _ in range(105)]
    for book in books[:97]:
        await put(client, book)
    answers = await asyncio.gather(*(put(client, book) for book in books[97:]))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"cart_full"}
    assert (await sql("SELECT count(*) FROM cart_lines"))[0]["count"] == 100
    assert (await put(client, books[0], 2)).status_code == 200


async def test_the_same_book_twice_at_once_is_one_line(client, stock):
    book = stock.add()
    answers = await asyncio.gather(*(put(client, book, quantity) for quantity in range(1, 9)))
    assert {answer.status_code for answer in answers} == {200}
    assert len((await client.get("/cart")).json()["items"]) == 1


async def test_a_cart_needs_a_token_with_the_scope(client, stock, mint):
    assert (await client.get("/cart", headers={"Authorization": ""})).status_code == 401
    assert (await client.get("/cart", headers=mint.headers(scope="books:read"))).status_code == 403
    assert (await put(client, stock.add(), **mint.headers(scope="orders:read"))).status_code == 403
