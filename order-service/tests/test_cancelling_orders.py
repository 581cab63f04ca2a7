import asyncio

import pytest


@pytest.fixture
def order(stock):
    return {"book_id": str(stock.add().id), "quantity": 2}


async def place(client, order) -> str:
    answer = await client.post("/orders", json=order)
    assert answer.status_code in {201, 202}
    return answer.headers["location"]


async def test_a_placed_order_is_cancelled_and_its_copies_come_back_once(client, stock, order, sql):
    book = next(iter(stock.books.values()))
    location = await place(client, order)
    assert book.reserved == 2
    first = await client.post(f"{location}/cancel")
    assert (first.status_code, first.json()["status"], first.json()["can_cancel"]) == (200, "cancelled", False)
    assert first.json()["total"] == "19.98"
    again = await client.post(f"{location}/cancel/")
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), first.headers["etag"])
    assert (book.reserved, stock.calls_of("release")) == (0, 1)
    assert [entry["status"] for entry in again.json()["timeline"]] == ["pending", "placed", "cancelled"]
    assert await sql("SELECT * FROM stock_work") == []


async def test_many_cancellations_at_once_are_one(client, stock, order):
    location = await place(client, order)
    answers = await asyncio.gather(*(client.post(f"{location}/cancel") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert stock.calls_of("release") == 1


async def test_an_order_is_cancelled_while_its_copies_are_being_reserved(client, stock, order, sql):
    held = stock.hold_next()
    placing = asyncio.create_task(client.post("/orders", json=order))
    await held.arrived.wait()
    order_id = (await client.get("/orders")).json()["items"][0]["id"]
    cancelled = await client.post(f"/orders/{order_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    held.let_go.set()
    answer = await placing
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert stock.held() == {}
    assert [entry["status"] for entry in answer.json()["timeline"]] == ["pending", "cancelled"]
    assert await sql("SELECT * FROM stock_work") == []


async def test_a_reservation_made_while_the_order_is_cancelled_is_released(client, stock, order):
    # The copies are held; before the answer is here, the order is cancelled and the release sent.
    late = stock.answer_late()
    stock.fail(late)
    placing = asyncio.create_task(client.post("/orders", json=order))
    await late.arrived.wait()
    assert len(stock.held()) == 1
    order_id = (await client.get("/orders")).json()["items"][0]["id"]
    await client.post(f"/orders/{order_id}/cancel")
    late.let_go.set()
    assert (await placing).json()["status"] == "cancelled"
    assert stock.held() == {}


async def test_cancelling_wins_over_a_reconciler_at_work(replica, client, stock, order, make_due):
    client.app.state.reconciler.stop()
    stock.fail(stock.broken)
    location = await place(client, order)
    late = stock.answer_late()
    stock.fail(late)
    async with replica() as other:
        other.app.state.reconciler.stop()
        await make_due()
        at_work = asyncio.create_task(other.app.state.reconciler.work_off())
        await late.arrived.wait()
        assert (await client.post(f"{location}/cancel")).status_code == 200
        late.let_go.set()
        await at_work
    assert (await client.get(location)).json()["status"] == "cancelled"
    assert stock.held() == {}


async def test_cancelling_succeeds_without_book_service_and_the_copies_come_back_later(
    client, stock, order, eventually
):
    location = await place(client, order)
    stock.fail(stock.broken)
    assert (await client.post(f"{location}/cancel")).json()["status"] == "cancelled"

    async def all_is_back():
        return not stock.held()

    await eventually(all_is_back)
    assert next(iter(stock.books.values())).reserved == 0


@pytest.mark.parametrize("status", ["shipped", "delivered", "returned", "rejected"])
async def test_what_has_been_shipped_or_has_ended_is_not_cancelled(client, stock, order, sql, status):
    location = await place(client, order)
    await sql('UPDATE orders SET status = $1, reason = \'{"code": "insufficient_stock"}\'', status)
    answer = await client.post(f"{location}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_cancellable")
    assert answer.json()["order_status"] == status
    assert stock.calls_of("release") == 0
    assert (await client.get(location)).json()["can_cancel"] is False


async def test_somebody_elses_order_is_not_found_and_not_cancelled_but_staff_may(client, order, mint):
    location = await place(client, order)
    answer = await client.post(f"{location}/cancel", headers=mint.headers("customer"))
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
    assert (await client.get(location)).json()["status"] == "placed"
    staff = mint.headers("staff", email="morgan@example.org")
    cancelled = await client.post(f"{location}/cancel", headers=staff)
    assert (cancelled.status_code, cancelled.json()["timeline"][-1]["actor"]) == (200, "morgan@example.org")
    seen_by_customer = (await client.get(location)).json()["timeline"][-1]
    assert (seen_by_customer["actor"], seen_by_customer["actor_role"]) == (None, "staff")


async def test_an_order_that_never_was_is_not_found(client):
    answer = await client.post("/orders/019a0000-0000-7000-8000-00000000dead/cancel")
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


async def test_a_repeated_cancellation_with_its_key_gets_the_same_answer(client, stock, order):
    key = {"Idempotency-Key": '"1d8f1c9e-62f1-4f43-9d5c-0a7be1c1f2a4"'}
    location = await place(client, order)
    first = await client.post(f"{location}/cancel", headers=key)
    again = await client.post(f"{location}/cancel", headers=key)
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, first.headers["etag"])
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert stock.calls_of("release") == 1
    other = await place(client, order)
    answer = await client.post(f"{other}/cancel", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.get(other)).json()["status"] == "placed"
