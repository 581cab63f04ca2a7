"""Work that requests leave undone is finished by any replica, once."""

import asyncio
import math
from collections import Counter

import pytest

from order_service import retry_parked_work
from order_service.orders import backlog_metrics, reconciler
from order_service.orders.errors import LeaseLost
from order_service.orders.protocol import GivingUp
from order_service.orders.states import OrderEvent
from order_service.orders.work import retry_delay
from order_service.stock_client import HeldLine, Reservation


@pytest.fixture
def order(stock):
    return {"book_id": str(stock.add(on_hand=100).id), "quantity": 1}


@pytest.fixture
def leave_pending(client, stock, order, make_due):
    """Give a function that places orders of which book-service does not hear, and of which no worker takes care."""

    async def leave(*, count=1):
        client.app.state.reconciler.stop()
        stock.always = stock.broken
        answers = await asyncio.gather(*(client.post("/orders", json=order) for _ in range(count)))
        assert {answer.status_code for answer in answers} == {202}
        stock.always = None
        stock.calls.clear()
        await make_due()
        return [answer.headers["location"] for answer in answers]

    return leave


@pytest.fixture
def try_again(client, make_due):
    """Give a function that lets all work be tried once more, or several times."""

    async def work_off(*, times=1):
        for _ in range(times):
            await make_due()
            await client.app.state.reconciler.work_off()

    return work_off


async def test_another_replica_finishes_what_one_has_left(replica, leave_pending, comes_to):
    (location,) = await leave_pending()
    async with replica(work_poll_seconds=0.05):
        await comes_to(location, "placed")


async def test_replicas_share_the_work_and_nothing_is_done_twice(replica, stock, leave_pending, eventually):
    await leave_pending(count=12)
    stock.always = stock.slow

    async def all_are_held():
        return len(stock.held()) == 12

    async with replica(work_poll_seconds=0.05), replica(work_poll_seconds=0.05):
        await eventually(all_are_held)
    assert set(Counter(stock.calls).values()) == {1}


async def test_work_that_a_worker_has_is_not_given_to_another(client, leave_pending):
    await leave_pending()
    settlement = client.app.state.settlement
    assert [len(claimed) for claimed in (await settlement.claim(9), await settlement.claim(9))] == [1, 0]


async def test_workers_that_claim_at_the_same_moment_get_different_work(client, leave_pending):
    await leave_pending(count=12)
    settlement = client.app.state.settlement
    claims = await asyncio.gather(*(settlement.claim(5) for _ in range(8)))
    claimed = [work.order_id for claim in claims for work in claim]
    assert len(claimed) == len(set(claimed)) == 12


def reservation(work) -> Reservation:
    held = [HeldLine(**line.model_dump(), title="t", authors=[], unit_price="9.99") for line in work.lines]
    return Reservation(state="held", currency="GBP", lines=held)


async def test_a_worker_that_was_frozen_past_its_lease_writes_nothing(client, leave_pending, make_due):
    (location,) = await leave_pending()
    settlement = client.app.state.settlement
    (frozen,) = await settlement.claim(1)
    await make_due()
    (awake,) = await settlement.claim(1)
    with pytest.raises(LeaseLost):
        await settlement.reserved(frozen, OrderEvent.RESERVED, reservation(frozen), None)
    assert await settlement.postpone(frozen, "late") is False
    assert (await client.get(location)).json()["status"] == "pending"
    await settlement.reserved(awake, OrderEvent.RESERVED, reservation(awake), None)
    assert (await client.get(location)).json()["status"] == "placed"
    with pytest.raises(LeaseLost):
        await settlement.give_up(frozen, GivingUp.NOT_PLACED_IN_TIME, None)
    assert (await client.get(location)).json()["status"] == "placed"


async def test_a_request_that_was_frozen_past_its_lease_tells_how_the_order_is_now(client, stock, order, make_due):
    client.app.state.reconciler.stop()
    late = stock.answer_late()
    stock.fail(late)
    frozen = asyncio.create_task(client.post("/orders", json=order))
    await late.arrived.wait()
    await make_due()
    await client.app.state.reconciler.work_off()
    late.let_go.set()
    answer = await frozen
    assert (answer.status_code, answer.json()["status"]) == (201, "placed")
    assert [entry["status"] for entry in answer.json()["timeline"]] == ["pending", "placed"]


async def test_a_frozen_worker_does_not_end_the_release_of_another(client, stock, leave_pending, sql, make_due):
    (location,) = await leave_pending()
    stock.always = stock.broken
    await client.post(f"{location}/cancel")
    settlement = client.app.state.settlement
    await make_due()
    (frozen,) = await settlement.claim(1)
    await make_due()
    (awake,) = await settlement.claim(1)
    await settlement.finish(frozen)
    assert len(await sql("SELECT * FROM stock_work")) == 1
    await settlement.finish(awake)
    assert await sql("SELECT * FROM stock_work") == []


async def test_work_that_fails_too_often_is_parked_and_kept(client, stock, order, sql, try_again):
    location = (await client.post("/orders", json=order)).headers["location"]
    client.app.state.reconciler.stop()
    stock.always = stock.broken
    await client.post(f"{location}/cancel")
    await try_again(times=4)
    (row,) = await sql("SELECT * FROM stock_work")
    assert (row["step"], row["attempts"], row["parked_at"] is not None) == ("release", 3, True)
    assert "500" in row["last_error"]
    assert (await client.app.state.settlement.backlog()).parked == 1
    stock.always = None
    assert await retry_parked_work.retry(client.app.state.settings) == 1
    await client.app.state.reconciler.work_off()
    assert (stock.held(), await sql("SELECT * FROM stock_work")) == ({}, [])


async def test_a_pending_order_is_never_parked_for_its_deadline_ends_it(stock, leave_pending, sql, try_again):
    await leave_pending()
    stock.always = stock.broken
    await try_again(times=4)
    (row,) = await sql("SELECT attempts, parked_at FROM stock_work")
    assert (row["attempts"], row["parked_at"]) == (5, None)


async def test_an_attempt_under_way_is_finished_at_shutdown(replica, client, stock, leave_pending, eventually):
    (location,) = await leave_pending()
    stock.always = stock.slow

    async def has_begun():
        return stock.calls

    async with replica(work_poll_seconds=0.05):
        await eventually(has_begun)
    assert (await client.get(location)).json()["status"] == "placed"


async def test_the_loop_survives_a_database_that_fails(replica, leave_pending, comes_to, sql):
    (location,) = await leave_pending()
    await sql("ALTER TABLE stock_work RENAME TO elsewhere")
    async with replica(work_poll_seconds=0.05):
        await asyncio.sleep(0.2)
        await sql("ALTER TABLE elsewhere RENAME TO stock_work")
        await comes_to(location, "placed")


async def test_a_fault_of_our_own_is_tried_again_and_not_lost(client, stock, leave_pending, sql, try_again):
    (location,) = await leave_pending()

    async def fault(*_arguments):
        message = "planted"
        raise RuntimeError(message)

    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(client.app.state.settlement, "reserved", fault)
        await try_again()
    (row,) = await sql("SELECT last_error, lease FROM stock_work")
    assert (row["last_error"], row["lease"]) == ("RuntimeError: planted", None)
    await try_again()
    assert (await client.get(location)).json()["status"] == "placed"
    assert len(stock.held()) == 1


async def figures(client):
    """Read the metrics of what waits: oldest pending, waiting, parked, and the age of the reading."""
    metrics = (await client.get("/metrics")).text
    values = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    names = ("orders_oldest_pending_seconds", "stock_work_waiting", "stock_work_parked")
    return [float(values[name]) for name in (*names, "stock_work_reading_age_seconds")]


async def test_what_waits_is_measured_by_every_replica(replica, leave_pending, sql, eventually):
    await leave_pending(count=3)
    await sql("UPDATE orders SET created_at = created_at - interval '50 seconds' WHERE number = 1002")
    await sql("UPDATE stock_work SET due_at = now() + interval '1 hour'")
    await sql("UPDATE stock_work SET parked_at = now() WHERE order_id = (SELECT id FROM orders WHERE number = 1003)")
    async with replica() as one, replica() as other:
        for each in (one, other):

            async def shows_what_waits(client=each):
                oldest, waiting, parked, age = await figures(client)
                return 50 <= oldest < 60 and (waiting, parked) == (2, 1) and age < 30

            await eventually(shows_what_waits)


async def test_what_cannot_be_read_any_more_is_not_shown_as_if_it_were(replica, sql, eventually, monkeypatch):
    monkeypatch.setattr(reconciler, "OBSERVE_SECONDS", 0.05)
    async with replica(work_poll_seconds=0.05) as client:

        async def shows(*expected):
            return (await figures(client))[1:3] == [*expected]

        async def shows_nothing():
            return all(math.isnan(figure) for figure in (await figures(client))[:3])

        await eventually(lambda: shows(0, 0))
        await sql("ALTER TABLE stock_work RENAME TO elsewhere")
        monkeypatch.setattr(backlog_metrics, "STALE_SECONDS", 0.3)
        await eventually(shows_nothing)
        assert (await figures(client))[3] > 0.3
        await sql("ALTER TABLE elsewhere RENAME TO stock_work")
        await eventually(lambda: shows(0, 0))


def test_tries_come_further_and_further_apart():
    assert retry_delay("release", 1) == 0
    assert 0.5 <= retry_delay("release", 2) <= 1
    assert 30 <= retry_delay("release", 100) <= 60
    assert 2.5 <= retry_delay("reserve", 100) <= 5
    assert len({retry_delay("release", 9) for _ in range(5)}) > 1
