"""The services that an order passes, as real processes with their usual settings, on a PostgreSQL of their own."""

import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.databases import alembic
from service_kit.tied_process import tied_command

ROOT = Path(__file__).parents[1]
BOOKS = 2000
ACCOUNTS = 16
NEVER_MET = "100000000/minute"
"""A limit that counts as any other and holds nobody up: what counting costs belongs to what is measured."""
_START_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Shop:
    """An order-service and a book-service with the names of their databases, and a gateway before them."""

    orders: str
    books: str
    api: str = ""
    processes: dict[str, int] = field(default_factory=dict)
    """Process ids by name."""


@dataclass
class System:
    """A PostgreSQL, an auth-service, and shops beside each other that share them."""

    postgres: EmbeddedPostgres
    folder: Path
    secrets: Mapping[str, str]
    auth_url: str = ""
    auth_process: int = 0
    tokens: list[str] = field(default_factory=list)

    def cpu_seconds(self, shop: Shop) -> dict[tuple[str, int], float]:
        """Return the processor time that was used so far, by name and process id; PostgreSQL's named by database."""
        processes = [*shop.processes.items(), ("auth", self.auth_process)]
        processes += _postgres_processes(int(self.postgres.process_id or 0), shop)
        return {(name, process): _cpu_seconds(process) for name, process in processes}


def book_id(number: int) -> str:
    """Return the id of a book of the benchmark, counted from 1."""
    return f"0190b00c-0000-7000-8000-{number:012d}"


@contextlib.contextmanager
def running_system() -> Iterator[tuple[System, contextlib.ExitStack]]:
    """Start PostgreSQL and auth-service, sign up some accounts; everything is stopped and deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="quire-bench-") as name, contextlib.ExitStack() as closing:
        folder = Path(name)
        folder.chmod(0o755)  # As root, PostgreSQL runs as another user, who has to get to its data.
        postgres = EmbeddedPostgres(folder / "postgres")
        closing.callback(postgres.remove)
        closing.enter_context(postgres)
        key = ec.generate_private_key(ec.SECP256R1())
        encoded = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        known = {
            "AUTH_SIGNING_KEY": base64.b64encode(encoded).decode(),
            "AUTH_REFRESH_SECRET": secrets.token_hex(32),
            "AUTH_DATA_SECRET": secrets.token_hex(32),
            "GATEWAY_CLIENT_SECRET": secrets.token_hex(32),
            "WEB_CLIENT_SECRET": secrets.token_hex(32),
            "ORDER_CLIENT_SECRET": secrets.token_hex(32),
        }
        system = System(postgres, folder, known)
        url = migrated(postgres, "auth", "auth")
        port = free_port()
        system.auth_process = start_service(closing, system, "auth_service", "AUTH", port, AUTH_DATABASE_URL=url)
        system.auth_url = f"http://127.0.0.1:{port}"
        wait_until_ready(system.auth_url)
        system.tokens = [_token(system.auth_url, number) for number in range(ACCOUNTS)]
        yield system, closing


def open_shop(system: System, closing: contextlib.ExitStack, shop: Shop) -> Shop:
    """Make a shop's databases with books in them, and start its services."""
    orders = migrated(system.postgres, "order", shop.orders)
    books = migrated(system.postgres, "book", shop.books)
    system.postgres.run_sql(_fill_shelves(), shop.books)
    book, order, gateway = (free_port() for _ in range(3))
    urls = {f"{name}_URL": f"http://127.0.0.1:{port}" for name, port in (("BOOK", book), ("ORDER", order))}
    urls["AUTH_URL"] = system.auth_url
    shop.processes = {
        "gateway": start_service(closing, system, "gateway", "GATEWAY", gateway, **urls),
        "order": start_service(closing, system, "order_service", "ORDER", order, ORDER_DATABASE_URL=orders, **urls),
        "book": start_service(closing, system, "book_service", "BOOK", book, BOOK_DATABASE_URL=books, **urls),
    }
    shop.api = f"http://127.0.0.1:{gateway}"
    wait_until_ready(shop.api)
    return shop


def migrated(postgres: EmbeddedPostgres, service: str, name: str) -> str:
    """Make a database, bring it up to date as an operator would, and return its URL."""
    postgres.create_role_and_database(name, secrets.token_hex(16))
    url = postgres.url(name, name)
    alembic(ROOT / f"{service}-service", f"{service.upper()}_DATABASE_URL", url, "upgrade", "head")
    return url


def call(
    url: str,
    *,
    token: str = "",
    form: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    key: str = "",
) -> dict[str, Any]:
    """POST a ``form`` or a JSON ``body``; return the JSON of the answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Idempotency-Key": f'"{key}"'} if key else {}
    if form is None:
        headers["Content-Type"] = "application/json"
    data = json.dumps(body).encode() if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
        return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"{url}/health/ready"):  # noqa: S310
            return
        time.sleep(0.2)
    message = f"{url} did not get ready"
    raise SystemExit(message)


def start_service(
    closing: contextlib.ExitStack, system: System, package: str, prefix: str, port: int, **settings: str
) -> int:
    variables = os.environ | system.secrets | settings
    variables |= {f"{prefix}_PORT": str(port), "LOCAL_RUN": "true", "SIGNUP": "open", "LOG_FORMAT": "json"}
    variables |= {"GATEWAY_LIMIT_ACCOUNT": NEVER_MET, "GATEWAY_LIMIT_ADDRESS": NEVER_MET}
    log = closing.enter_context((system.folder / f"{package}-{port}.log").open("wb"))
    process = subprocess.Popen(  # noqa: S603 (our own services)
        tied_command([sys.executable, "-m", package], ends_with=signal.SIGTERM),
        cwd=ROOT,
        env=variables,
        stdout=log,
        stderr=log,
    )
    closing.callback(_stop, process)
    return process.pid


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def _token(auth_url: str, number: int) -> str:
    email, password = f"reader{number}@example.org", secrets.token_hex(12)
    call(f"{auth_url}/auth/register/", body={"email": email, "password": password})
    answer = call(f"{auth_url}/auth/login/", form={"username": email, "password": password})
    return str(answer["access_token"])


def _fill_shelves() -> str:
    rows = ",\n".join(
        f"('{book_id(number)}', '{_isbn13(number)}', 'The Collected Letters, Volume {number}',"
        f" ARRAY['Author {number % 300}', 'Editor {number % 70}'], ARRAY['Letters'], {5 + number % 40}.99)"
        for number in range(1, BOOKS + 1)
    )
    return f"""
        INSERT INTO books (id, isbn13, title, authors, subjects, price)
        SELECT id::uuid, isbn13, title, authors, subjects, price
        FROM (VALUES {rows}) AS book (id, isbn13, title, authors, subjects, price);
        INSERT INTO stock_levels (book_id, on_hand) SELECT id, 5000000 FROM books;
        INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)
        SELECT id, 5000000, 'received', 'First stock', 'benchmark', 5000000 FROM books;
        VACUUM ANALYZE;
    """  # noqa: S608 (numbers of our own)


def _isbn13(number: int) -> str:
    digits = f"978{number:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def _cpu_seconds(process: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime, proc(5)
    return 0.0


def _postgres_processes(postmaster: int, shop: Shop) -> Iterator[tuple[str, int]]:
    databases = {shop.orders: "orders", shop.books: "books"}
    for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        with contextlib.suppress(OSError):
            title = Path(f"/proc/{child}/cmdline").read_text().split()  # "postgres: user database address activity"
            database = databases.get(title[2] if len(title) > 2 else "", "the rest")
            yield f"postgres: {database}", int(child)
