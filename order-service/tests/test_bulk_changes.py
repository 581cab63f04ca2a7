"""Shipping, delivering and cancelling many orders at once."""

import asyncio
from uuid import UUID

import pytest

KEY = {"Idempotency-Key": '"1d8f1c9e-62f1-4f43-9d5c-0a7be1c1f2a4"'}
NOBODYS = "019a0000-0000-7000-8000-00000000dead"


@pytest.fixture
def book(stock):
    return stock.add(on_hand=1000)


@pytest.fixture
def place(client, book):
    """Give a function that places orders of one copy and returns their ids, oldest first."""

    async def place_some(count):
        order = {"book_id": str(book.id), "quantity": 1}
        return [(await client.post("/orders", json=order)).json()["id"] for _ in range(count)]

    return place_some


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org")


@pytest.fixture
def bulk(client, staff):
    """Give a function that changes orders as staff does."""

    async def post(action, order_ids, **headers):
        return await client.post(
            "/orders/bulk", json={"action": action, "order_ids": order_ids}, headers=staff | headers
        )

    return post


async def statuses(client, order_ids):
    return [(await client.get(f"/orders/{order_id}")).json()["status"] for order_id in order_ids]


async def test_many_orders_are_shipped_delivered_and_told_to_book_service(client, stock, book, place, bulk, eventually):
    order_ids = await place(6)
    answer = await bulk("ship", order_ids)
    assert answer.status_code == 200
    assert answer.json()["results"] == [
        {
            "order_id": order_id,
            "number": f"Q-{1001 + n}",
            "ok": True,
            "order_status": "shipped",
            "code": None,
            "title": None,
        }
        for n, order_id in enumerate(order_ids)
    ]

    async def all_have_left():
        return (book.on_hand, book.reserved) == (994, 0)

    await eventually(all_have_left)
    assert stock.calls_of("commit") == 6
    assert [result["order_status"] for result in (await bulk("deliver", order_ids)).json()["results"]] == [
        "delivered"
    ] * 6
    timeline = (await client.get(f"/orders/{order_ids[0]}")).json()["timeline"]
    assert [(entry["status"], entry["actor_role"]) for entry in timeline[2:]] == [
        ("shipped", "staff"),
        ("delivered", "staff"),
    ]


async def test_each_order_is_judged_by_itself_and_answered_in_the_order_asked(client, place, bulk):
    placed, shipped, cancelled = await place(3)
    await bulk("ship", [shipped])
    await client.post(f"/orders/{cancelled}/cancel")
    answer = await bulk("ship", [cancelled, NOBODYS, placed, shipped, placed])
    assert [
        (result["order_id"], result["number"], result["ok"], result["order_status"], result["code"])
        for result in answer.json()["results"]
    ] == [
        (cancelled, "Q-1003", False, "cancelled", "order_not_shippable"),
        (NOBODYS, None, False, None, "order_not_found"),
        (placed, "Q-1001", True, "shipped", None),
        (shipped, "Q-1002", True, "shipped", None),
    ]
    assert answer.json()["results"][0]["title"] == "This order cannot be shipped"
    assert len((await client.get(f"/orders/{shipped}")).json()["timeline"]) == 3


async def test_cancelling_many_gives_their_copies_back_and_ends_what_is_pending(client, stock, book, place, bulk, sql):
    order_ids = await place(2)
    client.app.state.reconciler.stop()
    stock.fail(stock.broken)
    pending = (await client.post("/orders", json={"book_id": str(book.id), "quantity": 1})).json()["id"]
    answer = await bulk("cancel", [*order_ids, pending])
    assert {result["order_status"] for result in answer.json()["results"]} == {"cancelled"}
    assert {row["step"] for row in await sql("SELECT step FROM stock_work")} == {"release"}
    assert stock.calls_of("release") == 0
    await client.app.state.reconciler.work_off()
    assert (book.reserved, await sql("SELECT * FROM stock_work")) == (0, [])


async def test_a_repeated_request_gets_the_same_answer_and_another_with_its_key_none(bulk, place):
    order_ids = await place(2)
    first = await bulk("ship", order_ids, **KEY)
    await bulk("deliver", order_ids)
    again = await bulk("ship", order_ids, **KEY)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    answer = await bulk("cancel", order_ids, **KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_same_key_many_times_at_once_changes_once(bulk, place, sql):
    order_ids = await place(5)
    answers = await asyncio.gather(*(bulk("ship", order_ids, **KEY) for _ in range(8)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert (await sql("SELECT count(*) FROM order_timeline WHERE status = 'shipped'"))[0]["count"] == 5


async def test_who_ships_many_and_who_cancels_some_of_them_at_once_never_both_win(
    replica, client, stock, book, place, bulk, staff, sql, eventually
):
    order_ids = await place(30)
    # One order is locked as by a change that is not committed yet: both come to it with others in hand.
    await sql("BEGIN")
    await sql("SELECT FROM orders WHERE id = $1 FOR UPDATE", order_ids[14])
    async with replica() as other:
        backwards = {"action": "cancel", "order_ids": order_ids[::-1]}
        wishes = [
            asyncio.create_task(bulk("ship", order_ids)),
            asyncio.create_task(other.post("/orders/bulk", json=backwards, headers=staff)),
        ]

        async def both_wait():
            # A transaction sees the activity of others as it was when it first asked.
            await sql("SELECT pg_stat_clear_snapshot()")
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            return len(await sql(waiting)) == 2

        await eventually(both_wait)
        singly = [asyncio.create_task(client.post(f"/orders/{order_id}/cancel")) for order_id in order_ids[10:20]]
        await sql("COMMIT")
        answers = await asyncio.gather(*wishes, *singly)
    assert {answer.status_code for answer in answers} <= {200, 409}
    after = await statuses(client, order_ids)
    assert set(after) <= {"shipped", "cancelled"}
    for result, status in zip(answers[0].json()["results"], after, strict=True):
        assert result["ok"] is (status == "shipped")
    for result, status in zip(answers[1].json()["results"][::-1], after, strict=True):
        assert result["ok"] is (status == "cancelled")
    for order_id in order_ids:
        assert len((await client.get(f"/orders/{order_id}")).json()["timeline"]) == 3

    async def all_is_told():
        return not stock.held()

    await eventually(all_is_told)
    assert (book.on_hand, book.reserved) == (1000 - after.count("shipped"), 0)


async def test_a_hundred_orders_are_one_transaction_and_call_nobody(client, stock, sql, place, bulk):
    order_ids = await place(100)
    client.app.state.reconciler.stop()
    stock.calls.clear()
    before = (await sql("SELECT count(*) FROM stock_work"))[0]["count"]
    answer = await bulk("ship", order_ids)
    assert all(result["ok"] for result in answer.json()["results"])
    assert stock.calls == []
    assert (await sql("SELECT count(*) FROM stock_work"))[0]["count"] == before + 100
    assert len(await sql("SELECT DISTINCT xmin::text FROM orders")) == 1


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"action": "return"}, ["body", "action"]),
        ({"action": None}, ["body", "action"]),
        ({"order_ids": []}, ["body", "order_ids"]),
        ({"order_ids": [NOBODYS] * 101}, ["body", "order_ids"]),
        ({"order_ids": ["Q-1001"]}, ["body", "order_ids", 0]),
        ({"order_ids": NOBODYS}, ["body", "order_ids"]),
        ({"status": "shipped"}, ["body", "status"]),
    ],
)
async def test_what_makes_no_sense_is_422_and_changes_nothing(client, place, staff, change, where):
    order_ids = await place(1)
    wanted = {"action": "ship", "order_ids": order_ids} | change
    answer = await client.post("/orders/bulk", json=wanted, headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["errors"][0]["loc"] == where
    assert await statuses(client, order_ids) == ["placed"]


@pytest.mark.parametrize("role", ["customer", "editor"])
async def test_only_staff_changes_many(client, place, mint, role):
    order_ids = await place(1)
    own = mint.headers(role, account_id=str(UUID("019a0000-0000-7000-8000-00000000c001")))
    answer = await client.post("/orders/bulk", json={"action": "cancel", "order_ids": order_ids}, headers=own)
    assert answer.status_code == 403
    assert await statuses(client, order_ids) == ["placed"]
