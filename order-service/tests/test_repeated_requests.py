import asyncio

import pytest

KEY = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


@pytest.fixture
def order(stock):
    return {"items": [{"book_id": str(stock.add().id), "quantity": 1}]}


async def orders_in(client) -> list[str]:
    return [order["status"] for order in (await client.get("/orders")).json()["items"]]


async def test_the_same_request_again_gets_the_same_answer_and_orders_nothing(client, stock, order):
    first = await client.post("/orders", json=order, headers=KEY)
    assert (first.status_code, first.headers.get("idempotent-replayed")) == (201, None)
    await client.post(first.headers["location"] + "/cancel")
    again = await client.post("/orders/", json=order, headers=KEY)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert (again.content, again.headers["location"]) == (first.content, first.headers["location"])
    assert again.headers["etag"] == first.headers["etag"]
    assert stock.calls_of("reserve") == 1


async def test_white_space_order_of_members_and_quotes_make_no_difference(client, order):
    first = await client.post("/orders", json=order | {"from_cart": False}, headers=KEY)
    book_id = order["items"][0]["book_id"]
    body = f'{{ "from_cart": false,\n "items": [ {{"quantity": 1, "book_id": "{book_id}"}} ] }}'
    bare = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324", "Content-Type": "application/json"}
    again = await client.post("/orders", content=body, headers=bare)
    assert (again.status_code, again.content) == (201, first.content)


async def test_the_key_with_another_body_is_refused(client, order):
    await client.post("/orders", json=order, headers=KEY)
    order["items"][0]["quantity"] = 2
    answer = await client.post("/orders", json=order, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await orders_in(client) == ["placed"]


async def test_a_refusal_is_replayed_too(client, stock, order):
    book = next(iter(stock.books.values()))
    book.on_hand = 0
    first = await client.post("/orders", json=order, headers=KEY)
    book.on_hand = 5
    again = await client.post("/orders", json=order, headers=KEY)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (409, "true")
    assert again.headers["content-type"] == "application/problem+json"
    ignored = {"request_id": None}
    assert again.json() | ignored == first.json() | ignored
    assert again.json()["request_id"] == again.headers["x-request-id"]


async def test_keys_belong_to_the_account(client, order, mint):
    first = await client.post("/orders", json=order, headers=KEY)
    other = await client.post("/orders", json=order, headers=KEY | mint.headers("customer"))
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


async def test_a_request_that_is_still_running_is_not_begun_again(client, stock, order):
    held = stock.hold_next()
    running = asyncio.create_task(client.post("/orders", json=order, headers=KEY))
    await held.arrived.wait()
    answer = await client.post("/orders", json=order, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert answer.headers["retry-after"] == "1"
    held.let_go.set()
    assert (await running).status_code == 201
    assert await orders_in(client) == ["placed"]


async def test_ten_at_once_make_one_order(client, stock, order):
    answers = await asyncio.gather(*(client.post("/orders", json=order, headers=KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in made) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"request_in_progress"}
    assert await orders_in(client) == ["placed"]
    assert len(stock.held()) == 1


async def test_a_request_that_was_accepted_is_answered_with_the_order_as_it_is_now(client, stock, order, comes_to):
    stock.fail(stock.broken)
    first = await client.post("/orders", json=order, headers=KEY)
    assert first.status_code == 202
    await comes_to(first.headers["location"], "placed")
    again = await client.post("/orders", json=order, headers=KEY)
    assert (again.status_code, again.json()["status"], again.headers["idempotent-replayed"]) == (201, "placed", "true")


async def test_a_request_that_broke_off_is_answered_with_the_order_as_it_is_now(client, order, sql, stock):
    first = await client.post("/orders", json=order, headers=KEY)
    await sql("UPDATE idempotency_keys SET status = NULL, body = NULL, running_until = now() - interval '1 second'")
    again = await client.post("/orders", json=order, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    await client.post(first.headers["location"] + "/cancel")
    await sql("UPDATE idempotency_keys SET status = NULL, body = NULL")
    now = await client.post("/orders", json=order, headers=KEY)
    assert (now.status_code, now.json()["status"]) == (200, "cancelled")
    assert stock.calls_of("reserve") == 1


async def test_without_a_key_two_requests_are_two_orders(client, order):
    await client.post("/orders", json=order)
    await client.post("/orders", json=order)
    assert await orders_in(client) == ["placed", "placed"]


@pytest.mark.parametrize(
    "key",
    ['""', '"unfinished', 'un"quoted"', '"a"b"', '"tab\there"', '"%s"' % ("x" * 256), "two words", '"a";p=1', " "],
)
async def test_a_key_that_is_none_is_400(client, stock, order, key):
    answer = await client.post("/orders", json=order, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert stock.calls == []


async def test_two_keys_are_400(client, order):
    answer = await client.post("/orders", json=order, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


async def test_keys_last_a_day_and_are_then_forgotten(client, order, sql):
    await client.post("/orders", json=order, headers=KEY)
    settlement = client.app.state.settlement
    await sql("UPDATE idempotency_keys SET created_at = now() - interval '24 hours'")
    await settlement.forget_old_keys()
    assert len(await sql("SELECT * FROM idempotency_keys")) == 1
    await sql("UPDATE idempotency_keys SET created_at = now() - interval '26 hours'")
    await settlement.forget_old_keys()
    assert await sql("SELECT * FROM idempotency_keys") == []
