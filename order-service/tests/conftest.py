"""order-service, in process, on a real PostgreSQL, with a stand-in for book-service."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from order_service.config import Settings
from order_service.main import create_app
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.databases import empty_tables, migrated_database
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService, Upstreams

# Pytest's importlib mode does not make the folder of the tests importable.
sys.path.insert(0, str(Path(__file__).parent))

from fake_stock import FakeStock

SERVICE = Path(__file__).parents[1]
CUSTOMER = "019a0000-0000-7000-8000-00000000c001"

Replica = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture(scope="session")
def database_url(postgres: EmbeddedPostgres) -> str:
    return migrated_database(postgres, SERVICE, name="orders", variable="ORDER_DATABASE_URL")


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[Callable[..., Awaitable[list[dict[str, Any]]]]]:
    """Give a function that asks the database, behind the service's back."""
    connection = await asyncpg.connect(database_url)

    async def ask(statement: str, *parameters: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(statement, *parameters)]

    yield ask
    await connection.close()


@pytest.fixture
async def stock(database_url: str) -> FakeStock:
    """Give a stand-in for book-service without books; the database is emptied."""
    await empty_tables(database_url)
    return FakeStock()


@pytest.fixture
def replica(database_url: str, stock: FakeStock, auth_service: FakeAuthService, mint: TokenMint) -> Replica:
    """Give a function that starts a replica of the service and gives a customer's client of it.

    Its reconciler sleeps long unless asked otherwise, so that tests say themselves when it works.
    """

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
        usual = {
            "database_url": database_url,
            "auth_url": "http://auth",
            "book_url": "http://books",
            "client_secret": "a-credential-for-tests-9f3b7c1d5e2a8064",
            "stock_timeout_seconds": 5.0,
            "work_poll_seconds": 3600.0,
            "work_tries": 3,
            "database_pool": 12,
        }
        upstreams = Upstreams({"auth": auth_service.app, "books": stock.app})
        app = create_app(Settings(**usual | changes), transport=upstreams)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
                base_url="http://orders",
                headers=mint.headers("customer", account_id=CUSTOMER),
            ) as client,
        ):
            client.app = app
            yield client

    return start


@pytest.fixture
async def client(replica: Replica) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a customer's client of one replica."""
    async with replica() as customer:
        yield customer


@pytest.fixture
def eventually() -> Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]:
    """Give a function that asks a question again and again until the answer is yes."""

    async def wait(ask: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(15):
            while not await ask():  # noqa: ASYNC110 (who stands outside can only ask again)
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def comes_to(client: httpx2.AsyncClient, eventually) -> Callable[[str, str], Awaitable[dict[str, Any]]]:
    """Give a function that reads an order until it has the expected status, and returns it."""

    async def wait(location: str, status: str) -> dict[str, Any]:
        async def has_come() -> bool:
            return (await client.get(location)).json()["status"] == status

        await eventually(has_come)
        return (await client.get(location)).json()

    return wait


@pytest.fixture
def make_due(sql) -> Callable[[], Awaitable[Any]]:
    """Give a function that lets time pass: every lease and every delay ends."""
    return lambda: sql("UPDATE stock_work SET due_at = now() - interval '1 second'")
