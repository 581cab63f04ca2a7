"""auth-service, in process, on a real PostgreSQL."""

import asyncio
import io
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx2
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from passlib.hash import argon2
from sqlalchemy import text

from auth_service import accounts_command
from auth_service.accounts import passwords
from auth_service.config import Settings
from auth_service.main import create_app
from service_kit.database import Database
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.clients import client_of, running
from service_kit.testing.databases import emptying, migrated_database
from service_kit.tokens import SigningKey

SERVICE = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
CLIENT_SECRET = "0rder-service-1s-kn0wn-by-this-w0rd"
GATEWAY_SECRET = "gateway-1s-kn0wn-t0-auth-by-this-w0rd"
DATA_SECRET = "what-1s-encrypted-is-encrypted-with-it"

SignUp = Callable[..., Awaitable["Person"]]
Sql = Callable[..., Awaitable[list[Any]]]
WithSecondFactor = Callable[["Person"], Awaitable["App"]]
Operator = Callable[..., Awaitable["Done"]]
Started = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


class Done(NamedTuple):
    """How an operator's command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


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

    async def login(self, **more: Any) -> httpx2.Response:
        """Try to sign in; ``code`` and others are more fields of the form, ``headers`` are headers."""
        headers = more.pop("headers", {})
        form = {"username": self.email, "password": self.password} | more
        return await self.service.post("/auth/login", data=form, headers=headers)

    async def headers(self) -> dict[str, str]:
        """Sign in anew and give the header that says so."""
        return {"Authorization": f"Bearer {(await self.sign_in())['access_token']}"}


@dataclass
class Mailbox:
    """What the service has mailed, to anybody."""

    service: httpx2.AsyncClient
    sql: Sql
    folder: Path

    async def sign_up(self, email: str, **fields: Any) -> Person:
        """Sign somebody up and throw away the mail that comes of it."""
        person = await register(self.service, email, **fields)
        await self.mails()
        for path in self.folder.glob("*.eml"):
            path.unlink()
        return person

    async def mails(self) -> list[dict[str, Any]]:
        """Wait until nothing is left to be sent, and give all mails, oldest first."""
        await self.all_sent()
        answer = await self.read()
        assert answer.status_code == 200, answer.text
        return answer.json()["items"][::-1]

    async def all_sent(self) -> None:
        """Wait until nothing is left to be sent."""
        waiting = "SELECT 1 FROM outgoing_mails WHERE done_at IS NULL"
        async with asyncio.timeout(10):
            while await self.sql(waiting):  # noqa: ASYNC110 (another process changes it, which sends no event)
                await asyncio.sleep(0.02)

    async def read(self, name: str = "") -> httpx2.Response:
        """Ask for one mail or all, as the gateway does."""
        return await self.service.get(f"/auth/mails{name}", headers={"X-Internal-Gateway": GATEWAY_SECRET})

    async def token(self) -> str:
        """Give the token of the link in the latest mail."""
        [*_, mail] = await self.mails()
        return re.search(r"\?token=(\S+)$", mail["text"], re.MULTILINE)[1]

    async def reset_token(self, email: str) -> str:
        """Ask for a new password and give the token that is mailed."""
        answer = await self.service.post("/auth/password-reset", json={"email": email})
        assert (answer.status_code, answer.json()) == (202, {})
        return await self.token()

    async def confirm(self, what: str, token: str, **fields: Any) -> httpx2.Response:
        """Follow a link."""
        return await self.service.post(f"/auth/{what}/confirm", json={"token": token} | fields)


REAL_HASHES = passwords.ARGON2ID
CHEAP_HASHES = argon2.using(type="ID", memory_cost=8, rounds=1, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hash passwords as argon2id does it at the least cost: hundreds of sign-ins are in the way of something else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "ARGON2ID", CHEAP_HASHES)
        yield


@pytest.fixture
def _real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as outside of tests, in what is started from now on."""
    monkeypatch.setattr(passwords, "ARGON2ID", REAL_HASHES)


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


@pytest.fixture(scope="session")
async def empty_all(postgres: EmbeddedPostgres, database_url: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:  # noqa: ARG001 (is to be there)
    """Give a function that empties the database."""
    async with emptying(postgres.url("auth")) as empty:
        yield empty


@pytest.fixture
async def empty_database(database_url: str, empty_all: Callable[[], Awaitable[None]]) -> str:
    """Empty the database and give its URL."""
    await empty_all()
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


async def register(service: httpx2.AsyncClient, email: str, **fields: Any) -> Person:
    answer = await service.post("/auth/register", json={"email": email, "password": PASSWORD} | fields)
    assert answer.status_code == 201, answer.text
    return Person(service, email, answer.json())


@pytest.fixture
def sign_up(service: httpx2.AsyncClient) -> SignUp:
    """Give a function that signs somebody up."""
    return partial(register, service)


@pytest.fixture(scope="module")
async def mailing_application(
    settings_with: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[FastAPI]:
    """Give an application of a local run, whose mails land in a folder at once.

    It would take the mails of other applications too, so it runs only as long as it is wanted.
    """
    folder = tmp_path_factory.mktemp("mail") / "below"
    app = create_app(
        settings_with(local_run=True, public_web_url="https://shop.example/", mail_dir=folder, mail_poll_seconds=0.05)
    )
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def mailbox(mailing_application: FastAPI, empty_database: str, sql: Sql) -> AsyncIterator[Mailbox]:  # noqa: ARG001
    """Give the mails of a service that sends some, and the client of that service."""
    folder = mailing_application.state.settings.mail_dir
    for path in folder.glob("*"):
        path.unlink()
    async with client_of(mailing_application) as client:
        box = Mailbox(client, sql, folder)
        yield box
    # What is under way would land among the mails of the next test.
    await box.all_sent()


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


@dataclass
class App:
    """An authenticator app that was given somebody's secret, and that person's recovery codes."""

    secret: str
    recovery_codes: list[str]
    headers: dict[str, str]
    """Of the session in which the second factor was switched on, as refreshed after that."""
    sql: Sql

    async def code(self) -> str:
        """Give the code that is shown now, and have the service forget that it was used."""
        await self.sql("UPDATE second_factors SET last_step = 0")
        return pyotp.TOTP(self.secret).now()

    def wrong_code(self) -> str:
        """Give six digits that are not shown about now, for certain."""
        step = int(time.time()) // 30
        shown = {pyotp.TOTP(self.secret).generate_otp(near) for near in range(step - 3, step + 40)}
        return next(code for code in (f"{digit}" * 6 for digit in range(10)) if code not in shown)


@pytest.fixture
def app_of(sql: Sql) -> Callable[[str], App]:
    """Give a function that gives a secret to an authenticator app."""
    return lambda secret: App(secret, [], {}, sql)


@pytest.fixture
def with_second_factor(sql: Sql) -> WithSecondFactor:
    """Give a function that switches somebody's second factor on."""

    async def switch_on(person: Person) -> App:
        tokens = await person.sign_in()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        body = {"current_password": person.password}
        begun = await person.service.post("/auth/me/second-factor", json=body, headers=headers)
        assert begun.status_code == 201, begun.text
        secret = begun.json()["secret"]
        code = {"code": pyotp.TOTP(secret).now()}
        done = await person.service.post("/auth/me/second-factor/confirm", json=code, headers=headers)
        assert done.status_code == 200, done.text
        form = {"refresh_token": tokens["refresh_token"]}
        renewed = (await person.service.post("/auth/refresh", data=form)).json()
        headers = {"Authorization": f"Bearer {renewed['access_token']}"}
        return App(secret, done.json()["recovery_codes"], headers, sql)

    return switch_on


@pytest.fixture
async def app(ann: Person, with_second_factor: WithSecondFactor) -> App:
    """Switch ann's second factor on and give her authenticator app."""
    return await with_second_factor(ann)


@pytest.fixture
def at() -> Callable[..., dict[str, str]]:
    """Give a function that makes the headers with which the gateway tells of a client's address."""

    def headers(address: str, **more: str) -> dict[str, str]:
        return {"X-Forwarded-For": address, "X-Internal-Gateway": GATEWAY_SECRET} | more

    return headers


@pytest.fixture
def trail(sql: Sql) -> Callable[..., Awaitable[list[Any]]]:
    """Give a function that reads the audit trail: action and detail of each event, or of those of one action."""

    async def read(action: str | None = None) -> list[Any]:
        events = await sql("SELECT action, detail FROM audit_events ORDER BY number")
        return [tuple(event) for event in events if action in {None, event.action}]

    return read


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
def operator(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Give a function that runs an operator's command: in a thread, for a process each would take its time."""
    monkeypatch.setenv("AUTH_DATABASE_URL", database_url)
    monkeypatch.setenv("AUTH_DATA_SECRET", DATA_SECRET)

    async def run(*arguments: str, stdin: str = "", command: ModuleType = accounts_command) -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        returncode = await asyncio.to_thread(command.main, list(arguments))
        return Done(returncode, *capsys.readouterr())

    return run
