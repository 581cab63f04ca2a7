"""One running Quire and one browser for all tests; an own account and an own browser context for each."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from access_world import World, open_world, wait_until_the_disabled_is_refused
from attack.places import client_at, fresh_place
from attack.shop import Shop
from pages import PASSWORD
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from system import System, running_system

RESULTS = Path(__file__).parent / "results"

# Chromium's sandbox cannot be set up by root; the rest keeps it from calling home while it is watched.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_numbers = itertools.count(1)
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures know afterwards whether their test has failed."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    with running_system() as running:
        # The first account of an empty system is its administrator; no test is to become that by chance.
        running.account("owner@example.org", PASSWORD)
        yield running


@pytest.fixture(scope="session")
def public_shop() -> Iterator[System]:
    """Start another shop, whose books everybody sees."""
    with running_system(STOREFRONT="public") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("PLAYWRIGHT_CHROMIUM_EXECUTABLE") or shutil.which("chromium")
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser, system: System) -> Iterator[Callable[..., BrowserContext]]:
    """Open browser contexts, each like a browser of another person."""
    contexts = []

    def open_context(**options) -> BrowserContext:
        context = browser.new_context(base_url=system.web, locale="en-GB", **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """Open a page that must not meet a script error or break the content security policy."""
    page = new_context().new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    yield page
    if request.node.stash[_FAILED]:
        page.screenshot(path=RESULTS / f"{request.node.name}.png", full_page=True)
    assert complaints == []


@pytest.fixture
def email() -> str:
    """Give an address that nobody has yet."""
    return f"reader{next(_numbers)}@example.org"


@pytest.fixture(scope="session")
def editor(system: System) -> dict[str, str]:
    """Sign up an editor, who prepares books for the tests; give the headers of the access token."""
    return system.account("editor@example.org", PASSWORD)


@pytest.fixture(scope="session")
def world(system: System) -> Iterator[World]:
    """Give callers of every kind, and what they call for."""
    shop = Shop(system.web, f"http://127.0.0.1:{system.ports['GATEWAY_PORT']}", system.ports, system.folder / "var")
    with client_at(fresh_place()) as http:
        world = open_world(shop, http)
        wait_until_the_disabled_is_refused(world)
        yield world
