"""One service's connections: bounded, fair, and clear when PostgreSQL is away."""

import asyncio

import pytest
from sqlalchemy import text

from service_kit import database as database_module
from service_kit.database import Database, DatabaseUnavailable
from service_kit.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def url(postgres: EmbeddedPostgres) -> str:
    postgres.create_role_and_database("pooling", "test")
    return postgres.url("pooling", "pooling", "test")


@pytest.fixture
async def database(url):
    database = Database(url, pool_size=2)
    yield database
    await database.dispose()


async def test_returning_commits_and_raising_rolls_back(database):
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE IF NOT EXISTS kept (n int)"))
        await session.execute(text("INSERT INTO kept VALUES (1)"))

    async def write_and_raise() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO kept VALUES (2)"))
            message = "stop"
            raise ValueError(message)

    with pytest.raises(ValueError, match="stop"):
        await write_and_raise()
    async with database.read() as connection:
        assert (await connection.scalars(text("SELECT n FROM kept"))).all() == [1]


async def test_waiting_callers_are_served_in_the_order_they_came(database):
    served = []

    async def work(number: int) -> None:
        async with database.read() as connection:
            served.append(number)
            await connection.execute(text("SELECT pg_sleep(0.005)"))

    # The two connections are opened first: one of them may take longer than the other.
    await asyncio.gather(work(0), work(0))
    served.clear()
    await asyncio.gather(*(work(number) for number in range(20)))
    # Two are served at a time, and one of them may be slow while the other serves a few.
    assert max(abs(number - place) for place, number in enumerate(served)) <= 4


async def test_when_all_connections_stay_busy_the_caller_is_told_in_bounded_time(database, monkeypatch):
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.1)

    async def hold() -> None:
        async with database.read() as connection:
            await connection.execute(text("SELECT pg_sleep(1)"))

    holders = [asyncio.create_task(hold()) for _ in range(2)]
    await asyncio.sleep(0.05)
    with pytest.raises(DatabaseUnavailable):
        async with database.read():
            pass
    await asyncio.gather(*holders)


async def test_a_crowd_that_waits_for_connections_does_not_make_the_service_unready(database, monkeypatch):
    monkeypatch.setattr(database_module, "CHECK_SECONDS", 0.001)

    async def work() -> None:
        async with database.read() as connection:
            await connection.execute(text("SELECT pg_sleep(0.01)"))

    await work()
    crowd = asyncio.gather(*(work() for _ in range(40)))
    for _ in range(10):
        await asyncio.sleep(0.01)
        assert await database.check() == "answers"
    await crowd


async def test_a_mistake_in_sql_is_not_taken_for_an_outage(database):
    with pytest.raises(Exception, match="nowhere") as raised:
        async with database.read() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))
    assert not isinstance(raised.value, DatabaseUnavailable)
