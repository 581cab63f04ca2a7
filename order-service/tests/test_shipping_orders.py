"""Shipping, delivering and taking back: what staff does with an order once it is placed."""

import asyncio
from decimal import Decimal

import pytest

from order_service import retry_parked_work

KEY = {"Idempotency-Key": '"1d8f1c9e-62f1-4f43-9d5c-0a7be1c1f2a4"'}


@pytest.fixture
def book(stock):
    return stock.add(on_hand=10)


@pytest.fixture
async def location(client, book):
    """Give the path of a placed order of two copies."""
    answer = await client.post("/orders", json={"book_id": str(book.id), "quantity": 2})
    assert answer.status_code == 201
    return answer.headers["location"]


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org")


@pytest.fixture
def tell(client, location, staff):
    """Give a function that has staff do something with the order."""

    async def post(what, **headers):
        return await client.post(f"{location}/{what}", headers=staff | headers)

    return post


@pytest.fixture
def come_to(tell):
    """Give a function that leads the placed order to a later status."""

    async def lead(status):
        for what in ("ship", "deliver", "return")[: ("placed", "shipped", "delivered", "returned").index(status)]:
            assert (await tell(what)).status_code == 200

    return lead


def abilities(order):
    return {name for name in ("can_cancel", "can_ship", "can_deliver", "can_return") if order[name]}


async def test_an_order_is_shipped_delivered_and_taken_back(client, stock, book, location, tell, sql):
    shipped = await tell("ship")
    assert (shipped.status_code, shipped.json()["status"]) == (200, "shipped")
    assert (book.on_hand, book.reserved) == (8, 0)
    delivered = await tell("deliver/")
    assert (delivered.status_code, delivered.json()["status"]) == (200, "delivered")
    assert (book.on_hand, book.reserved) == (8, 0)
    returned = await tell("return")
    assert (returned.status_code, returned.json()["status"]) == (200, "returned")
    assert (book.on_hand, book.reserved) == (10, 0)
    assert Decimal(returned.json()["total"]) == Decimal("19.98")
    timeline = [(entry["status"], entry["actor"], entry["actor_role"]) for entry in returned.json()["timeline"]]
    assert timeline[2:] == [(status, "morgan@example.org", "staff") for status in ("shipped", "delivered", "returned")]
    read = await client.get(location)
    assert read.json()["status"] == "returned"
    assert read.headers["etag"] == returned.headers["etag"]
    assert {entry["actor"] for entry in read.json()["timeline"][2:]} == {None}
    assert await sql("SELECT * FROM stock_work") == []
    assert stock.held() == {}


async def test_staff_learns_what_can_be_done_and_customers_only_what_they_may(client, location, tell, staff):
    for what, can in (
        (None, {"can_cancel", "can_ship"}),
        ("ship", {"can_deliver"}),
        ("deliver", {"can_return"}),
        ("return", set()),
    ):
        if what is not None:
            assert abilities((await tell(what)).json()) == can
        assert abilities((await client.get(location, headers=staff)).json()) == can
        assert abilities((await client.get(location)).json()) == can & {"can_cancel"}


@pytest.mark.parametrize(
    ("what", "status", "commits", "returns"),
    [("ship", "shipped", 1, 0), ("deliver", "delivered", 1, 0), ("return", "returned", 2, 1)],
)
async def test_doing_it_again_gives_the_same_answer_and_tells_nothing(
    stock, tell, come_to, what, status, commits, returns
):
    await come_to(status)
    first, again = await tell(what), await tell(what)
    assert (again.status_code, again.json()["status"]) == (200, status)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert [entry["status"] for entry in again.json()["timeline"]].count(status) == 1
    assert (stock.calls_of("commit"), stock.calls_of("return")) == (commits, returns)


async def test_many_at_once_are_one(stock, book, tell):
    for what, on_hand in (("ship", 8), ("deliver", 8), ("return", 10)):
        answers = await asyncio.gather(*(tell(what) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.headers["etag"] for answer in answers}) == 1
        assert book.on_hand == on_hand
    assert (stock.calls_of("commit"), stock.calls_of("return")) == (2, 1)


@pytest.mark.parametrize(
    ("status", "whats"),
    [
        ("placed", {"deliver", "return"}),
        ("shipped", {"return", "cancel"}),
        ("delivered", {"ship", "cancel"}),
        ("returned", {"ship", "deliver", "cancel"}),
    ],
)
async def test_what_does_not_happen_to_an_order_in_its_state_is_refused(client, location, tell, come_to, status, whats):
    codes = {
        "ship": "order_not_shippable",
        "deliver": "order_not_deliverable",
        "return": "order_not_returnable",
        "cancel": "order_not_cancellable",
    }
    await come_to(status)
    for what in whats:
        answer = await tell(what)
        assert (answer.status_code, answer.json()["code"]) == (409, codes[what])
        assert answer.json()["order_status"] == status
    assert (await client.get(location)).json()["status"] == status


@pytest.mark.parametrize("status", ["pending", "rejected", "cancelled"])
@pytest.mark.parametrize("what", ["ship", "deliver", "return"])
async def test_an_order_that_was_not_placed_does_not_leave(stock, tell, sql, status, what):
    await sql('UPDATE orders SET status = $1, reason = \'{"code": "insufficient_stock"}\'', status)
    answer = await tell(what)
    assert (answer.status_code, answer.json()["order_status"]) == (409, status)
    assert (stock.calls_of("commit"), stock.calls_of("return")) == (0, 0)


@pytest.mark.parametrize("what", ["ship", "deliver", "return"])
@pytest.mark.parametrize("role", ["customer", "editor"])
async def test_customers_may_not_even_with_their_own_orders(client, location, mint, what, role):
    own = mint.headers(role, account_id="019a0000-0000-7000-8000-00000000c001")
    answer = await client.post(f"{location}/{what}", headers=own)
    assert answer.status_code == 403
    assert (await client.get(location)).json()["status"] == "placed"


@pytest.mark.parametrize("what", ["ship", "deliver", "return"])
async def test_an_order_that_never_was_is_not_found(client, staff, what):
    answer = await client.post(f"/orders/019a0000-0000-7000-8000-00000000dead/{what}", headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


@pytest.mark.parametrize("fault", ["broken", "cut_off", "garbage", "binary", "lost_answer", "lost_request"])
async def test_without_an_answer_of_book_service_the_order_is_shipped_and_the_copies_leave_once(
    replica, stock, book, location, staff, make_due, sql, fault
):
    async with replica(stock_timeout_seconds=0.3) as client:
        client.app.state.reconciler.stop()
        stock.fail(getattr(stock, fault))
        answer = await client.post(f"{location}/ship", headers=staff)
        assert (answer.status_code, answer.json()["status"]) == (200, "shipped")
        await make_due()
        await client.app.state.reconciler.work_off()
        assert (book.on_hand, book.reserved) == (8, 0)
        assert await sql("SELECT * FROM stock_work") == []


async def test_the_reconciler_sees_to_it_by_itself(stock, book, tell, eventually):
    stock.fail(stock.broken)
    await tell("ship")

    async def have_left():
        return book.on_hand == 8

    await eventually(have_left)


async def test_a_whole_life_without_book_service_ends_with_the_stock_right(client, stock, book, tell, make_due, sql):
    client.app.state.reconciler.stop()
    stock.always = stock.broken
    for what in ("ship", "deliver", "return"):
        assert (await tell(what)).status_code == 200
    assert [row["step"] for row in await sql("SELECT step FROM stock_work ORDER BY step")] == ["commit", "return"]
    stock.always = None
    await make_due()
    await client.app.state.reconciler.work_off()
    assert (book.on_hand, book.reserved) == (10, 0)
    assert {kept["state"] for kept in stock.reservations.values()} == {"returned"}
    assert await sql("SELECT * FROM stock_work") == []


async def test_a_return_overtakes_its_commit_and_the_late_commit_moves_nothing(
    client, stock, book, tell, make_due, sql
):
    client.app.state.reconciler.stop()
    stock.fail(stock.broken)
    for what in ("ship", "deliver", "return"):
        await tell(what)
    assert (book.on_hand, [row["step"] for row in await sql("SELECT step FROM stock_work")]) == (10, ["commit"])
    await make_due()
    await client.app.state.reconciler.work_off()
    assert (book.on_hand, book.reserved) == (10, 0)
    assert await sql("SELECT * FROM stock_work") == []


@pytest.mark.parametrize(("what", "before"), [("ship", "placed"), ("return", "delivered")])
async def test_what_fails_too_often_is_parked_and_kept(client, stock, book, come_to, tell, make_due, sql, what, before):
    await come_to(before)
    client.app.state.reconciler.stop()
    stock.always = stock.broken
    assert (await tell(what)).status_code == 200
    for _ in range(4):
        await make_due()
        await client.app.state.reconciler.work_off()
    (row,) = await sql("SELECT * FROM stock_work")
    assert (row["attempts"], row["parked_at"] is not None) == (3, True)
    stock.always = None
    assert await retry_parked_work.retry(client.app.state.settings) == 1
    await client.app.state.reconciler.work_off()
    assert (book.on_hand, book.reserved) == ((8, 0) if what == "ship" else (10, 0))
    assert await sql("SELECT * FROM stock_work") == []


@pytest.mark.parametrize(("what", "before"), [("ship", "placed"), ("return", "delivered")])
async def test_what_book_service_refuses_is_parked_at_once_and_never_dropped(
    client, stock, come_to, location, tell, sql, what, before
):
    await come_to(before)
    order_id = location.rpartition("/")[2]
    kept = next(kept for known, kept in stock.reservations.items() if str(known) == order_id)
    kept["state"] = "released"
    answer = await tell(what)
    assert answer.status_code == 200
    assert (await client.get(location)).json()["status"] == answer.json()["status"]
    (row,) = await sql("SELECT * FROM stock_work")
    assert (row["attempts"], row["parked_at"] is not None) == (1, True)
    assert "reservation_not_held" in row["last_error"]
    assert (await client.app.state.settlement.backlog()).parked == 1


async def test_of_cancelling_and_shipping_exactly_one_wins(client, stock, book, staff):
    for n in range(8):
        order = {"book_id": str(book.id), "quantity": 1}
        location = (await client.post("/orders", json=order)).headers["location"]
        on_hand = book.on_hand
        sent = [client.post(f"{location}/cancel"), client.post(f"{location}/ship", headers=staff)]
        cancelled, shipped = await asyncio.gather(*sent) if n % 2 else reversed(await asyncio.gather(*reversed(sent)))
        assert sorted((cancelled.status_code, shipped.status_code)) == [200, 409]
        outcome = (await client.get(location)).json()
        assert outcome["status"] == ("cancelled" if cancelled.status_code == 200 else "shipped")
        assert len(outcome["timeline"]) == 3
        assert book.on_hand == (on_hand if cancelled.status_code == 200 else on_hand - 1)
        assert book.reserved == 0
    assert stock.held() == {}


async def test_who_decided_on_what_is_no_longer_so_looks_again(client, location, staff, sql, eventually):
    # The order is locked as by a change that is not committed yet: both have read "placed" when they come to write.
    await sql("BEGIN")
    await sql("SELECT FROM orders FOR UPDATE")
    both = [
        asyncio.create_task(client.post(f"{location}/cancel")),
        asyncio.create_task(client.post(f"{location}/ship", headers=staff)),
    ]

    async def both_wait():
        # A transaction sees the activity of others as it was when it first asked.
        await sql("SELECT pg_stat_clear_snapshot()")
        waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return len(await sql(waiting)) == 2

    await eventually(both_wait)
    await sql("COMMIT")
    answers = await asyncio.gather(*both)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len((await client.get(location)).json()["timeline"]) == 3


@pytest.mark.parametrize(("what", "before"), [("ship", "placed"), ("deliver", "shipped"), ("return", "delivered")])
async def test_a_repeated_request_with_its_key_gets_the_same_answer(tell, come_to, book, what, before):
    await come_to(before)
    first = await tell(what, **KEY)
    assert (first.status_code, first.headers.get("idempotent-replayed")) == (200, None)
    later = {"ship": "deliver", "deliver": "return"}.get(what)
    if later is not None:
        await tell(later)
    on_hand = book.on_hand
    again = await tell(what, **KEY)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert book.on_hand == on_hand


async def test_ten_at_once_with_one_key_are_one_and_get_one_answer(tell, stock):
    answers = await asyncio.gather(*(tell("ship", **KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert stock.calls_of("commit") == 1


async def test_a_key_of_another_request_is_refused(tell, client, location):
    await tell("ship", **KEY)
    answer = await tell("deliver", **KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.get(location)).json()["status"] == "shipped"


async def test_a_refusal_does_not_use_up_the_key(tell):
    assert (await tell("deliver", **KEY)).status_code == 409
    await tell("ship")
    delivered = await tell("deliver", **KEY)
    assert (delivered.status_code, delivered.json()["status"]) == (200, "delivered")


async def test_a_key_that_is_none_is_400(tell):
    answer = await tell("ship", **{"Idempotency-Key": "two words"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
