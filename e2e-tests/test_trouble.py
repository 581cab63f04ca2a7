"""One service does not answer: the others go on, the pages say what is away, and all comes back by itself."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from pages import add_to_cart, sign_up
from playwright.sync_api import Page, expect
from system import System

LONGEST_WAIT = 20


@contextmanager
def frozen(system: System, package: str) -> Iterator[None]:
    """Freeze a service: its port still takes connections, which is worse than being gone."""
    pid = json.loads((system.folder / "var" / "children.json").read_text())[package]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def wait_until_ready(system: System) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while httpx2.get(f"{system.api}/health/ready", timeout=10).status_code != httpx2.codes.OK:
        assert time.monotonic() < deadline, "not ready again"
        time.sleep(0.2)


def test_without_order_service_the_catalogue_works_and_the_cart_says_what_is_away(page: Page, system, editor, email):
    sign_up(page, email)
    new = {"title": f"Persuasion {email}", "price": "7.99", "stock": 2}
    book = httpx2.post(f"{system.api}/books/", json=new, headers=editor).json()
    with frozen(system, "order_service"):
        started = time.monotonic()
        ready = httpx2.get(f"{system.api}/health/ready", timeout=LONGEST_WAIT).json()
        assert not ready["checks"]["order-service"]["ok"]
        assert ready["checks"]["book-service"]["ok"]
        page.set_default_navigation_timeout(LONGEST_WAIT * 1000)
        page.goto(f"/books/{book['id']}")
        expect(page.get_by_role("heading", name=book["title"], level=1)).to_be_visible()
        answer = page.goto("/cart")
        assert answer is not None
        assert answer.status == 503
        expect(page.get_by_role("banner")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert time.monotonic() - started < 2 * LONGEST_WAIT
    wait_until_ready(system)
    page.goto(f"/books/{book['id']}")
    add_to_cart(page)


def test_without_book_service_an_order_waits_and_is_placed_afterwards(system, editor, email):
    buyer = system.account(email, "correct horse battery staple")
    new = {"title": "Emma", "price": "7.99", "stock": 2}
    book = httpx2.post(f"{system.api}/books/", json=new, headers=editor).json()
    wanted = {"book_id": book["id"], "quantity": 2}
    with frozen(system, "book_service"):
        answer = httpx2.post(f"{system.api}/orders/", json=wanted, headers=buyer, timeout=LONGEST_WAIT)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    wait_until_ready(system)
    deadline = time.monotonic() + LONGEST_WAIT
    url = f"{system.api}{answer.headers['location']}"
    while (order := httpx2.get(url, headers=buyer).json())["status"] == "pending":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (order["status"], order["total"]) == ("placed", "15.98")
    assert httpx2.get(f"{system.api}/books/{book['id']}", headers=editor).json()["available"] == 0
