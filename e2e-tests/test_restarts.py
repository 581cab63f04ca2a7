"""Services and PostgreSQL are restarted while people order: no order is lost, none is placed twice."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from buyers import Buyers
from faults import end, frozen, process_of, stop_postgresql_hard, wait_until, wait_until_ready
from pages import PASSWORD
from playwright.sync_api import Page
from system import System

STOCK = 5000


@pytest.fixture
def book(system: System, editor, email) -> dict:
    new = {"title": f"Middlemarch {email}", "price": "7.99", "stock": STOCK}
    return httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status().json()


@pytest.fixture
def buyers(system: System, book, email) -> Buyers:
    return Buyers(system, system.account(email, PASSWORD), book)


def check(system: System, buyers: Buyers, book: dict, editor) -> None:
    """See that what was told is true, once everybody has asked again."""
    told = {
        (key, answer.json()["id"]) for key, answer in buyers.answers if answer is not None and answer.status_code < 300
    }
    orders = buyers.ask_again()
    assert told <= {(key, order["id"]) for key, order in orders.items()}
    assert {order["status"] for order in orders.values()} == {"placed"}
    assert sorted(order["id"] for order in buyers.all_orders()) == sorted(order["id"] for order in orders.values())
    stock = httpx2.get(f"{system.api}/books/{book['id']}/stock", headers=editor).json()
    assert (stock["on_hand"], stock["reserved"]) == (STOCK, len(orders))


def test_while_postgresql_is_restarted_orders_wait_or_are_told_to_come_again(page: Page, system, editor, book, buyers):
    with buyers:
        buyers.place_some()
        stop_postgresql_hard(system)
        buyers.place_some()
        wait_until_ready(system)
        answer = page.goto("/")
        assert answer is not None
        assert answer.ok
    # Not one that broke off, none that only says that something is wrong.
    assert None not in dict(buyers.answers).values()
    assert set(buyers.statuses()) <= {201, 202, 409, 503, 504}
    assert all("retry-after" in answer.headers for _, answer in buyers.answers if answer.status_code in {409, 503})
    check(system, buyers, book, editor)


def test_services_that_are_asked_to_end_under_load_lose_no_order(system, editor, book, buyers):
    with buyers:
        for package in ("order_service", "book_service", "gateway"):
            buyers.place_some()
            end(system, package)
        buyers.place_some()
    wait_until_ready(system)
    check(system, buyers, book, editor)


def test_what_is_under_way_when_services_are_asked_to_end_is_answered(system, book, email):
    buyer = system.account(f"waiting-{email}", PASSWORD)
    wish = {"book_id": book["id"], "quantity": 1}
    orders = f"{system.api}/orders/"
    with frozen(system, "book_service"), ThreadPoolExecutor() as pool:
        placing = pool.submit(httpx2.post, orders, json=wish, headers=buyer, timeout=20)
        wait_until(lambda: httpx2.get(orders, headers=buyer).json()["items"])
        for package in ("order_service", "gateway"):
            os.kill(process_of(system, package), signal.SIGTERM)
        answer = placing.result()
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    wait_until_ready(system)
    wait_until(lambda: httpx2.get(orders, headers=buyer).json()["items"][0]["status"] == "placed")
