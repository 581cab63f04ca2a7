"""book-service, in process, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from book_service.config import Settings
from book_service.main import create_app
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.clients import client_of
from service_kit.testing.databases import empty_tables, migrated_database
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService, Upstreams

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
    settings = Settings(database_url=database_url, auth_url="http://auth", database_pool=20)
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
async def editor(service: httpx2.AsyncClient, mint: TokenMint) -> httpx2.AsyncClient:
    """Give a client of the service that is signed in as an editor."""
    service.headers.update(mint.headers("editor"))
    return service
