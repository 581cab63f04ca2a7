"""A catalogue of a wanted size on a PostgreSQL of its own, and the services that show it, as real processes.

The storefront is public, so that pages need no session; who edits has a token of a key that the benchmark made.
"""

import contextlib
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue_load import Loaded, load
from gateway_throughput import PLAIN_SERVICE
from orders_system import ROOT, System, free_port, migrated, start_service, wait_until_ready

from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.tokens import TokenMint
from service_kit.tied_process import tied_command

DATABASE = "books"
SECRETS = ("WEB_SECRET", "WEB_CLIENT_SECRET", "GATEWAY_CLIENT_SECRET")
SETTINGS = {"shared_buffers": "1GB", "maintenance_work_mem": "512MB", "max_wal_size": "4GB"}
"""PostgreSQL's settings here that differ from its defaults; a million books do not fit in the default 128 MB."""
INDEXER = "book_service.search.reindex"
_SIZES = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'm') AND pg_relation_size(oid) > 0
    ORDER BY 2 DESC
"""
_START_SECONDS = 60.0


@dataclass
class Catalogue:
    """A catalogue with so many books; ``url`` is its database's."""

    system: System
    books: int
    url: str
    loaded: Loaded = field(default_factory=Loaded)
    indexed: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Doors:
    """Where the catalogue can be asked."""

    service: str
    gateway: str
    pages: str
    keys: str
    """Where the benchmark's key is published."""
    mint: TokenMint

    @property
    def editor(self) -> dict[str, str]:
        """Return the headers of somebody who edits."""
        return self.mint.headers("staff")


@contextlib.contextmanager
def running_postgres() -> Iterator[System]:
    """Start a PostgreSQL; at the end it is stopped and deleted."""
    with tempfile.TemporaryDirectory(prefix="quire-bench-") as name, contextlib.ExitStack() as closing:
        folder = Path(name)
        folder.chmod(0o755)  # As root, PostgreSQL runs as another user, who has to get to its data.
        postgres = EmbeddedPostgres(folder / "postgres", settings=SETTINGS)
        closing.callback(postgres.remove)
        closing.enter_context(postgres)
        yield System(postgres, folder, {name: secrets.token_hex(32) for name in SECRETS})


def stocked_catalogue(system: System, books: int, seed: int) -> Catalogue:
    """Make the database and bring the books in."""
    name = f"{DATABASE}_{books}"
    url = migrated(system.postgres, "book", name)
    # So that PostgreSQL tells whoever measures how long it took.
    system.postgres.run_sql(f"GRANT SET ON PARAMETER log_duration, log_statement_stats, log_min_messages TO {name}")
    catalogue = Catalogue(system, books, url, load(url, books, seed))
    began = time.monotonic()
    index_everything(url)
    catalogue.indexed = time.monotonic() - began
    system.postgres.run_sql("VACUUM ANALYZE; CHECKPOINT", name)
    sizes = (line.split("|") for line in system.postgres.run_sql(_SIZES, name).splitlines())
    catalogue.sizes = {relation: int(size) for relation, size in sizes}
    return catalogue


def index_everything(url: str) -> None:
    """Build what is searched, as an operator does after a load that went past the service."""
    if importlib.util.find_spec(INDEXER) is None:
        return
    command = [sys.executable, "-m", INDEXER, "--offline"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"BOOK_DATABASE_URL": url}, check=True)  # noqa: S603 (our own)


@contextlib.contextmanager
def open_doors(catalogue: Catalogue) -> Iterator[Doors]:
    """Start book-service, the gateway and web-frontend with their usual settings, until the block ends."""
    system, mint = catalogue.system, TokenMint()
    auth, book, gateway, web = (free_port() for _ in range(4))
    shared = {"STOREFRONT": "public", "AUTH_URL": address(auth), "BOOK_URL": address(book)}
    with contextlib.ExitStack() as closing:
        closing.enter_context(_key_service(system.folder, mint, auth))
        start_service(closing, system, "book_service", "BOOK", book, BOOK_DATABASE_URL=catalogue.url, **shared)
        start_service(closing, system, "gateway", "GATEWAY", gateway, **shared)
        start_service(closing, system, "web_frontend", "WEB", web, GATEWAY_URL=address(gateway), **shared)
        wait_until_ready(address(book))
        wait_until_shows_books(f"{address(web)}/books")
        yield Doors(address(book), address(gateway), address(web), address(auth), mint)


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def wait_until_shows_books(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return
        time.sleep(0.2)
    message = f"{url} does not answer"
    raise SystemExit(message)


@contextlib.contextmanager
def _key_service(folder: Path, mint: TokenMint, port: int) -> Iterator[None]:
    """Publish the key of the benchmark's tokens where services look for auth-service's."""
    (folder / "jwks.json").write_text(json.dumps(mint.jwks))
    (folder / "plain_service.py").write_text(PLAIN_SERVICE)
    command = [sys.executable, "-m", "uvicorn", "plain_service:app", "--log-level", "critical", "--port", str(port)]
    process = subprocess.Popen(tied_command(command, ends_with=signal.SIGTERM), cwd=folder)  # noqa: S603 (our own)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
