"""order-service, in process, on a real PostgreSQL, with a stand-in for book-service."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from order_service.config import Settings
from order_service.main import create_app
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.databases import empty_tables, migrated_database
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService, Upstreams

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
            "stock_timeout_seconds": 0.2,
            "work_poll_seconds": 3600.0,
            "database_pool": 12,
        }
        upstreams = Upstreams({"auth": auth_service.app, "books": stock.app})
        app = create_app(Settings(**usual | changes), transport=upstreams)
        async with app.router.lifespan_context(app):
            async with httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
                base_url="http://orders",
                headers=mint.headers("customer", account_id=CUSTOMER),
            ) as client:
                client.app = app
                yield client

    return start


@pytest.fixture
async def client(replica: Replica) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a customer's client of one replica."""
    async with replica() as customer:
        yield customer


def app_of(client: httpx2.AsyncClient) -> FastAPI:
    return client.app
