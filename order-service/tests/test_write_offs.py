"""Lost copies that are promised to orders."""

import asyncio

import pytest

from order_service.orders import write_offs

MORGAN = "019a0000-0000-7000-8000-0000000005aa"
KEY = {"Idempotency-Key": '"1d8f1c9e-62f1-4f43-9d5c-0a7be1c1f2a4"'}
NOBODYS = "019a0000-0000-7000-8000-00000000dead"


@pytest.fixture
def book(stock):
    return stock.add("The Waves", on_hand=10)


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org", account_id=MORGAN)


@pytest.fixture
def place(client, book):
    """Give a function that places an order for each quantity, and returns their ids."""

    async def place_some(*quantities):
        orders = [{"book_id": str(book.id), "quantity": quantity} for quantity in quantities]
        return [(await client.post("/orders", json=order)).json()["id"] for order in orders]

    return place_some


@pytest.fixture
def write_off(client, book, staff):
    """Give a function that writes copies off as staff does."""

    async def post(lost, order_ids, *, of=book, headers=None, **changes):
        wanted = {"book_id": str(of.id), "quantity": lost, "reason": "Water damage", "order_ids": order_ids}
        return await client.post("/orders/write-offs", json=wanted | changes, headers=staff | (headers or {}))

    return post


async def statuses(client, order_ids):
    return [(await client.get(f"/orders/{order_id}")).json()["status"] for order_id in order_ids]


async def test_lost_copies_leave_the_shelf_with_the_orders_that_held_them(client, stock, book, place, write_off, sql):
    first, second, kept = await place(2, 3, 1)
    answer = await write_off(4, [first, second, first])
    assert answer.status_code == 200
    assert answer.json() == {
        "orders": [
            {"order_id": first, "number": "Q-1001", "order_status": "cancelled"},
            {"order_id": second, "number": "Q-1002", "order_status": "cancelled"},
        ],
        "quantity": 4,
        "written_off": 4,
    }
    assert (book.on_hand, book.reserved) == (6, 1)
    assert sorted(stock.corrections) == [
        ("The Waves", -2, "Water damage", MORGAN),
        ("The Waves", -2, "Water damage", MORGAN),
    ]
    assert await statuses(client, [first, second, kept]) == ["cancelled", "cancelled", "placed"]
    order = (await client.get(f"/orders/{first}")).json()
    assert order["reason"] == {"code": "copies_lost", "lines": None}
    assert (order["timeline"][-1]["status"], order["timeline"][-1]["actor_role"]) == ("cancelled", "staff")
    assert "Water damage" not in str(order)
    assert await sql("SELECT * FROM stock_work") == []


@pytest.mark.parametrize(
    ("lost", "corrections", "on_hand"),
    [(1, [-1], 9), (2, [-2], 8), (3, [-2, -1], 7), (5, [-2, -3], 5), (9, [-2, -7], 1), (99, [-2, -8], 0)],
)
async def test_each_order_gives_up_its_copies_in_turn_and_the_last_one_what_is_too_many(
    stock, book, place, write_off, lost, corrections, on_hand, monkeypatch
):
    monkeypatch.setattr(write_offs, "_CALLS_AT_ONCE", 1)
    answer = await write_off(lost, await place(2, 3))
    assert (answer.status_code, answer.json()["written_off"]) == (200, -sum(corrections))
    assert [quantity for _, quantity, _, _ in stock.corrections] == corrections
    assert (book.on_hand, book.reserved, stock.calls_of("release")) == (on_hand, 0, 2)


@pytest.mark.parametrize("fault", ["broken", "lost_answer", "garbage"])
async def test_without_an_answer_the_orders_are_cancelled_and_the_copies_leave_once(
    replica, stock, book, place, staff, sql, make_due, fault
):
    order_ids = await place(2, 3)
    wanted = {"book_id": str(book.id), "quantity": 5, "reason": "Theft", "order_ids": order_ids}
    async with replica(stock_timeout_seconds=0.3) as client:
        client.app.state.reconciler.stop()
        stock.fail(getattr(stock, fault))
        answer = await client.post("/orders/write-offs", json=wanted, headers=staff | KEY)
        assert (answer.status_code, answer.json()["written_off"]) == (202, None)
        assert {order["order_status"] for order in answer.json()["orders"]} == {"cancelled"}
        meanwhile = await client.post("/orders/write-offs", json=wanted, headers=staff | KEY)
        assert (meanwhile.status_code, meanwhile.headers["idempotent-replayed"]) == (202, "true")
        await make_due()
        await client.app.state.reconciler.work_off()
        assert (book.on_hand, book.reserved) == (5, 0)
        assert sum(quantity for _, quantity, _, _ in stock.corrections) == -5
        assert await sql("SELECT * FROM stock_work") == []
        after = await client.post("/orders/write-offs", json=wanted, headers=staff | KEY)
        assert (after.status_code, after.json()["written_off"]) == (200, None)
        assert {order["order_status"] for order in after.json()["orders"]} == {"cancelled"}
    assert (book.on_hand, book.reserved) == (5, 0)


async def test_a_request_does_not_wait_for_a_neighbour_that_is_away_order_by_order(
    client, stock, book, place, write_off, sql, eventually
):
    order_ids = await place(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    client.app.state.reconciler.stop()
    stock.always = stock.broken
    assert (await write_off(10, order_ids)).status_code == 202
    assert stock.calls_of("release") <= 8
    stock.always = None
    # Those that were not tried are free for any worker at once, not when a lease ends.
    assert await sql("SELECT * FROM stock_work WHERE lease IS NOT NULL OR due_at > now()") == []
    assert len(await sql("SELECT * FROM stock_work")) == 10

    async def all_have_left():
        await client.app.state.reconciler.work_off()
        return (book.on_hand, book.reserved) == (0, 0)

    await eventually(all_have_left)


async def test_all_or_none(client, stock, book, place, write_off, staff, sql):
    placed, shipped, cancelled = await place(1, 1, 1)
    await client.post(f"/orders/{shipped}/ship", headers=staff)
    await client.post(f"/orders/{cancelled}/cancel")
    other = stock.add("Orlando")
    other_id = (await client.post("/orders", json={"book_id": str(other.id), "quantity": 1})).json()["id"]
    on_hand = book.on_hand
    stock.calls.clear()

    refused = await write_off(1, [placed, shipped, cancelled])
    assert (refused.status_code, refused.json()["code"]) == (409, "order_not_cancellable")
    assert refused.json()["orders"] == [
        {"order_id": shipped, "number": "Q-1002", "order_status": "shipped"},
        {"order_id": cancelled, "number": "Q-1003", "order_status": "cancelled"},
    ]
    without = await write_off(1, [placed, other_id])
    assert (without.status_code, without.json()["code"]) == (422, "book_not_in_order")
    assert [order["order_id"] for order in without.json()["orders"]] == [other_id]
    unknown = await write_off(1, [placed, NOBODYS])
    assert (unknown.status_code, unknown.json()["code"]) == (404, "order_not_found")
    assert unknown.json()["order_ids"] == [NOBODYS]

    assert await statuses(client, [placed, other_id]) == ["placed", "placed"]
    assert (book.on_hand, stock.calls, await sql("SELECT * FROM stock_work")) == (on_hand, [], [])
    # A refusal does not use up the key.
    assert (await write_off(1, [placed, NOBODYS], headers=KEY)).status_code == 404
    assert (await write_off(1, [placed], headers=KEY)).status_code == 200


async def test_a_repeated_request_writes_off_once_and_gets_the_same_answer(stock, book, place, write_off):
    order_ids = await place(2)
    first = await write_off(2, order_ids, headers=KEY)
    again = await write_off(2, order_ids, headers=KEY)
    assert (again.status_code, again.content) == (200, first.content)
    assert (again.headers["idempotent-replayed"], first.json()["written_off"]) == ("true", 2)
    assert (book.on_hand, stock.calls_of("release")) == (8, 1)
    other = await write_off(1, order_ids, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_whose_request_is_still_running_is_409(stock, book, place, write_off):
    order_ids = await place(2)
    late = stock.answer_late()
    stock.fail(late)
    running = asyncio.create_task(write_off(2, order_ids, headers=KEY))
    await late.arrived.wait()
    meanwhile = await write_off(2, order_ids, headers=KEY)
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "request_in_progress")
    late.let_go.set()
    assert (await running).json()["written_off"] == 2
    assert book.on_hand == 8


async def test_of_writing_off_and_shipping_exactly_one_wins(replica, client, book, place, write_off, staff):
    async with replica() as other:
        for n in range(6):
            first, second = await place(1, 1)
            on_hand = book.on_hand
            wishes = [
                write_off(2, [second, first]),
                other.post("/orders/bulk", json={"action": "ship", "order_ids": [first, second]}, headers=staff)
                if n % 3
                else other.post(f"/orders/{first}/ship", headers=staff),
            ]
            written, shipped = await asyncio.gather(*wishes) if n % 2 else reversed(await asyncio.gather(*wishes[::-1]))
            for client_ in (client, other):
                while await client_.app.state.reconciler.work_off():
                    pass
            after = await statuses(client, [first, second])
            if written.status_code == 200:
                assert after == ["cancelled", "cancelled"]
            else:
                assert (written.status_code, written.json()["code"]) == (409, "order_not_cancellable")
                assert "shipped" in after
                assert "cancelled" not in after
            assert shipped.status_code in {200, 409}
            gone = 2 if written.status_code == 200 else after.count("shipped")
            assert book.on_hand == on_hand - gone
            for order_id in (first, second):
                assert len((await client.get(f"/orders/{order_id}")).json()["timeline"]) <= 3
            await client.post("/orders/bulk", json={"action": "cancel", "order_ids": [first, second]}, headers=staff)
            book.on_hand = 10


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"quantity": 0}, ["body", "quantity"]),
        ({"quantity": -1}, ["body", "quantity"]),
        ({"quantity": 1.5}, ["body", "quantity"]),
        ({"quantity": "2"}, ["body", "quantity"]),
        ({"quantity": True}, ["body", "quantity"]),
        ({"quantity": 10**30}, ["body", "quantity"]),
        ({"reason": ""}, ["body", "reason"]),
        ({"reason": " "}, ["body", "reason"]),
        ({"reason": "x" * 301}, ["body", "reason"]),
        ({"reason": "\x00"}, ["body", "reason"]),
        ({"book_id": "9780156949606"}, ["body", "book_id"]),
        ({"order_ids": []}, ["body", "order_ids"]),
        ({"order_ids": [NOBODYS] * 101}, ["body", "order_ids"]),
        ({"order_ids": ["Q-1001"]}, ["body", "order_ids", 0]),
        ({"price": "1.00"}, ["body", "price"]),
    ],
)
async def test_what_makes_no_sense_is_422_and_changes_nothing(client, book, place, write_off, change, where):
    order_ids = await place(1)
    answer = await write_off(1, change.pop("order_ids", order_ids), **change)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, where)
    assert (await statuses(client, order_ids), book.on_hand) == (["placed"], 10)


@pytest.mark.parametrize(
    "scope", ["orders:read orders:write", "orders:manage orders:read", "stock:write orders:write", "orders:manage"]
)
async def test_it_needs_both_scopes(client, book, place, write_off, mint, scope):
    order_ids = await place(1)
    answer = await write_off(1, order_ids, headers=mint.headers("staff", scope=scope))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (await statuses(client, order_ids), book.on_hand) == (["placed"], 10)


async def test_who_wrote_off_is_an_id_in_the_ledger_and_a_long_reason_does_not_stand_in_the_way(
    stock, place, write_off, staff
):
    answer = await write_off(1, await place(1), headers=staff, reason="x" * 300)
    assert (answer.status_code, answer.json()["written_off"]) == (200, 1)
    assert stock.corrections == [("The Waves", -1, "x" * 300, MORGAN)]
