"""The customer is told what is true and every order comes to one end, whatever happens to calls of book-service."""

import time

import pytest


@pytest.fixture
async def client(replica):
    """Give a client of a replica that soon loses patience."""
    async with replica(stock_timeout_seconds=0.5) as customer:
        yield customer


@pytest.fixture
def order(stock):
    return {"book_id": str(stock.add(price="7.50").id), "quantity": 2}


@pytest.mark.parametrize("fault", ["lost_request", "lost_answer", "garbage", "binary", "broken", "cut_off"])
async def test_an_order_without_an_answer_is_pending_and_then_placed_once(client, stock, order, make_due, fault):
    # At work, the reconciler may be faster than the answer to the customer, which is then a plain 201.
    client.app.state.reconciler.stop()
    stock.fail(getattr(stock, fault))
    answer = await client.post("/orders", json=order)
    assert answer.status_code == 202
    pending = answer.json()
    assert (pending["status"], pending["total"], pending["can_cancel"]) == ("pending", None, True)
    assert answer.headers["retry-after"] == "1"
    await make_due()
    await client.app.state.reconciler.work_off()
    placed = (await client.get(answer.headers["location"])).json()
    assert (placed["status"], placed["total"]) == ("placed", "15.00")
    assert [entry["status"] for entry in placed["timeline"]] == ["pending", "placed"]
    assert [sum(lines.values()) for lines in stock.held().values()] == [2]


async def test_the_customer_waits_a_bounded_time(client, stock, order):
    stock.fail(stock.lost_request)
    started = time.monotonic()
    await client.post("/orders", json=order)
    assert time.monotonic() - started < 3


async def test_a_call_of_which_nothing_was_sent_is_made_again_at_once(client, stock, order):
    stock.fail(stock.unreachable)
    assert (await client.post("/orders", json=order)).status_code == 201
    assert stock.calls_of("reserve") == 2


async def test_a_call_of_which_something_may_have_been_sent_is_not(client, stock, order):
    client.app.state.reconciler.stop()
    stock.fail(stock.cut_off)
    assert (await client.post("/orders", json=order)).status_code == 202
    assert stock.calls_of("reserve") == 1


async def test_a_token_that_was_withdrawn_is_renewed(client, stock, order):
    stock.fail(stock.token_refused)
    assert (await client.post("/orders", json=order)).status_code == 201


async def test_an_order_is_refused_later_when_the_copies_have_gone_meanwhile(client, stock, order, make_due):
    client.app.state.reconciler.stop()
    stock.fail(stock.broken)
    next(iter(stock.books.values())).on_hand = 1
    answer = await client.post("/orders", json=order)
    assert answer.status_code == 202
    await make_due()
    await client.app.state.reconciler.work_off()
    reason = (await client.get(answer.headers["location"])).json()["reason"]
    assert (reason["code"], reason["lines"][0]["available"]) == ("insufficient_stock", 1)


async def pass_the_deadline(sql, make_due):
    await sql("UPDATE orders SET created_at = created_at - interval '121 seconds'")
    await make_due()


async def test_past_the_deadline_an_order_whose_reservation_stands_is_placed(client, stock, order, sql, make_due):
    client.app.state.reconciler.stop()
    stock.fail(stock.lost_answer)
    location = (await client.post("/orders", json=order)).headers["location"]
    await pass_the_deadline(sql, make_due)
    await client.app.state.reconciler.work_off()
    assert (await client.get(location)).json()["status"] == "placed"
    assert len(stock.held()) == 1
    assert stock.calls_of("reserve") == 1


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request"])
async def test_past_the_deadline_and_without_an_answer_an_order_is_cancelled_and_what_it_held_is_released(
    client, stock, order, sql, make_due, fault
):
    client.app.state.reconciler.stop()
    stock.fail(getattr(stock, fault), stock.broken)
    location = (await client.post("/orders", json=order)).headers["location"]
    await pass_the_deadline(sql, make_due)
    await client.app.state.reconciler.work_off()
    cancelled = (await client.get(location)).json()
    assert (cancelled["status"], cancelled["reason"]["code"]) == ("cancelled", "not_placed_in_time")
    assert [entry["status"] for entry in cancelled["timeline"]] == ["pending", "cancelled"]
    assert stock.held() == {}
    assert stock.calls_of("reserve") == 1
    assert await sql("SELECT * FROM stock_work") == []


async def test_a_reservation_that_arrives_after_its_release_holds_nothing(client, stock, order, sql, make_due):
    client.app.state.reconciler.stop()
    stock.fail(delayed := stock.delay_until_told())
    location = (await client.post("/orders", json=order)).headers["location"]
    await pass_the_deadline(sql, make_due)
    await client.app.state.reconciler.work_off()
    assert delayed.deliver().status_code == 409
    assert stock.held() == {}
    assert (await client.get(location)).json()["status"] == "cancelled"


async def test_an_order_whose_reservation_was_released_behind_its_back_is_cancelled(client, stock, order, make_due):
    client.app.state.reconciler.stop()
    stock.fail(stock.broken)
    location = (await client.post("/orders", json=order)).headers["location"]
    stock.release(location.rpartition("/")[2])
    await make_due()
    await client.app.state.reconciler.work_off()
    cancelled = (await client.get(location)).json()
    assert (cancelled["status"], cancelled["reason"]["code"]) == ("cancelled", "reservation_released")


async def test_an_answer_for_other_lines_places_nothing(client, stock, order):
    client.app.state.reconciler.stop()
    stock.fail(stock.other_lines)
    answer = await client.post("/orders", json=order)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")


async def test_without_the_own_token_the_order_waits(replica, stock, order, auth_service):
    async with replica() as client:
        await client.get("/orders")
        auth_service.app.routes[:] = [route for route in auth_service.app.routes if route.path != "/internal/token"]
        answer = await client.post("/orders", json=order)
        assert answer.status_code == 202
        assert stock.calls == []
