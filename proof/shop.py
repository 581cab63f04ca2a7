"""A shop of the run's own: PostgreSQL, two replicas of the services that matter, and links between all of them."""

import asyncio
import base64
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from proof import kinds
from proof.database_link import DatabaseLink
from proof.database_server import ROOT, DatabaseServer
from proof.history import History
from proof.http_link import HttpLink
from proof.links import Link
from proof.ports import ReservedPorts
from proof.processes import LOOPBACK, Replica
from service_kit.identifiers import new_id
from service_kit.tokens import SigningKey

READY_SECONDS = 60.0
SCOPES = {
    "customer": "books:read orders:read orders:write",
    "staff": "books:read orders:read orders:write books:write stock:write orders:manage",
}
TOKEN_LIFETIME = 3600

LEASE_SECONDS = 2
DEADLINE_SECONDS = 10
ANSWER_SECONDS = 5.0
SHARP_SETTINGS = {
    "ORDER_STOCK_TIMEOUT_SECONDS": "0.8",
    "ORDER_WORK_LEASE_SECONDS": str(LEASE_SECONDS),
    "ORDER_PLACING_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
    "ORDER_WORK_POLL_SECONDS": "0.2",
    "ORDER_WORK_TRIES": "1000",
    "GATEWAY_ANSWER_SECONDS": str(ANSWER_SECONDS),
    "GATEWAY_LIMIT_ACCOUNT": "none",
    "GATEWAY_LIMIT_ADDRESS": "none",
}
"""What differs from a real installation: all that is waited for is waited for less long, and nobody asks too much."""

_MEMBERS = ("service-kit", "auth-service", "book-service", "order-service", "gateway")
_MIGRATED = {"auth": "AUTH", "book": "BOOK", "order": "ORDER"}
_DATABASES = {"auth": "auth", "book": "books", "order": "orders"}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an access token."""

    id: str
    email: str
    role: str
    token: str


class Shop:
    """The system under test."""

    def __init__(
        self, folder: Path, *, work: Path, random: Random, history: History, source: Sequence[Path] = ()
    ) -> None:
        """Take a folder for logs and one for data. ``source`` are folders whose code goes before the installed one."""
        self._folder = folder
        self._history = history
        self._source = source
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._client_secret = secrets.token_hex(32)
        self._gateway_secret = secrets.token_hex(32)
        self._web_secret = secrets.token_hex(32)
        self._data_secret = secrets.token_hex(32)
        self._refresh_secret = secrets.token_hex(32)
        names = ["database", "auth", "gateway", *kinds.ORDERS, *kinds.BOOKS]
        links = [*kinds.TO_BOOKS, *kinds.FROM_GATEWAY, *kinds.TO_DATABASE]
        self._reserved = ReservedPorts(len(names) + len(links))
        self._ports = dict(zip([*names, *links], self._reserved.numbers, strict=True))
        self.database = DatabaseServer(
            work, port=self._ports["database"], password=secrets.token_hex(16), history=history
        )
        self.replicas = {name: self._replica(name) for name in names if name != "database"}
        self.links: dict[str, Link] = {}
        for name in (*kinds.TO_BOOKS, *kinds.FROM_GATEWAY):
            behind = [self.replicas[each] for each in (kinds.ORDERS if name.endswith("order") else kinds.BOOKS)]
            self.links[name] = HttpLink(name, behind, port=self._ports[name], random=random, history=history)
        for name in kinds.TO_DATABASE:
            self.links[name] = DatabaseLink(
                name, port=self._ports[name], server_port=self._ports["database"], history=history
            )

    @property
    def api(self) -> str:
        """Where clients find the gateway."""
        return f"http://{LOOPBACK}:{self._ports['gateway']}"

    def database_url(self, name: str) -> str:
        """Return the URL of a database, past all faults."""
        return self.database.url(name)

    def replicas_of(self, service: str) -> list[Replica]:
        """Return the replicas of a service."""
        return [replica for replica in self.replicas.values() if replica.service == service]

    async def open(self) -> None:
        """Start everything and wait until it is ready. Raises ``RuntimeError``."""
        await self.database.start()
        for link in self.links.values():
            await link.listen()
        await asyncio.gather(*(self._migrate(service) for service in _MIGRATED))
        await asyncio.gather(*(replica.start() for replica in self.replicas.values()))
        await self.wait_until_ready()

    async def wait_until_ready(self) -> None:
        """Wait until every process can do its work. Raises ``RuntimeError``."""
        await asyncio.gather(*(replica.wait_until_ready(READY_SECONDS) for replica in self.replicas.values()))

    async def stop_services(self) -> None:
        """End the services in order, the database last not at all."""
        await asyncio.gather(*(replica.close() for replica in self.replicas.values()))
        await asyncio.gather(*(link.close() for link in self.links.values()))

    async def close(self) -> None:
        """End everything and delete the data."""
        try:
            await self.stop_services()
        finally:
            await self.database.close()
            self._reserved.close()

    def account(self, name: str, role: str) -> Account:
        """Return an account with an access token as auth-service would issue it."""
        account_id, now = str(new_id()), int(time.time())
        email = f"{name}@example.org"
        claims: dict[str, Any] = {
            "iss": "http://proof",
            "aud": "quire",
            "sub": account_id,
            "sid": str(new_id()),
            "jti": str(new_id()),
            "client_id": "quire",
            "scope": SCOPES[role],
            "role": role,
            "email": email,
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_LIFETIME,
        }
        return Account(account_id, email, role, SigningKey(self._key).sign(claims))

    def _replica(self, name: str) -> Replica:
        service = name.partition("-")[0]
        module = "gateway" if service == "gateway" else f"{service}_service"
        environment = self._environment(name, service)
        log = self._folder / f"{name}.log"
        return Replica(name, module, port=self._ports[name], environment=environment, log=log, history=self._history)

    def _environment(self, name: str, service: str) -> dict[str, str]:
        shared = self._child_environment() | {
            "LOG_FORMAT": "json",
            "TOKEN_ISSUER": "http://proof",
            "AUTH_URL": f"http://{LOOPBACK}:{self._ports['auth']}",
            "ORDER_CLIENT_SECRET": self._client_secret,
            "GATEWAY_CLIENT_SECRET": self._gateway_secret,
            "WEB_CLIENT_SECRET": self._web_secret,
            f"{service.upper()}_PORT": str(self._ports[name]),
        }
        if service == "auth":
            return shared | {
                "AUTH_DATABASE_URL": self.database.url("auth"),
                "AUTH_SIGNING_KEY": _as_text(self._key),
                "AUTH_REFRESH_SECRET": self._refresh_secret,
                "AUTH_DATA_SECRET": self._data_secret,
            }
        if service == "gateway":
            urls = {"BOOK_URL": "gateway>book", "ORDER_URL": "gateway>order"}
            return shared | SHARP_SETTINGS | {setting: self._url(link) for setting, link in urls.items()}
        database = self.database.url(_DATABASES[service], port=self._ports[f"{name}>database"])
        own = {f"{service.upper()}_DATABASE_URL": database}
        if service == "order":
            own |= SHARP_SETTINGS | {"BOOK_URL": self._url(f"{name}>book")}
        return shared | own

    def _url(self, link: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[link]}"

    def _child_environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV") if name in os.environ
        }
        return kept | {"PYTHONPATH": os.pathsep.join(str(path) for path in source_roots(self._source))}

    async def _migrate(self, service: str) -> None:
        member = next(root / f"{service}-service" for root in (*self._source, ROOT) if _has_migrations(root, service))
        url = {f"{_MIGRATED[service]}_DATABASE_URL": self.database.url(_DATABASES[service])}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "alembic", "-c", str(member / "alembic.ini"), "upgrade", "head"),
            env=self._child_environment() | url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            message = f"the database of {service}-service cannot be migrated:\n{said.decode(errors='replace')}"
            raise RuntimeError(message)


def source_roots(folders: Sequence[Path]) -> list[Path]:
    """Return what goes before the installed code: a folder itself, or the members of a checkout that lie in it."""
    roots: list[Path] = []
    for folder in folders:
        members = [folder / member / "src" for member in _MEMBERS]
        found = [member for member in members if member.is_dir()]
        roots += [path.resolve() for path in (found or [folder])]
    return roots


def _has_migrations(root: Path, service: str) -> bool:
    return (root / f"{service}-service" / "alembic.ini").is_file()


def _as_text(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(der).decode()


def settings_for_people() -> Mapping[str, str]:
    """Return the settings that make a run sharp, for the report."""
    return SHARP_SETTINGS
