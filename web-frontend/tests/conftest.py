"""The pages behind a real HTTP client, with a small system in memory behind the gateway's address."""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

# The tests of all members run together without packages of their own, so this folder is named to the importer.
sys.path.insert(0, str(Path(__file__).parent))

from browser import Browser
from fake_gateway import FakeGateway

from web_frontend.config import Settings
from web_frontend.main import create_app

SECRET = "Vq8mZr2LxT9nKd4WbY7cH1sJfG5pUe3A"
CLIENT_SECRET = "pages-are-kn0wn-t0-it-by-this-w0rd"


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


Open = Callable[..., object]


@dataclass
class Wire(httpx2.AsyncBaseTransport):
    """Leads from an application to the gateway of the test that has it now."""

    transport: httpx2.AsyncBaseTransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self.transport.handle_async_request(request)


class Applications:
    """Applications that are built once and started by one test after the other: to build one takes its time."""

    def __init__(self) -> None:
        self._idle: dict[Any, list[tuple[FastAPI, Wire]]] = defaultdict(list)

    @asynccontextmanager
    async def running(self, values: dict[str, object], transport: httpx2.AsyncBaseTransport) -> AsyncIterator[FastAPI]:
        idle = self._idle[frozenset(values.items())]
        app, wire = idle.pop() if idle else self._build(values)
        wire.transport = transport
        async with app.router.lifespan_context(app):
            yield app
        idle.append((app, wire))

    def _build(self, values: dict[str, object]) -> tuple[FastAPI, Wire]:
        wire = Wire()
        return create_app(Settings(**values), transport=wire), wire


@pytest.fixture(scope="session")
def applications() -> Applications:
    return Applications()


@pytest.fixture
async def open_shop(gateway: FakeGateway, applications: Applications) -> AsyncIterator[Open]:
    """Give a function that opens a shop with the given settings and returns a browser in front of it."""
    async with AsyncExitStack() as stack:

        async def open_with(**settings: object) -> Browser:
            transport = settings.pop("transport", None) or httpx2.ASGITransport(app=gateway)
            values = {
                "secret": SECRET,
                "client_secret": CLIENT_SECRET,
                "public_web_url": "http://localhost:8080",
            } | settings
            app = await stack.enter_async_context(applications.running(values, transport))
            browser = Browser(app, str(values["public_web_url"]))
            browser.app = app
            await stack.enter_async_context(browser.http)
            return browser

        yield open_with


@pytest.fixture
async def shop(open_shop: Open) -> Browser:
    """Give a browser in front of a private shop."""
    return await open_shop()


@pytest.fixture
async def public_shop(open_shop: Open, gateway: FakeGateway) -> Browser:
    """Give a browser in front of a public shop."""
    gateway.is_open = True
    return await open_shop(storefront="public")


@pytest.fixture
async def reader(shop: Browser) -> Browser:
    """Give a browser in which a customer is signed in."""
    await shop.sign_in()
    return shop


@pytest.fixture
async def editor(shop: Browser) -> Browser:
    """Give a browser in which an editor is signed in."""
    await shop.sign_in("editor@example.com")
    return shop


@pytest.fixture
async def staff(shop: Browser) -> Browser:
    """Give a browser in which staff is signed in."""
    await shop.sign_in("staff@example.com")
    return shop


@pytest.fixture
async def admin(shop: Browser) -> Browser:
    """Give a browser in which an administrator is signed in."""
    await shop.sign_in("admin@example.com")
    return shop
