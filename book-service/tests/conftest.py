"""book-service, in process, on a real PostgreSQL."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from book_service.config import Settings
from book_service.main import create_app
from service_kit.database import with_driver
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.clients import client_of
from service_kit.testing.databases import empty_tables, migrated_database
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService, Upstreams

# Pytest's importlib mode does not make the folder of the tests importable.
sys.path.insert(0, str(Path(__file__).parent))

LARGEST_FILE = 8 << 20
SERVICE = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def database_url(postgres: EmbeddedPostgres) -> str:
    return migrated_database(postgres, SERVICE, name="books", variable="BOOK_DATABASE_URL")


@pytest.fixture(scope="session")
def neighbour(mint: TokenMint) -> FakeAuthService:
    """Give the stand-in for auth-service that the application polls."""
    return FakeAuthService(mint)


@pytest.fixture(scope="session")
async def application(database_url: str, neighbour: FakeAuthService) -> AsyncIterator[FastAPI]:
    settings = Settings(
        database_url=database_url, auth_url="http://auth", database_pool=20, max_import_bytes=LARGEST_FILE
    )
    app = create_app(settings, transport=Upstreams({"auth": neighbour.app}))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def service(application: FastAPI, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client of the service, with an empty catalogue, that says nothing of who is calling."""
    await empty_tables(database_url)
    async with client_of(application) as client:
        yield client


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give connections of the test's own to the service's database."""
    engine = create_async_engine(with_driver(database_url))
    yield engine
    await engine.dispose()


@pytest.fixture
def settled(application: FastAPI, engine: AsyncEngine):
    """Give a function that waits for what the service does in the background within a second."""
    waiting = text("SELECT EXISTS (SELECT FROM search_queue) OR EXISTS (SELECT FROM search_changes)")

    async def settle() -> None:
        async with asyncio.timeout(20), engine.connect() as connection:
            observer = await connection.execution_options(isolation_level="AUTOCOMMIT")
            while await observer.scalar(waiting):
                await application.state.search_upkeep.catch_up()

    return settle


@pytest.fixture
def stock_locked(engine: AsyncEngine):
    """Give a context that changes a book's stock and holds it until its end, when the change is committed.

    It gives a function that returns once somebody waits for the stock. A change of ``on_hand`` is in the ledger, too.
    """
    change = text(
        "UPDATE stock_levels SET on_hand = on_hand + :on_hand, reserved = reserved + :reserved WHERE book_id = :id"
        " RETURNING pg_backend_pid()"
    )
    write = text(
        "INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)"
        " SELECT book_id, :on_hand, 'sold', 'Sold', 'test', on_hand FROM stock_levels"
        " WHERE book_id = :id AND :on_hand <> 0"
    )
    waiting = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid)))")

    @asynccontextmanager
    async def locked(book_id, *, on_hand=0, reserved=0):
        observing = engine.execution_options(isolation_level="AUTOCOMMIT")  # A transaction sees one moment's activity.
        async with engine.begin() as holder, observing.connect() as observer:
            process_id = await holder.scalar(change, {"id": UUID(book_id), "on_hand": on_hand, "reserved": reserved})
            await holder.execute(write, {"id": UUID(book_id), "on_hand": on_hand})

            async def is_waited_for():
                async with asyncio.timeout(20):
                    while not await observer.scalar(waiting, {"pid": process_id}):
                        pass

            yield is_waited_for

    return locked


@pytest.fixture
async def editor(service: httpx2.AsyncClient, mint: TokenMint) -> httpx2.AsyncClient:
    """Give a client of the service that is signed in as an editor."""
    service.headers.update(mint.headers("editor"))
    return service
