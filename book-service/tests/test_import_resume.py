"""Imports whose worker is killed: another one carries on, and nothing is done twice or by half."""

import asyncio
import contextlib

import pytest
from sent_files import csv_file, settled
from sqlalchemy import text

from book_service.importing import work_repository
from book_service.importing.holding import Held
from book_service.importing.worker import ImportWorker
from service_kit.database import Database
from service_kit.languages.choice import Languages

ROWS = 40
BATCH = 10
PROGRESS = {
    "reading": "SELECT count(*) FROM import_rows",
    "checking": "SELECT count(*) FROM import_results",
    "applying": "SELECT count(*) FROM books",
    "undoing": "SELECT count(*) FROM import_results WHERE NOT applied",
}
FILE = csv_file(*(f",Book {number:03},,,,,,,,,,1,1" for number in range(ROWS)))


class Killed(BaseException):
    """What ends a worker without giving it time for anything."""


@pytest.fixture
def shop(editor, application, monkeypatch):
    """Give a client of a service whose own worker is idle, and whose batches are small."""

    async def nothing():
        return False

    monkeypatch.setattr(application.state.import_worker, "work_off", nothing)
    for module in ("reading", "checking", "applying", "undoing"):
        monkeypatch.setattr(f"book_service.importing.{module}.BATCH", BATCH)
    return editor


@pytest.fixture
async def worker(database_url):
    """Give a worker of another replica, to be run by hand."""
    database = Database(database_url, pool_size=4)
    yield ImportWorker(database, currency="GBP", languages=Languages("book_service"))
    await database.dispose()


@pytest.fixture
async def sql(engine):
    async def execute(statement):
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None

    return execute


def kill_in(monkeypatch, state, *, batch, where):
    """Kill the worker in the batch with this number: when it begins, or in its middle with all of it written."""
    calls = 0
    original = getattr(Held, where)

    async def deadly(held, connection, **progress):
        nonlocal calls
        calls += held.row.state == state
        if held.row.state == state and calls == batch:
            raise Killed
        return await original(held, connection, **progress)

    monkeypatch.setattr(Held, where, deadly)


async def begin(shop, worker, state):
    """Send a file and bring it to where ``state`` begins; return its path."""
    path = f"/books/imports/{(await shop.post('/books/imports', content=FILE)).json()['id']}"
    if state in {"applying", "undoing"}:
        await worker.work_off()
        await shop.post(f"{path}/apply")
    if state == "undoing":
        await worker.work_off()
        await shop.post(f"{path}/undo")
    return path


@pytest.mark.parametrize("where", ["hold", "advance"])
@pytest.mark.parametrize("state", ["reading", "checking", "applying", "undoing"])
async def test_another_worker_carries_on_where_one_was_killed(shop, worker, sql, monkeypatch, state, where):
    path = await begin(shop, worker, state)
    with monkeypatch.context() as deadly:
        kill_in(deadly, state, batch=3, where=where)
        with pytest.raises(Killed):
            await worker.work_off()
    # Two batches are there, the third is not, and the numbers that people see say so.
    assert await sql(PROGRESS[state]) == 2 * BATCH
    seen = (await shop.get(path)).json()
    count = {"reading": "rows", "checking": "checked", "applying": "applied", "undoing": "undone"}[state]
    assert (seen["state"], seen["counts"][count]) == (state, 2 * BATCH)
    # As long as the lease of the dead is good nobody else touches the import.
    assert not await worker.work_off()
    await sql("UPDATE imports SET leased_until = now()")
    assert await worker.work_off()

    if state in {"reading", "checking"}:
        await shop.post(f"{path}/apply")
        await worker.work_off()
    seen = (await shop.get(path)).json()
    if state == "undoing":
        assert (seen["state"], seen["counts"]["undone"]) == ("undone", ROWS)
        assert await sql("SELECT sum(on_hand) FROM stock_levels") == 0
        assert await sql("SELECT count(*) FROM book_revisions WHERE kind = 'import_undone'") == ROWS
        return
    assert (seen["state"], seen["counts"]["rows"], seen["counts"]["applied"]) == ("applied", ROWS, ROWS)
    assert await sql("SELECT count(DISTINCT title) FROM books") == await sql("SELECT count(*) FROM books") == ROWS
    assert await sql("SELECT count(*) FROM stock_movements") == ROWS
    assert await sql("SELECT count(*) FROM book_revisions") == ROWS
    assert await sql("SELECT count(*) FROM import_chunks") == await sql("SELECT count(*) FROM import_keys") == 0


async def test_a_worker_that_ends_gives_its_import_back_at_once(shop, worker, monkeypatch):
    path = await begin(shop, worker, "applying")
    reached = asyncio.Event()
    original = Held.advance

    async def slow(held, session, **progress):
        reached.set()
        await asyncio.sleep(10)
        return await original(held, session, **progress)

    with monkeypatch.context() as slowed:
        slowed.setattr(Held, "advance", slow)
        task = asyncio.create_task(worker.work_off())
        await reached.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert (await shop.get(path)).json()["counts"]["applied"] == 0
    assert await worker.work_off()
    assert (await shop.get(path)).json()["counts"]["applied"] == ROWS


async def test_an_import_cancelled_while_it_is_applied_stops_and_can_be_undone(shop, worker, sql, monkeypatch):
    path = await begin(shop, worker, "applying")
    original = Held.advance

    async def cancel_after_two(held, session, **progress):
        now = await original(held, session, **progress)
        if now.row.applied == 2 * BATCH:
            asyncio.get_running_loop().create_task(shop.post(f"{path}/cancel"))
        return now

    async def hold(held, connection):
        if held.row.applied == 2 * BATCH:
            await settled(shop, held.id, {"cancelled"})
        return await original_hold(held, connection)

    original_hold = Held.hold
    with monkeypatch.context() as patched:
        patched.setattr(Held, "advance", cancel_after_two)
        patched.setattr(Held, "hold", hold)
        await worker.work_off()
    seen = (await shop.get(path)).json()
    assert (seen["state"], seen["counts"]["applied"]) == ("cancelled", 2 * BATCH)
    assert await sql("SELECT count(*) FROM books") == 2 * BATCH
    assert not await worker.work_off()
    assert (await shop.delete(path)).status_code == 409
    await shop.post(f"{path}/undo")
    await worker.work_off()
    assert (await shop.get(path)).json()["counts"]["undone"] == 2 * BATCH
    assert await sql("SELECT sum(on_hand) FROM stock_levels") == 0


async def test_a_failure_is_tried_again_later_and_a_file_that_always_fails_is_refused(shop, worker, sql, monkeypatch):
    path = await begin(shop, worker, "reading")

    async def broken(*_arguments, **_options):
        message = "a bug"
        raise RuntimeError(message)

    monkeypatch.setattr(work_repository, "insert_rows", broken)
    for _ in range(5):
        assert (await shop.get(path)).json()["state"] == "reading"
        assert await worker.work_off()
        assert not await worker.work_off()
        await sql("UPDATE imports SET leased_until = now()")
    seen = (await shop.get(path)).json()
    assert (seen["state"], seen["problem"]["code"]) == ("refused", "unreadable")


async def test_uploads_that_stopped_and_old_imports_that_nobody_wanted_are_deleted(shop, worker, sql):
    path = await begin(shop, worker, "reading")
    await worker.work_off()
    await worker.abandon()
    assert not await worker.work_off()
    await sql("UPDATE imports SET touched_at = now() - interval '31 days'")
    await worker.abandon()
    assert await worker.work_off()
    assert (await shop.get(path)).status_code == 404
    assert await sql("SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM import_rows)") == 0
