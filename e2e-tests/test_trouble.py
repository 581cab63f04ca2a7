"""One service does not answer: the others go on, the pages say what is away, and all comes back by itself."""

import re

import httpx2
import pytest
from faults import frozen, gone, wait_until, wait_until_ready
from pages import PASSWORD, add_to_cart, fill_delivery, place_order, send_order, sign_up
from playwright.sync_api import Page, expect
from system import System


@pytest.fixture
def book(system: System, editor, email) -> dict:
    new = {"title": f"Persuasion {email}", "price": "7.99", "stock": 2}
    return httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status().json()


def expect_away(system: System, service: str) -> None:
    """Expect that the gateway says so of this service, and of no other."""

    def is_alone_away() -> bool:
        answer = httpx2.get(f"{system.api}/health/ready", timeout=10)
        away = {name for name, check in answer.json()["checks"].items() if not check["ok"]}
        return answer.status_code == 503 and away == {service}

    wait_until(is_alone_away)


def test_without_order_service_the_catalogue_works_and_says_what_is_away(page: Page, system, book, email):
    sign_up(page, email)
    with frozen(system, "order_service"):
        expect_away(system, "order-service")
        # Within a minute of the last answer the header's number needs no call that could fail.
        page.context.clear_cookies(name="quire_cart")
        page.goto(f"/books/{book['id']}")
        expect(page.get_by_role("heading", name=book["title"], level=1)).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Ordering is away for a moment")
        answer = page.goto("/cart")
        assert answer is not None
        assert answer.status == 503
        expect(page.get_by_role("banner")).to_be_visible()
        expect(page.get_by_role("heading", name="The cart is away", level=1)).to_be_visible()
    wait_until_ready(system)
    page.goto(f"/books/{book['id']}")
    expect(page.get_by_role("main")).not_to_contain_text("away")
    add_to_cart(page)


def test_without_book_service_cart_and_orders_show_and_an_order_is_followed_until_it_is_placed(
    page: Page, new_context, system, book, email
):
    sign_up(page, email)
    page.goto(f"/books/{book['id']}")
    add_to_cart(page)
    page.goto("/checkout")
    fill_delivery(page)
    with frozen(system, "book_service"):
        send_order(page)
        main = page.get_by_role("main")
        expect(main).to_contain_text("We are checking the shelves")
        plain = new_context(java_script_enabled=False, storage_state=page.context.storage_state()).new_page()
        plain.goto("/cart")
        expect(plain.get_by_role("main")).to_contain_text("The catalogue is away for a moment")
        expect(plain.get_by_role("main")).to_contain_text(book["title"])
        plain.goto("/orders")
        plain.get_by_role("main").get_by_role("link", name=re.compile("^Order Q-")).click()
        expect(plain.get_by_role("main")).to_contain_text("We are checking the shelves")
    for follower in (page, plain):
        expect(follower.get_by_role("main")).to_contain_text("£7.99", timeout=30_000)
        expect(follower.get_by_role("main")).not_to_contain_text("We are checking the shelves")
    wait_until_ready(system)


def test_without_book_service_an_order_waits_and_is_placed_afterwards(system, editor, book, email):
    buyer = system.account(email, PASSWORD)
    with gone(system, "book_service"):
        expect_away(system, "book-service")
        wanted = {"book_id": book["id"], "quantity": 2}
        answer = httpx2.post(f"{system.api}/orders/", json=wanted, headers=buyer, timeout=20)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    wait_until_ready(system)
    order = f"{system.api}{answer.headers['location']}"
    wait_until(lambda: httpx2.get(order, headers=buyer).json()["status"] != "pending")
    placed = httpx2.get(order, headers=buyer).json()
    assert (placed["status"], placed["total"]) == ("placed", "15.98")
    assert httpx2.get(f"{system.api}/books/{book['id']}", headers=editor).json()["available"] == 0


def test_without_auth_service_people_order_on_and_strangers_are_told_at_the_door(
    page: Page, new_context, system, book, email
):
    sign_up(page, email)
    with gone(system, "auth_service"):
        expect_away(system, "auth-service")
        page.goto(f"/books/{book['id']}")
        add_to_cart(page)
        page.goto("/checkout")
        fill_delivery(page)
        place_order(page)
        expect(page.get_by_role("main")).to_contain_text("Placed")
        stranger = new_context(java_script_enabled=False).new_page()
        stranger.goto("/sign-in")
        expect(stranger.get_by_role("main")).to_contain_text("Signing in and signing up are away for a moment")
        stranger.get_by_label("Email address").fill(email)
        stranger.get_by_label("Password").fill(PASSWORD)
        stranger.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(stranger.get_by_role("heading", name="Signing in is away", level=1)).to_be_visible()
    wait_until_ready(system)
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.get_by_role("main").get_by_role("button").first.click()
    expect(stranger.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_be_visible()
