"""Staff counts a shelf while the shop goes on selling, and writes off copies that were promised."""

import re

import httpx2
import pytest
from faults import wait_until
from pages import PASSWORD, book_url, sign_in
from playwright.sync_api import Page, expect
from system import System

OWNER = "owner@example.org"


@pytest.fixture
def staff(system: System) -> dict[str, str]:
    """Give the headers of the account that looks after orders and stock."""
    return system.sign_in(OWNER, PASSWORD)


@pytest.fixture
def buyer(system: System, email: str) -> dict[str, str]:
    return system.account(email, PASSWORD)


@pytest.fixture
def staff_page(page: Page, staff) -> Page:
    del staff  # It shows that the account is there.
    sign_in(page, OWNER)
    return page


def add_book(system: System, staff: dict[str, str], title: str, **facts) -> dict:
    new = {"title": title, "price": "9.99"} | facts
    return httpx2.post(f"{system.api}/books/", json=new, headers=staff).raise_for_status().json()


def order(system: System, buyer: dict[str, str], book: dict, copies: int = 1) -> dict:
    wanted = {"book_id": book["id"], "quantity": copies}
    placed = httpx2.post(f"{system.api}/orders/", json=wanted, headers=buyer, timeout=30).raise_for_status().json()
    wait_until(lambda: status(system, buyer, placed) == "placed")
    return placed


def ship(system: System, staff: dict[str, str], placed: dict) -> None:
    """Ship an order, and wait until the catalogue has heard that its copies are gone."""
    url = f"{system.api}/books/{placed['items'][0]['book_id']}/stock"

    def reserved() -> int:
        return httpx2.get(url, headers=staff).raise_for_status().json()["reserved"]

    before = reserved()
    httpx2.post(f"{system.api}/orders/{placed['id']}/ship", headers=staff, timeout=30).raise_for_status()
    wait_until(lambda: reserved() < before)


def stock(system: System, staff: dict[str, str], book: dict) -> tuple[int, int]:
    """Return how many copies are on the shelf, and how many of them can be sold."""
    now = httpx2.get(f"{system.api}/books/{book['id']}/stock", headers=staff).raise_for_status().json()
    return now["on_hand"], now["available"]


def status(system: System, staff: dict[str, str], placed: dict) -> str:
    return httpx2.get(f"{system.api}/orders/{placed['id']}", headers=staff).raise_for_status().json()["status"]


def test_a_copy_that_is_sold_while_its_shelf_is_counted_leaves_the_right_number(
    staff_page: Page, system, staff, buyer, email
):
    page, keys = staff_page, staff_page.keyboard
    sold = add_book(system, staff, f"Silas Marner {email}", stock=5, isbn13="9780141439754")
    missing = add_book(system, staff, f"Romola {email}", stock=4)
    page.goto("/staff/stocktake")
    expect(page.get_by_label("ISBN or title")).to_be_focused()
    keys.type("978-0-14-143975-4\n")
    expect(page.get_by_label(f"Counted: {sold['title']}")).to_be_focused()
    shipped = order(system, buyer, sold)
    ship(system, staff, shipped)
    keys.type("5\n")
    expect(page.get_by_label("ISBN or title")).to_be_focused()
    # Faster than any answer comes.
    keys.type(f"{missing['title']}\n3\n")
    expect(page.get_by_label(f"Counted: {missing['title']}")).to_have_value("3")
    page.reload()
    expect(page.get_by_label(f"Counted: {sold['title']}")).to_have_value("5")
    expect(page.get_by_label(f"Counted: {missing['title']}")).to_have_value("3")
    page.get_by_role("button", name="Write down 2 counts").click()
    expect(page.get_by_role("main")).to_contain_text("1 is as expected and 1 was corrected.")
    expect(page.get_by_role("row", name=sold["title"])).to_contain_text("1 went out")
    assert stock(system, staff, sold) == (4, 4)
    assert stock(system, staff, missing) == (3, 3)

    # The same on the book's own page.
    page.goto(f"{book_url(sold)}/stock")
    again = order(system, buyer, sold)
    ship(system, staff, again)
    page.get_by_label("I counted").fill("3")
    keys.press("Enter")
    sentence = (
        "You counted 3 where 4 were expected. 1 went out meanwhile. 1 copy was taken off. 2 are on the shelf now."
    )
    expect(page.get_by_role("main")).to_contain_text(sentence)
    expect(page.get_by_role("table")).to_contain_text("Stocktake: 3 counted")
    assert stock(system, staff, sold) == (2, 2)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_stolen_copy_that_was_promised_ends_its_order_and_corrects_the_stock_in_one_step(
    new_context, system, staff, buyer, email, scripts
):
    book = add_book(system, staff, f"Felix Holt {email}", stock=4)
    older, newer = order(system, buyer, book, 2), order(system, buyer, book)
    page = new_context(java_script_enabled=scripts).new_page()
    sign_in(page, OWNER)
    page.goto(f"{book_url(book)}/stock")
    main = page.get_by_role("main")
    expect(main).to_contain_text("4 copies are on the shelf; 3 are promised to orders, so 1 can be sold.")
    page.get_by_label("How many").fill("-2")
    page.get_by_label("Reason").fill("Stolen")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("heading", name="2 are gone, but only 1 is free")).to_be_visible()
    expect(page.get_by_label(re.compile(newer["number"]))).to_be_checked()
    expect(page.get_by_label(re.compile(older["number"]))).not_to_be_checked()
    assert stock(system, staff, book) == (4, 1)
    page.get_by_role("button", name="Cancel the chosen orders and write off 2 copies").click()
    expect(page.get_by_role("heading", name="1 order cancelled, 2 copies written off")).to_be_visible()
    expect(main).to_contain_text(newer["number"])
    assert (status(system, staff, newer), status(system, staff, older)) == ("cancelled", "placed")
    assert stock(system, staff, book) == (2, 0)
    page.get_by_role("link", name="To the stock").click()
    expect(page.get_by_role("table")).to_contain_text("Stolen")


def test_what_runs_low_is_filled_up_from_the_list(staff_page: Page, system, staff, email):
    page = staff_page
    book = add_book(system, staff, f"Adam Bede {email}", stock=0)
    page.goto("/staff/low-stock?at_most=0")
    while not page.get_by_label(f"Came in: {book['title']}").count():
        page.goto(page.get_by_role("link", name="Next").get_attribute("href"))
    page.get_by_label(f"Came in: {book['title']}").fill("12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text(f"12 copies of “{book['title']}” came in")
    expect(page.get_by_label(f"Came in: {book['title']}")).to_have_count(0)
    assert stock(system, staff, book) == (12, 12)
