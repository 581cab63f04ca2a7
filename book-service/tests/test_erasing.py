"""Histories and imports of people whose account is gone."""

from pathlib import Path

import pytest
from sent_files import EMMA, WAVES, act, csv_file, send, settled
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from service_kit.database import with_driver
from service_kit.testing.databases import alembic

ANN = "019a0000-0000-7000-8000-00000000000a"
BOB = "019a0000-0000-7000-8000-00000000000b"


@pytest.fixture
def sql(engine):
    async def run(statement):
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return list(result.all()) if result.returns_rows else []

    return run


@pytest.fixture
def ann(service, mint):
    service.headers.update(mint.headers("editor", account_id=ANN, email="ann@example.org"))
    return service


@pytest.fixture
def gone(application, neighbour, sql):
    """Give a function that has an account erased, and lets the service follow."""
    neighbour.erased.clear()

    async def erase(account_id):
        neighbour.erase(account_id)
        await sql("UPDATE erasures SET due_at = now() - interval '1 second'")
        await application.state.erasures.follow()

    return erase


async def tables_with(sql, trace):
    found = []
    for (table,) in await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await sql(f"SELECT row_to_json(t)::text FROM {table} AS t")  # noqa: S608
        found += [table] if any(trace in row for (row,) in rows) else []
    return sorted(found)


async def test_an_erased_person_is_in_no_table_and_what_was_done_stays(ann, mint, gone, sql, monkeypatch):
    monkeypatch.setattr("book_service.erasing.service.REVISIONS_AT_A_TIME", 2)
    key = {"Idempotency-Key": '"once"'} | ann.headers
    path, file = "/books/imports?name=books.csv", csv_file(WAVES, EMMA)
    sent = await settled(ann, (await ann.post(path, content=file, headers=key)).json()["id"])
    await act(ann, sent, "apply")
    book = (await ann.post("/books", json={"title": "Orlando", "price": "9.99", "stock": 2})).headers["location"]
    await ann.patch(book, json={"price": "8.50"})
    bobs = mint.headers("editor", account_id=BOB, email="bob@example.org")
    await ann.patch(book, json={"price": "8.75"}, headers=bobs)
    assert await tables_with(sql, "ann@") == ["book_revisions", "idempotency_keys", "imports"]
    before = (await ann.get(f"{book}/history")).json()["items"]

    await gone(ANN)

    assert await tables_with(sql, "ann@") == []
    after = (await ann.get(f"{book}/history")).json()["items"]
    assert [one["actor_name"] for one in after] == ["bob@example.org", None, None]
    assert [one | {"actor_name": None} for one in after] == [one | {"actor_name": None} for one in before]
    again = (await ann.post(path, content=file, headers=key)).json()
    assert (again["id"], again["actor"], again["actor_name"]) == (sent["id"], ANN, None)


async def test_an_import_that_is_applied_later_does_not_bring_the_name_back(ann, gone, sql):
    sent = await send(ann, csv_file(WAVES))
    await gone(ANN)
    await act(ann, sent, "apply")  # with a token that is not refused everywhere yet
    await gone(BOB)
    assert await tables_with(sql, "ann@") == []


@pytest.mark.parametrize(
    ("account", "left"), [(ANN, (None, "bob@example.org")), (BOB, ("ann@example.org", None))], ids=["ann", "bob"]
)
async def test_of_an_import_that_two_had_a_hand_in_one_name_stays(ann, mint, gone, sql, account, left):
    sent = await send(ann, csv_file(WAVES))
    ann.headers.update(mint.headers("editor", account_id=BOB, email="bob@example.org"))
    await act(ann, sent, "apply")
    await gone(account)
    assert await sql("SELECT actor_name, deciding_actor_name FROM imports") == [left]
    assert await sql("SELECT actor_name FROM book_revisions") == [(left[1],)]


@pytest.mark.parametrize(
    "change",
    [
        "actor_name = 'x'",
        "actor_name = NULL, actor = 'x'",
        "actor_name = NULL, changes = '{}'",
        "actor_name = NULL, version = 9",
    ],
)
async def test_a_history_lets_a_name_go_and_nothing_else(ann, sql, change):
    book = (await ann.post("/books", json={"title": "Orlando", "price": "9.99"})).headers["location"]
    await ann.patch(book, json={"price": "8.50"})
    with pytest.raises(IntegrityError, match="only ever added"):
        await sql(f"UPDATE book_revisions SET {change} WHERE version = 2")  # noqa: S608


OLDER = (
    """
    INSERT INTO books (id, title, authors, subjects, price)
    VALUES ('019a0000-0000-7000-8000-00000000000c', 'Orlando', '{}', '{}', 9.99)
    """,
    "INSERT INTO stock_levels (book_id) SELECT id FROM books",
    """
    INSERT INTO book_revisions (book_id, version, kind, actor, actor_name)
    SELECT id, 1, 'created', '019a0000-0000-7000-8000-00000000000a', 'ann@example.org' FROM books
    """,
    """
    INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)
    SELECT id, 1, 'correction', 'x', actor, n
    FROM books, unnest(ARRAY['ann@example.org', 'gone@example.org', 'order-service']) WITH ORDINALITY AS who (actor, n)
    """,
)


async def test_a_ledger_that_named_addresses_names_accounts_after_the_migration(postgres):
    postgres.create_role_and_database("books_erasing", "test")
    url = postgres.url("books_erasing", "books_erasing", "test")
    service = Path(__file__).parents[1]
    alembic(service, "BOOK_DATABASE_URL", url, "upgrade", "0006")
    engine = create_async_engine(with_driver(url))
    async with engine.begin() as connection:
        for statement in OLDER:
            await connection.execute(text(statement))
    alembic(service, "BOOK_DATABASE_URL", url, "upgrade", "head")
    async with engine.connect() as connection:
        actors = await connection.scalars(text("SELECT actor FROM stock_movements ORDER BY id"))
        assert list(actors) == [ANN, "order-service", "order-service"]
        with pytest.raises(IntegrityError, match="only ever added"):
            await connection.execute(text("UPDATE stock_movements SET actor = 'x'"))
    await engine.dispose()
