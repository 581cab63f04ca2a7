"""auth-service, in process, on a real PostgreSQL."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from sqlalchemy import text

from auth_service.config import Settings
from auth_service.main import create_app
from service_kit.database import Database
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.clients import client_of, running
from service_kit.testing.databases import empty_tables, migrated_database
from service_kit.tokens import SigningKey

SERVICE = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
CLIENT_SECRET = "0rder-service-1s-kn0wn-by-this-w0rd"
GATEWAY_SECRET = "gateway-1s-kn0wn-t0-auth-by-this-w0rd"
DATA_SECRET = "what-1s-encrypted-is-encrypted-with-it"

SignUp = Callable[..., Awaitable["Person"]]
Sql = Callable[..., Awaitable[list[Any]]]
Operator = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]
Started = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@dataclass
class Person:
    """Somebody who signed up, and perhaps in."""

    service: httpx2.AsyncClient
    email: str
    account: dict[str, Any]
    password: str = PASSWORD

    async def sign_in(self) -> dict[str, Any]:
        form = {"username": self.email, "password": self.password}
        answer = await self.service.post("/auth/login", data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def headers(self) -> dict[str, str]:
        """Sign in anew and give the header that says so."""
        return {"Authorization": f"Bearer {(await self.sign_in())['access_token']}"}


@pytest.fixture(scope="session")
def database_url(postgres: EmbeddedPostgres) -> str:
    return migrated_database(postgres, SERVICE, name="auth", variable="AUTH_DATABASE_URL")


@pytest.fixture(scope="session")
def key_pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="session")
def key(key_pem: str) -> SigningKey:
    """Give the key that the service signs with."""
    return SigningKey.from_text(key_pem)


@pytest.fixture(scope="session")
def settings_with(database_url: str, key_pem: str) -> Callable[..., Settings]:
    """Give a function that makes settings of an installation elsewhere, or as its arguments say."""

    def make(**changes: Any) -> Settings:
        usual = {
            "database_url": database_url,
            "signing_key": key_pem,
            "refresh_secret": "a-refresh-token-leads-to-the-next-one",
            "data_secret": DATA_SECRET,
            "order_client_secret": CLIENT_SECRET,
            "gateway_client_secret": GATEWAY_SECRET,
            "local_run": False,
        }
        return Settings(**usual | changes)

    return make


@pytest.fixture(scope="session")
async def application(settings_with: Callable[..., Settings]) -> AsyncIterator[FastAPI]:
    app = create_app(settings_with(signup="open"))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def empty_database(database_url: str) -> str:
    """Empty the database and give its URL."""
    await empty_tables(database_url, guarded=["audit_events"])
    return database_url


@pytest.fixture
async def service(application: FastAPI, empty_database: str) -> AsyncIterator[httpx2.AsyncClient]:  # noqa: ARG001 (is to happen first)
    """Give a client of the service, which has no account yet, is open to all and is no local run."""
    async with client_of(application) as client:
        yield client


@pytest.fixture
def started(settings_with: Callable[..., Settings], empty_database: str) -> Started:
    """Give a function that starts the service with other settings."""

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
        async with running(create_app(settings_with(**{"database_url": empty_database} | changes))) as client:
            yield client

    return start


@pytest.fixture
def sign_up(service: httpx2.AsyncClient) -> SignUp:
    """Give a function that signs somebody up."""

    async def sign_up(email: str, **fields: Any) -> Person:
        answer = await service.post("/auth/register", json={"email": email, "password": PASSWORD} | fields)
        assert answer.status_code == 201, answer.text
        return Person(service, email, answer.json())

    return sign_up


@pytest.fixture
async def ann(sign_up: SignUp) -> Person:
    """Give somebody with an account."""
    return await sign_up("ann@example.org")


@pytest.fixture
def with_role(sign_up: SignUp, sql: Sql) -> SignUp:
    """Give a function that makes somebody with another role than a new account has."""

    async def make(email: str, role: str) -> Person:
        person = await sign_up(email)
        await sql("UPDATE accounts SET role = :role WHERE id = :id", role=role, id=person.account["id"])
        return person

    return make


@pytest.fixture
async def root(with_role: SignUp) -> Person:
    """Give an administrator."""
    return await with_role("root@example.org", "admin")


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=4)
    yield database
    await database.dispose()


@pytest.fixture
def sql(database: Database) -> Sql:
    """Give a function that runs one statement, committed at once."""

    async def run(statement: str, **parameters: Any) -> list[Any]:
        async with database.read() as connection:
            result = await connection.execute(text(statement), parameters)
            return list(result.all()) if result.returns_rows else []

    return run


@pytest.fixture
def eventually() -> Callable[..., Awaitable[Any]]:
    """Give a function that asks again and again until the answer is as wanted, and returns it."""

    async def wait(ask: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], seconds: float = 10) -> Any:
        async with asyncio.timeout(seconds):
            while not wanted(answer := await ask()):  # noqa: ASYNC110 (another process changes it, which sends no event)
                await asyncio.sleep(0.05)
        return answer

    return wait


@pytest.fixture
def operator(database_url: str) -> Operator:
    """Give a function that runs the operator's command as a process of its own."""

    async def run(
        *arguments: str, stdin: str = "", command: str = "accounts_command"
    ) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", f"auth_service.{command}", *arguments],
            env={"AUTH_DATABASE_URL": database_url, "AUTH_DATA_SECRET": DATA_SECRET},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
