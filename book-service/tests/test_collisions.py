"""Somebody who locks rows in another order: PostgreSQL ends one of two transactions, and nobody gets to see it."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
from sent_files import csv_file, rows, send, settled
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.importing.book_repository import lock_additions_without_isbn

LOCK = "SELECT FROM stock_levels WHERE book_id = $1 FOR UPDATE"
WAITING = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid)))"

ADDING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def test_a_reserve_that_is_ended_for_a_deadlock_is_carried_out_after_it(
    editor, service, mint, postgres, database_url
):
    postgres.run_sql("GRANT SET ON PARAMETER deadlock_timeout TO books")
    answers = [await editor.post("/books", json={"title": "A book", "price": "1.00", "stock": 3}) for _ in range(2)]
    first, second = sorted(UUID(answer.json()["id"]) for answer in answers)
    body = {"lines": [{"book_id": str(book), "quantity": 1} for book in (first, second)]}
    other, observer = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    # The first of two to look for a deadlock is ended, and that is not to be this one, however busy the machine.
    await other.execute("SET deadlock_timeout = '60s'")
    async with other.transaction():
        await other.execute(LOCK, second)
        reserving = asyncio.create_task(
            service.put(f"/internal/reservations/{uuid4()}", json=body, headers=mint.headers("order-service"))
        )
        async with asyncio.timeout(20):
            while not await observer.fetchval(WAITING, other.get_server_pid()):
                pass
        await other.execute(LOCK, first)
    answer = await reserving
    assert (answer.status_code, answer.json()["state"]) == (200, "held")
    assert [(await editor.get(f"/books/{book}")).json()["available"] for book in (first, second)] == [2, 2]
    await other.close()
    await observer.close()


async def test_two_imports_at_once_add_a_book_without_an_isbn_once(editor, engine, database_url):
    files = [await send(editor, csv_file(",The Waves,,Virginia Woolf,,,,,,,,9.99,")) for _ in range(2)]
    observer = await asyncpg.connect(database_url)
    async with AsyncSession(engine) as other, other.begin():
        await lock_additions_without_isbn(other)
        for sent in files:
            assert (await editor.post(f"/books/imports/{sent['id']}/apply")).status_code == 202
        async with asyncio.timeout(20):
            while await observer.fetchval(ADDING) < len(files):
                pass
    counts = [(await settled(editor, sent["id"]))["counts"] for sent in files]
    assert sorted((count["applied"], count["failed"]) for count in counts) == [(0, 1), (1, 0)]
    assert len((await editor.get("/books")).json()["items"]) == 1
    (failed,) = [row for sent in files for row in await rows(editor, sent, "failed")]
    assert [(problem["field"], problem["code"]) for problem in failed["problems"]] == [("title", "double")]
    await observer.close()
