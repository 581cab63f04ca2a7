"""A reader finds and orders a book, with scripts and without."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from faults import wait_until
from pages import (
    add_to_cart,
    book_url,
    fill_delivery,
    place_order,
    search,
    sign_in_at_the_door,
    sign_up,
    sign_up_at_the_door,
)
from playwright.sync_api import Page, expect
from system import System


@pytest.fixture
def book(system: System, editor: dict[str, str], email: str) -> dict:
    """Add a book that only this test knows."""
    title = f"The Lighthouse of {email.partition('@')[0]}"
    new = {"title": title, "author": "V. Woolf", "price": "9.99", "stock": 5, "format": "paperback"}
    return httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status().json()


def available(system: System, editor: dict[str, str], book: dict) -> int:
    return httpx2.get(f"{system.api}/books/{book['id']}", headers=editor).json()["available"]


def expect_available(system: System, editor: dict[str, str], book: dict, number: int) -> None:
    """Expect that so many copies can be sold, once the catalogue has heard of it."""
    wait_until(lambda: available(system, editor, book) == number)


@pytest.fixture(params=["with scripts", "without scripts"])
def reader(request, new_context, page) -> Page:
    return page if request.param == "with scripts" else new_context(java_script_enabled=False).new_page()


def test_sign_up_search_order_follow_and_cancel(reader: Page, system, editor, book, email):
    sign_up_at_the_door(reader, email)
    search(reader, book["title"].lower())
    expect(reader.get_by_role("main")).to_contain_text("1 book")
    reader.get_by_role("link", name=book["title"]).click()
    expect(reader.get_by_role("heading", name=book["title"], level=1)).to_be_visible()
    add_to_cart(reader, 2)
    reader.goto("/cart")
    expect(reader.get_by_text("£19.98").first).to_be_visible()
    reader.get_by_role("link", name="Go to checkout").click()
    fill_delivery(reader)
    place_order(reader)
    main = reader.get_by_role("main")
    expect(main).to_contain_text("£19.98")
    expect(main).to_contain_text("12 St James’s Square")
    expect_available(system, editor, book, 3)

    number = re.search(r"Q-\d+", reader.get_by_role("heading", level=1).inner_text())[0]
    reader.goto("/orders")
    reader.get_by_role("link", name=number).click()
    reader.get_by_role("link", name="Cancel this order").click()
    reader.get_by_role("button", name="Cancel the order").click()
    expect(reader.get_by_role("main")).to_contain_text("Cancelled")
    expect(reader.get_by_role("link", name="Cancel this order")).to_have_count(0)
    expect_available(system, editor, book, 5)
    reader.goto("/cart")
    expect(reader.get_by_role("main")).to_contain_text("Nothing in it yet")


def test_sign_out_and_in_again_keeps_the_cart(reader: Page, book, email):
    sign_up(reader, email)
    reader.goto(book_url(book))
    add_to_cart(reader)
    reader.goto("/sign-out")
    reader.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(reader.get_by_role("main")).to_contain_text("You are signed out.")
    reader.goto("/cart")
    expect(reader.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_at_the_door(reader, email)
    reader.goto("/cart")
    expect(reader.get_by_role("link", name=book["title"])).to_be_visible()


def test_what_is_wrong_with_a_form_is_said_at_the_field_and_nothing_is_lost(reader: Page, book, email):
    sign_up(reader, email)
    reader.goto(book_url(book))
    add_to_cart(reader)
    reader.goto("/checkout")
    reader.get_by_label("Note for us").fill("Ring twice")
    reader.get_by_label("Full name").fill("")
    reader.get_by_role("button", name=re.compile("^Place order")).click()
    expect(reader.get_by_role("alert")).to_be_visible()
    expect(reader.get_by_label("Delivery address")).to_have_attribute("aria-invalid", "true")
    expect(reader.get_by_label("Note for us")).to_have_value("Ring twice")
    fill_delivery(reader)
    place_order(reader)


def test_a_price_that_changed_is_pointed_out_before_the_order_is_placed(page: Page, system, editor, book, email):
    sign_up(page, email)
    page.goto(book_url(book))
    add_to_cart(page)
    page.goto("/checkout")
    fill_delivery(page)
    change = httpx2.patch(f"{system.api}/books/{book['id']}", json={"price": "12.50"}, headers=editor)
    assert change.status_code == 200
    page.get_by_role("button", name=re.compile("^Place order")).click()
    expect(page.get_by_role("main")).to_contain_text("£12.50")
    expect(page.get_by_label("Delivery address")).to_have_value(re.compile("St James"))
    assert available(system, editor, book) == 5
    place_order(page)
    expect(page.get_by_role("main")).to_contain_text("£12.50")


def test_copies_that_are_gone_meanwhile_are_pointed_out(page: Page, system, editor, book, email):
    sign_up(page, email)
    page.goto(book_url(book))
    add_to_cart(page, 4)
    page.goto("/checkout")
    fill_delivery(page)
    taken = httpx2.post(
        f"{system.api}/books/{book['id']}/stock", json={"change": -3, "reason": "Sold at the till"}, headers=editor
    )
    assert taken.status_code == 201
    page.get_by_role("button", name=re.compile("^Place order")).click()
    expect(page.get_by_role("main")).to_contain_text("2 are left")
    page.get_by_role("button", name="Change my order to what is left").click()
    place_order(page)
    expect(page.get_by_role("main")).to_contain_text("£19.98")


def test_a_double_click_or_a_reload_orders_once(page: Page, system, editor, book, email):
    sign_up(page, email)
    page.goto(book_url(book))
    add_to_cart(page)
    page.goto("/checkout")
    fill_delivery(page)
    page.get_by_role("button", name=re.compile("^Place order")).dblclick()
    expect(page.get_by_role("heading", name=re.compile(r"^Order Q-\d+"))).to_be_visible()
    page.reload()
    page.goto("/orders")
    expect(page.get_by_role("link", name=re.compile(r"Q-\d+"))).to_have_count(1)
    expect_available(system, editor, book, 4)


def test_the_same_checkout_sent_five_times_at_once_orders_once(page: Page, system, editor, book, email):
    sign_up(page, email)
    page.goto(book_url(book))
    add_to_cart(page)
    page.goto("/checkout")
    fill_delivery(page)
    fields = page.locator("form.checkout").evaluate("form => [...new FormData(form)]")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    body = str(httpx2.QueryParams([(name, value) for name, value in fields]))

    def send(_: int) -> int:
        return httpx2.post(f"{system.web}/checkout", content=body, headers=headers, cookies=cookies).status_code

    with ThreadPoolExecutor(5) as pool:
        assert 500 not in set(pool.map(send, range(5)))
    page.goto("/orders")
    expect(page.get_by_role("link", name=re.compile(r"Q-\d+"))).to_have_count(1)
    expect_available(system, editor, book, 4)


def test_suggestions_appear_while_typing_and_the_page_stays(page: Page, book, email):
    sign_up(page, email)
    page.goto("/books")
    box = page.get_by_label("Search by title")
    box.press_sequentially(book["title"].lower())
    suggestion = page.locator("#suggest").get_by_role("option", name=re.compile(f"{book['title']} V. Woolf"))
    expect(suggestion).to_be_visible()
    suggestion.click()
    expect(page.get_by_role("heading", name=book["title"], level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("main")).to_be_visible()
