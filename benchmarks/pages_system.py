"""A whole shop with a catalogue, carts and readers who are signed in, as real processes with their usual settings."""

import contextlib
import json
import os
import secrets
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from catalogue_load import load
from catalogue_system import address, index_everything, wait_until_shows_books
from orders_system import Shop, System, free_port, migrated, running_system, start_service, wait_until_ready

LINES_IN_A_CART = 5
_QUIET_SECONDS = 0.3
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "en-GB,en;q=0.9"}
REMEMBERED = ("quire_cart", "quire_parked")
"""The cookies in which the pages remember what they need not ask for again."""


@dataclass(frozen=True)
class Kind:
    """Pages of one kind: their addresses, and the headers that make them whole pages or fragments."""

    name: str
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)


class Counted:
    """Counts the requests that a service logs from now on."""

    def __init__(self, log: Path) -> None:
        """Take the service's log."""
        self._log = log
        self._begin = log.stat().st_size

    def now(self) -> int:
        """Return how many there were."""
        with self._log.open("rb") as log:
            log.seek(self._begin)
            return sum(b'"request"' in line for line in log)

    def once_it_is_quiet(self) -> int:
        """Return how many there were once no more come; at least one."""
        number, before = self.now(), -1
        while number != before:
            time.sleep(_QUIET_SECONDS)
            number, before = self.now(), number
        return max(number, 1)


@dataclass
class Pages:
    """The running system; ``web`` and ``limit`` are the addresses of its pages and of the limit."""

    system: System
    shop: Shop
    web: str
    gateway_log: Path
    web_log: Path
    readers: list[dict[str, str]]
    kinds: list[Kind] = field(default_factory=list)
    limit: str = ""

    idle: dict[str, float] = field(default_factory=dict)
    """Processor time that each process uses in a second when nobody asks for anything."""

    def spent(self) -> dict[str, float]:
        """Return the processor time in seconds that was used so far, by process.

        PostgreSQL's are the connections to the books and the orders; what it does by itself, such as vacuuming, comes
        and goes with processes of its own and belongs to no page.
        """
        found: dict[str, float] = defaultdict(float)
        for (name, _), seconds in self.system.cpu_seconds(self.shop).items():
            if name != "postgres: the rest":
                found[name.partition(":")[0]] += seconds
        return found

    def note_idle(self, seconds: float) -> None:
        """Find out what is used when nobody asks for anything."""
        time.sleep(1)
        before = self.spent()
        time.sleep(seconds)
        self.idle = {name: (after - before[name]) / seconds for name, after in self.spent().items()}


@contextlib.contextmanager
def running_pages(books: int) -> Iterator[Pages]:
    """Start everything with a public storefront of ``books``; it is stopped and deleted at the end."""
    # Who signs up in a public storefront is a reader, as most people are who look at pages.
    os.environ["STOREFRONT"] = "public"
    with running_system() as (system, closing):
        system.secrets = {**system.secrets, "WEB_SECRET": secrets.token_hex(32)}
        pages = _open(system, closing, books)
        _fill_carts(pages)
        pages.kinds = list(_kinds(pages))
        pages.limit = _start_limit(pages, closing)
        yield pages


def _open(system: System, closing: contextlib.ExitStack, books: int) -> Pages:
    book_url, order_url = migrated(system.postgres, "book", "books"), migrated(system.postgres, "order", "orders")
    load(book_url, books)
    index_everything(book_url)
    system.postgres.run_sql("VACUUM ANALYZE; CHECKPOINT", "books")
    book, order, gateway, web = (free_port() for _ in range(4))
    urls = {"AUTH_URL": system.auth_url, "BOOK_URL": address(book), "ORDER_URL": address(order)}
    urls["GATEWAY_URL"] = address(gateway)
    shop = Shop("orders", "books", address(gateway))
    shop.processes = {
        "book": start_service(closing, system, "book_service", "BOOK", book, BOOK_DATABASE_URL=book_url, **urls),
        "order": start_service(closing, system, "order_service", "ORDER", order, ORDER_DATABASE_URL=order_url, **urls),
        "gateway": start_service(closing, system, "gateway", "GATEWAY", gateway, **urls),
        "web-frontend": start_service(closing, system, "web_frontend", "WEB", web, **urls),
    }
    wait_until_ready(shop.api)
    wait_until_shows_books(f"{address(web)}/books")
    # As site.js has it: these browsers run scripts.
    readers = [{"Cookie": f"quire_access={token}; quire_scripts=1", **BROWSER} for token in system.tokens]
    logs = {"gateway": system.folder / f"gateway-{gateway}.log", "web": system.folder / f"web_frontend-{web}.log"}
    return Pages(system, shop, address(web), logs["gateway"], logs["web"], readers)


def _fill_carts(pages: Pages) -> None:
    found = ask(f"{pages.shop.api}/books?limit=100&in_stock=true")["items"]
    for number, token in enumerate(pages.system.tokens):
        for book in found[number : number + LINES_IN_A_CART]:
            ask(f"{pages.shop.api}/cart/items/{book['id']}", token=token, body={"quantity": 1})


def _kinds(pages: Pages) -> Iterator[Kind]:
    found = ask(f"{pages.shop.api}/books?limit=100&sort=popularity&in_stock=true&facets=true")
    items, subject = found["items"], found["facets"]["subjects"][0]["value"]
    words = list(dict.fromkeys(word for item in items for word in item["title"].split() if word.isalpha()))[:24]
    subjects = quote(subject)
    yield Kind("catalogue", ["/books", "/books?sort=title", "/books?in_stock=true", f"/books?subject={subjects}"])
    yield Kind("results fragment", [f"/books?q={quote(word)}" for word in words], PARTIAL)
    yield Kind("suggestions", [f"/suggestions?q={quote(word[:4])}" for word in words], PARTIAL)
    yield Kind("book", [f"/books/{item['id']}" for item in items[:24]])
    yield Kind("cart", ["/cart"])


def _start_limit(pages: Pages, closing: contextlib.ExitStack) -> str:
    """Start the plain application that knows all that the pages show."""
    port = free_port()
    wanted = [{"path": path, **pages.readers[0], **kind.headers} for kind in pages.kinds for path in kind.paths]
    (pages.system.folder / "wanted.json").write_text(json.dumps(wanted))
    settings = {"GATEWAY_URL": pages.shop.api, "PAGES_WANTED": str(pages.system.folder / "wanted.json")}
    settings["PYTHONPATH"] = str(Path(__file__).parent)
    pages.shop.processes["limit"] = start_service(closing, pages.system, "pages_limit", "WEB", port, **settings)
    wait_until_shows_books(f"{address(port)}/cart")
    return address(port)


def ask(url: str, *, token: str = "", body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """GET, or PUT with a ``body``; return the JSON of the answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, headers, method="PUT" if data else "GET")  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
        return found


def remembering(pages: Pages) -> list[dict[str, str]]:
    """Return the readers with the cookies that a page has given them, as a browser sends them with the next one."""
    return [{**reader, "Cookie": _with_remembered(pages.web, reader)} for reader in pages.readers]


def _with_remembered(web: str, reader: Mapping[str, str]) -> str:
    request = urllib.request.Request(f"{web}/cart", headers={"Cookie": reader["Cookie"]})  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        given = [line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie") or []]
    return "; ".join([reader["Cookie"], *(pair for pair in given if pair.startswith(REMEMBERED))])
