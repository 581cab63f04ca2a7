"""Work that was given up for the time being, and what a person does with it."""

import asyncio

import pytest

NOBODYS = "019a0000-0000-7000-8000-00000000dead"


@pytest.fixture
def book(stock):
    return stock.add(on_hand=100)


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org")


@pytest.fixture
def park(client, stock, book, staff, sql):
    """Give a function that makes an order that is shipped, and of which book-service wants to know nothing."""

    async def make(*, also_returned=False):
        order_id = (await client.post("/orders", json={"book_id": str(book.id), "quantity": 2})).json()["id"]
        client.app.state.reconciler.stop()
        kept = next(kept for known, kept in stock.reservations.items() if str(known) == order_id)
        kept["state"] = "released"
        for what in ("ship", "deliver", "return")[: 3 if also_returned else 1]:
            assert (await client.post(f"/orders/{order_id}/{what}", headers=staff)).status_code == 200
        await sql("UPDATE stock_work SET parked_at = now() - interval '1 hour' WHERE step = 'commit'")
        return order_id

    return make


@pytest.fixture
def settle(client, staff):
    """Give a function that has staff do something with parked work."""

    async def post(what, order_id, step="commit", **json):
        path = f"/orders/parked/{order_id}/{step}/{what}"
        return await client.post(path, headers=staff, **({"json": json} if what == "resolve" else {}))

    return post


async def parked(client, staff):
    answer = await client.get("/orders/parked", headers=staff)
    assert answer.status_code == 200
    return answer.json()


async def test_parked_work_is_listed_the_longest_waiting_first(client, park, staff):
    assert await parked(client, staff) == {"items": [], "total": 0}
    order_id = await park(also_returned=True)
    found = await parked(client, staff)
    assert found["total"] == 2
    assert [(item["order_id"], item["number"], item["order_status"], item["step"]) for item in found["items"]] == [
        (order_id, "Q-1001", "returned", "commit"),
        (order_id, "Q-1001", "returned", "return"),
    ]
    assert (found["items"][0]["attempts"], "reservation_not_held" in found["items"][0]["last_error"]) == (1, True)
    assert (await client.get("/orders/summary", headers=staff)).json()["parked"] == 2


async def test_work_that_is_tried_again_succeeds_once_its_cause_is_gone(
    replica, client, stock, book, park, staff, settle, sql, eventually
):
    order_id = await park()
    await park()
    for kept in stock.reservations.values():
        kept["state"] = "held"
    # What is not asked for stays parked, and the reconciler is woken rather than waited for.
    async with replica() as awake:
        woken = awake.app.state.reconciler._woken  # noqa: SLF001

        async def sleeps():
            return bool(woken._waiters)  # noqa: SLF001

        await eventually(sleeps)
        answer = await awake.post(f"/orders/parked/{order_id}/commit/retry", headers=staff)
        assert (answer.status_code, answer.content) == (204, b"")

        async def has_left():
            return book.on_hand == 98

        await eventually(has_left)
    (other,) = (await parked(client, staff))["items"]
    assert other["order_id"] != order_id
    assert (await settle("retry", order_id)).json()["code"] == "work_not_parked"
    assert len(await sql("SELECT * FROM stock_work")) == 1


async def test_work_that_fails_again_is_parked_again(client, park, staff, settle):
    order_id = await park()
    await settle("retry", order_id)
    assert (await parked(client, staff))["total"] == 0
    await client.app.state.reconciler.work_off()
    assert (await parked(client, staff))["items"][0]["attempts"] == 1


async def test_work_that_is_settled_by_hand_is_dropped_and_the_timeline_says_by_whom(
    client, stock, park, staff, settle
):
    order_id = await park(also_returned=True)
    before = await client.get(f"/orders/{order_id}", headers=staff)
    stock.calls.clear()
    answer = await settle("resolve", order_id, note=" Counted:\r\nboth are here. ")
    assert (answer.status_code, answer.content) == (204, b"")
    assert [item["step"] for item in (await parked(client, staff))["items"]] == ["return"]
    after = await client.get(f"/orders/{order_id}", headers=staff)
    assert after.headers["etag"] != before.headers["etag"]
    assert after.json()["status"] == "returned"
    assert after.json()["timeline"][:-1] == before.json()["timeline"]
    entry = after.json()["timeline"][-1]
    assert (entry["status"], entry["actor"], entry["actor_role"]) == ("returned", "morgan@example.org", "staff")
    assert entry["detail"] == "Settled by hand (commit): Counted:\nboth are here."
    assert stock.calls == []
    again = await settle("resolve", order_id, note="again")
    assert (again.status_code, again.json()["code"]) == (404, "work_not_parked")


async def test_what_staff_notes_about_the_stock_is_not_the_customers_to_read(client, park, settle):
    order_id = await park()
    before = (await client.get(f"/orders/{order_id}")).json()["timeline"]
    await settle("resolve", order_id, note="The courier lost it again.")
    assert (await client.get(f"/orders/{order_id}")).json()["timeline"] == before


async def test_of_trying_again_and_settling_by_hand_exactly_one_wins(park, settle, sql):
    for n in range(8):
        order_id = await park()
        wishes = [settle("retry", order_id), settle("resolve", order_id, note="by hand")]
        retried, resolved = await asyncio.gather(*wishes) if n % 2 else reversed(await asyncio.gather(*wishes[::-1]))
        assert sorted((retried.status_code, resolved.status_code)) == [204, 404]
        (row,) = await sql(
            "SELECT (SELECT count(*) FROM stock_work WHERE order_id = $1 AND parked_at IS NULL) AS waiting,"
            " (SELECT count(*) FROM order_timeline WHERE order_id = $1 AND detail LIKE 'Settled%') AS settled",
            order_id,
        )
        assert (row["waiting"], row["settled"]) == ((1, 0) if retried.status_code == 204 else (0, 1))


async def test_work_that_is_not_parked_is_nobodys_to_settle(client, stock, book, settle, sql):
    client.app.state.reconciler.stop()
    stock.always = stock.broken
    order_id = (await client.post("/orders", json={"book_id": str(book.id), "quantity": 1})).json()["id"]
    for what, step in (("retry", "reserve"), ("resolve", "reserve"), ("retry", "release"), ("resolve", "commit")):
        for asked in (order_id, NOBODYS):
            answer = await settle(what, asked, step, note="by hand")
            assert (answer.status_code, answer.json()["code"]) == (404, "work_not_parked")
    assert [row["step"] for row in await sql("SELECT step FROM stock_work")] == ["reserve"]
    assert len(await sql("SELECT * FROM order_timeline")) == 1


@pytest.mark.parametrize(
    "body", [{}, {"note": None}, {"note": ""}, {"note": " \n "}, {"note": "x" * 1001}, {"note": "\x00"}, {"other": 1}]
)
async def test_a_note_says_how(client, park, staff, sql, body):
    order_id = await park()
    answer = await client.post(f"/orders/parked/{order_id}/commit/resolve", json=body, headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert len(await sql("SELECT * FROM stock_work")) == 1


@pytest.mark.parametrize("path", ["Q-1001/commit", f"{NOBODYS}/forget", f"{NOBODYS}/%00", f"{NOBODYS[:-1]}/commit"])
@pytest.mark.parametrize("what", ["retry", "resolve"])
async def test_what_names_no_work_is_422(client, staff, path, what):
    answer = await client.post(f"/orders/parked/{path}/{what}", json={"note": "by hand"}, headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("role", ["customer", "editor"])
async def test_parked_work_is_staffs_alone(client, park, mint, role):
    order_id = await park()
    own = mint.headers(role, account_id="019a0000-0000-7000-8000-00000000c001")
    assert (await client.get("/orders/parked", headers=own)).status_code == 403
    assert (await client.get("/orders/summary", headers=own)).status_code == 403
    for what in ("retry", "resolve"):
        answer = await client.post(f"/orders/parked/{order_id}/commit/{what}", json={"note": "by hand"}, headers=own)
        assert answer.status_code == 403


async def test_the_summary_counts_every_status_and_tells_the_age_of_what_is_pending(
    client, stock, book, park, staff, sql
):
    empty = (await client.get("/orders/summary", headers=staff)).json()
    assert empty["counts"] == {
        status: {"count": 0, "is_estimate": False}
        for status in ("pending", "placed", "rejected", "shipped", "delivered", "returned", "cancelled")
    }
    assert (empty["parked"], empty["oldest_pending_seconds"]) == (0, 0)
    await park()
    stock.always = stock.broken
    for _ in range(2):
        await client.post("/orders", json={"book_id": str(book.id), "quantity": 1})
    await sql("UPDATE orders SET created_at = now() - interval '40 seconds' WHERE number = 1002")
    summary = (await client.get("/orders/summary", headers=staff)).json()
    assert {status: count["count"] for status, count in summary["counts"].items() if count["count"]} == {
        "pending": 2,
        "shipped": 1,
    }
    assert summary["parked"] == 1
    assert 40 <= summary["oldest_pending_seconds"] < 60
