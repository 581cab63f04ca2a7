"""The answer to a repeated order is not kept but built again: the first one, to the byte, whatever came after it."""

import asyncio

import pytest

KEY = {"Idempotency-Key": '"51c2d1c4-4c5e-4f0e-8a51-3f4b8f3a7f10"'}
SAID = ("content-type", "etag", "location", "retry-after")


@pytest.fixture
def books(stock):
    return [stock.add("The Waves", "9.99"), stock.add("Orlando", "12.50")]


@pytest.fixture
def order(books):
    items = [{"book_id": str(book.id), "quantity": count} for count, book in enumerate(books, start=1)]
    delivery = {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon", "note": "Ring twice"}
    return {"items": items, "delivery": delivery}


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org")


def said(answer):
    return {name: answer.headers[name] for name in SAID if name in answer.headers}


async def test_it_is_the_same_at_each_later_stage_of_the_order(client, order, staff):
    first = await client.post("/orders", json=order, headers=KEY)
    assert first.status_code == 201
    for stage in ("ship", "deliver", "return"):
        assert (await client.post(f"{first.headers['location']}/{stage}", headers=staff)).status_code == 200
        again = await client.post("/orders", json=order, headers=KEY)
        assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
        assert (again.content, said(again)) == (first.content, said(first))


async def test_it_is_the_same_when_the_copies_were_lost_later(client, books, order, staff):
    first = await client.post("/orders", json=order, headers=KEY)
    lost = {"book_id": str(books[0].id), "quantity": 1, "reason": "Wet", "order_ids": [first.json()["id"]]}
    assert (await client.post("/orders/write-offs", json=lost, headers=staff)).status_code == 200
    assert (await client.get(first.headers["location"])).json()["reason"]["code"] == "copies_lost"
    again = await client.post("/orders", json=order, headers=KEY)
    assert (again.status_code, again.content, said(again)) == (201, first.content, said(first))


async def test_it_is_the_same_for_somebody_who_sees_more(client, order, staff):
    mine = staff | KEY
    first = await client.post("/orders", json=order, headers=mine)
    assert first.json()["can_ship"]
    await client.post(f"{first.headers['location']}/ship", headers=staff)
    again = await client.post("/orders", json=order, headers=mine)
    assert (again.status_code, again.content, said(again)) == (201, first.content, said(first))


@pytest.mark.parametrize("code", ["insufficient_stock", "unknown_book", "price_changed"])
async def test_a_refusal_is_the_same_when_it_would_be_none_any_more(client, stock, books, order, code):
    if code == "insufficient_stock":
        books[1].on_hand = 1
    elif code == "unknown_book":
        del stock.books[books[1].id]
    else:
        order["expected_total"] = "1.00"
    first = await client.post("/orders", json=order, headers=KEY)
    assert (first.status_code, first.json()["code"]) == (409, code)
    books[1].on_hand, stock.books[books[1].id] = 10, books[1]
    again = await client.post("/orders", json=order, headers=KEY)
    ignored = {"request_id": None}
    assert (again.status_code, again.json() | ignored) == (409, first.json() | ignored)
    assert (said(again), again.headers["idempotent-replayed"]) == (said(first), "true")


async def test_nothing_of_it_is_kept_but_its_status(client, order, sql):
    await client.post("/orders", json=order, headers=KEY)
    (kept,) = await sql("SELECT status, headers, body FROM idempotency_keys")
    assert kept == {"status": 201, "headers": None, "body": None}


async def test_an_answer_that_an_earlier_version_kept_is_given_as_it_was_kept(client, order, sql):
    await client.post("/orders", json=order, headers=KEY)
    await sql("""UPDATE idempotency_keys SET body = '{"kept": true}', headers = '{"ETag": "x"}'""")
    again = await client.post("/orders", json=order, headers=KEY)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, {"kept": True}, "x")


async def test_who_was_told_to_wait_gets_the_order_as_it_is_now(client, stock, order, staff, make_due):
    client.app.state.reconciler.stop()
    stock.fail(stock.broken)
    first = await client.post("/orders", json=order, headers=KEY)
    assert first.status_code == 202
    await make_due()
    await client.app.state.reconciler.work_off()
    await client.post(f"{first.headers['location']}/ship", headers=staff)
    again = await client.post("/orders", json=order, headers=KEY)
    assert (again.status_code, again.json()["status"], again.headers["etag"]) == (200, "shipped", '"v3"')


async def test_a_request_that_breaks_off_leaves_an_order_that_is_finished_and_found_again(
    client, stock, order, sql, make_due
):
    client.app.state.reconciler.stop()
    held = stock.hold_next()
    request = asyncio.create_task(client.post("/orders", json=order, headers=KEY))
    await held.arrived.wait()
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    running = await client.post("/orders", json=order, headers=KEY)
    assert (running.status_code, running.json()["code"]) == (409, "request_in_progress")
    await sql("UPDATE idempotency_keys SET running_until = now() - interval '1 second'")
    pending = await client.post("/orders", json=order, headers=KEY)
    assert (pending.status_code, pending.json()["status"]) == (202, "pending")
    await make_due()
    await client.app.state.reconciler.work_off()
    placed = await client.post("/orders", json=order, headers=KEY)
    assert (placed.status_code, placed.json()["status"]) == (201, "placed")
    assert placed.json()["id"] == pending.json()["id"]
    assert len(await sql("SELECT FROM orders")) == 1


async def test_a_key_that_was_forgotten_makes_another_order(client, order, sql):
    first = await client.post("/orders", json=order, headers=KEY)
    await sql("UPDATE idempotency_keys SET created_at = now() - interval '26 hours'")
    await client.app.state.settlement.forget_old_keys()
    second = await client.post("/orders", json=order, headers=KEY)
    assert (second.status_code, "idempotent-replayed" in second.headers) == (201, False)
    assert first.json()["id"] != second.json()["id"]
