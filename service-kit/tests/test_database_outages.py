"""PostgreSQL stops, starts, freezes, refuses and collides: who waits, who is told, and what was done."""

import asyncio
import time
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from service_kit import database as database_module
from service_kit.database import Database, DatabaseUnavailable
from service_kit.database_failures import TransactionAborted, repeated_when_aborted
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.prepared import Prepared
from service_kit.testing.relay import Relay

STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


@pytest.fixture(scope="module")
def server():
    """Give a server that is this module's to stop, and that loses nothing when it is."""
    with EmbeddedPostgres.temporary(durable=True) as server:
        server.create_role_and_database("outages", "test")
        yield server


@pytest.fixture
async def written(server):
    """Give a function that reads the table ``written`` behind the service's back."""
    server.run_sql(
        "DROP TABLE IF EXISTS written; CREATE TABLE written (n int); GRANT ALL ON written TO outages", "outages"
    )
    return lambda: server.run_sql("SELECT string_agg(n::text, ',' ORDER BY n) FROM written", "outages")


@asynccontextmanager
async def service(server, *, port=None, pool_size=2, use_seconds=None):
    url = make_url(server.url("outages", "outages")).set(port=port or server.port)
    database = Database(url.render_as_string(hide_password=False), pool_size=pool_size, use_seconds=use_seconds)
    yield database
    await database.dispose()


@pytest.fixture
async def database(server):
    async with service(server) as database:
        yield database


@pytest.fixture
async def relay(server):
    async with Relay(server.port).running() as relay:
        yield relay


def connections(server) -> int:
    return int(server.run_sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'outages'"))


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (nothing here could set an event)
            await asyncio.sleep(0.01)


async def write(database: Database, number: int) -> None:
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO written VALUES (:n)"), {"n": number})


async def fill_pool(database: Database, size: int = 2) -> None:
    all_open = asyncio.Barrier(size)

    async def hold() -> None:
        async with database.read():
            await all_open.wait()

    await asyncio.gather(*(hold() for _ in range(size)))


async def test_who_comes_while_it_is_restarted_waits_and_is_served(server, database, written):
    await fill_pool(database)
    server.stop("immediate")
    waiting = [asyncio.create_task(write(database, number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*waiting)
    assert written() == "0,1,2,3"


async def test_who_comes_while_it_is_starting_up_waits_and_is_served(server, relay, written):
    relay.refusal = b"E" + (len(STARTING_UP) + 4).to_bytes(4) + STARTING_UP
    async with service(server, port=relay.port) as database:
        waiting = asyncio.create_task(write(database, 1))
        await until(lambda: relay.accepted > 1)
        relay.refusal = None
        await waiting
    assert written() == "1"


async def test_who_comes_while_it_stays_away_is_told_when_to_try_again(server, relay, monkeypatch):
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.2)
    relay.refusal = b""
    async with service(server, port=relay.port) as database:
        with pytest.raises(DatabaseUnavailable) as raised:
            await write(database, 1)
    assert (raised.value.status, raised.value.headers["Retry-After"]) == (503, "2")
    assert relay.accepted > 1


async def test_who_loses_a_connection_that_has_just_been_opened_gets_another_one(database, written, monkeypatch):
    prepare, lost = asyncpg.Connection.set_type_codec, []

    async def lose_the_first(connection, *arguments, **options):
        if not lost:
            lost.append(connection)
            connection.terminate()
        await prepare(connection, *arguments, **options)

    # SQLAlchemy prepares a connection before it translates what the driver raises.
    monkeypatch.setattr(asyncpg.Connection, "set_type_codec", lose_the_first)
    await write(database, 1)
    assert (len(lost), written()) == (1, "1")


async def test_connections_that_were_closed_meanwhile_are_replaced_without_a_word(server, database, written):
    await fill_pool(database)
    server.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'outages'")
    await until(lambda: connections(server) == 0)
    await asyncio.gather(write(database, 1), database.check())
    assert written() == "1"


@pytest.mark.parametrize("way", ["read", "reader", "transaction"])
async def test_a_connection_that_lay_idle_is_used_again(database, monkeypatch, way):
    backend = text("SELECT pg_backend_pid() AS process")

    async def process() -> int:
        async with getattr(database, way)() as opened:
            if way == "reader":
                return (await Prepared(backend).rows(opened, {}))[0].process
            return await opened.scalar(backend)

    monkeypatch.setattr(database_module, "_TRUSTED_SECONDS", 0)
    assert len({await process() for _ in range(3)}) == 1


async def test_who_reads_for_a_page_when_the_database_goes_is_told_and_the_next_is_served(server, database):
    one = Prepared(text("SELECT 1 AS one"))

    async def ask(*, while_it_goes: bool) -> int:
        async with database.reader() as reader:
            if while_it_goes:
                server.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'outages'")
            return (await one.rows(reader, {}))[0].one

    with pytest.raises(DatabaseUnavailable):
        await ask(while_it_goes=True)
    assert await ask(while_it_goes=False) == 1


async def test_who_leaves_in_the_middle_of_a_statement_leaves_the_connection_to_others(server):
    statements = [Prepared(text(f"SELECT {number} AS one, pg_sleep({pause})")) for number, pause in ((1, 5), (2, 0))]

    async def ask(statement: Prepared) -> int:
        async with database.reader() as reader:
            return (await statement.rows(reader, {}))[0].one

    async with service(server, pool_size=1) as database:
        for _ in range(3):
            leaving = asyncio.create_task(ask(statements[0]))
            await asyncio.sleep(0.2)
            leaving.cancel()
            assert await ask(statements[1]) == 2


async def test_a_connection_that_lay_idle_is_used_only_when_its_peer_is_still_there(
    server, relay, written, monkeypatch
):
    monkeypatch.setattr(database_module, "_TRUSTED_SECONDS", 0)
    monkeypatch.setattr(database_module, "_PROOF_SECONDS", 0.1)
    async with service(server, port=relay.port) as database:
        await fill_pool(database)
        relay.hold_open_connections()
        await asyncio.gather(write(database, 1), write(database, 2))
    assert written() == "1,2"


async def test_a_peer_that_falls_silent_is_given_up_and_work_goes_on_when_it_is_back(
    server, relay, written, monkeypatch
):
    monkeypatch.setattr(database_module, "USE_SECONDS", 0.2)
    async with service(server, port=relay.port, pool_size=1) as database:
        await fill_pool(database, 1)
        relay.hold()
        with pytest.raises(DatabaseUnavailable):
            await write(database, 1)
        relay.hold_open_connections()
        relay.let_go()
        await write(database, 2)
    assert written() == "2"


async def test_a_command_that_nobody_waits_for_may_take_longer_than_a_request(server, monkeypatch):
    monkeypatch.setattr(database_module, "USE_SECONDS", 0.1)

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_sleep(0.4)"))

    async with service(server) as database:
        with pytest.raises(DatabaseUnavailable):
            await work(database)
    async with service(server, use_seconds=20) as database:
        await work(database)


async def test_what_was_lost_with_the_answer_to_its_commit_is_told_and_not_done_again(server, relay, written):
    relay.cut_when = lambda sent: b"COMMIT" in sent
    async with service(server, port=relay.port) as database:
        with pytest.raises(DatabaseUnavailable):
            await write(database, 7)
        await until(written)
    assert written() == "7"


@pytest.mark.parametrize(
    "state", ["25006", "25P03", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P03"]
)
async def test_what_passes_by_itself_is_unavailable_and_leaves_nothing_half_done(database, written, state):
    async def write_and_fail() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO written VALUES (1)"))
            await session.execute(text(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(DatabaseUnavailable) as raised:
        await write_and_fail()
    assert int(raised.value.headers["Retry-After"]) > 0
    assert written() == ""
    await write(database, 2)


async def test_a_statement_that_takes_too_long_is_ended(server, monkeypatch):
    monkeypatch.setattr(database_module, "STATEMENT_SECONDS", 0.1)
    async with service(server) as database:
        with pytest.raises(DatabaseUnavailable):
            async with database.read() as connection:
                await connection.execute(text("SELECT pg_sleep(5)"))


async def test_a_server_that_has_no_more_connections_is_waited_for(server, written):
    server.run_sql("ALTER ROLE outages CONNECTION LIMIT 1")
    try:
        async with service(server) as database:
            await asyncio.gather(*(write(database, number) for number in range(4)))
    finally:
        server.run_sql("ALTER ROLE outages CONNECTION LIMIT -1")
    assert written() == "0,1,2,3"


async def test_a_transaction_that_collided_is_done_again_when_its_method_allows(database, written):
    await write(database, 0)
    both_have_read, rounds = asyncio.Barrier(2), []

    @repeated_when_aborted
    async def add(number: int) -> None:
        async with database.transaction() as session:
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            await session.scalar(text("SELECT n FROM written"))
            rounds.append(number)
            if len(rounds) <= 2:
                await both_have_read.wait()
            await session.execute(text("UPDATE written SET n = n + :n"), {"n": number})

    await asyncio.gather(add(1), add(10))
    assert (len(rounds), written()) == (3, "11")


async def test_a_method_that_collides_for_ever_is_given_up():
    tries = []

    @repeated_when_aborted
    async def collide() -> None:
        tries.append(1)
        raise TransactionAborted

    with pytest.raises(DatabaseUnavailable):
        await collide()
    assert len(tries) == 3


async def test_requests_that_are_cancelled_leave_no_connection_behind(server, database):
    async def work() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_sleep(0.01)"))

    for step in range(40):
        working = [asyncio.create_task(work()) for _ in range(4)]
        await asyncio.sleep(step / 2000)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    await fill_pool(database)
    assert connections(server) == 2


async def test_readiness_and_the_end_of_the_process_do_not_wait_for_a_frozen_server(server, relay, monkeypatch):
    monkeypatch.setattr(database_module, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(database_module, "_FRESH_SECONDS", 0)
    monkeypatch.setattr(database_module, "_GOODBYE_SECONDS", 0.1)
    started = time.monotonic()
    async with service(server, port=relay.port) as database:
        await fill_pool(database)
        relay.hold()
        with pytest.raises(DatabaseUnavailable):
            await database.check()
    assert time.monotonic() - started < database_module.USE_SECONDS
