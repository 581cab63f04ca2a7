"""What pages that change in parts must keep to: they stay whole, lose nothing, do nothing twice, show no fault."""

import re
from collections.abc import Callable

import httpx2
import pytest
from looking import outline_faults
from pages import PASSWORD, add_to_cart, book_url, fill_delivery, place_order, sign_in, sign_up, sign_up_at_the_door
from playwright.sync_api import Locator, Page, Route, expect
from system import System

OWNER = "owner@example.org"


@pytest.fixture
def book(system: System, editor: dict[str, str], email: str) -> dict:
    new = {"title": f"Orley Farm {email}", "author": "Anthony Trollope", "price": "9.99", "stock": 5}
    return httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status().json()


def is_whole(page: Page) -> None:
    """Expect one page: not a fragment of one, and none inside another."""
    expect(page.get_by_role("banner")).to_be_visible()
    assert outline_faults(page) == []


ISLANDS: dict[str, Callable[[Locator], None]] = {
    "/authors": lambda main: main.get_by_label("Begins with").fill("wool"),
    "/admin/accounts": lambda main: main.get_by_label("Name or email address").fill("owner"),
    "/books?q=the": lambda main: main.get_by_label("In stock only").check(),
    "/staff/low-stock": lambda main: main.get_by_label("At most").fill("40"),
}
"""Pages of which a part is exchanged and gets an address of its own, and what does that, at once and only once."""


def test_back_and_forward_show_whole_pages_wherever_a_part_has_an_address(page: Page):
    sign_in(page, OWNER)
    for address, change in ISLANDS.items():
        page.goto(address)
        before = page.url
        change(page.get_by_role("main"))
        page.keyboard.press("Tab")
        expect(page).not_to_have_url(before)
        after = page.url
        page.goto("/account")
        for step, url in ((page.go_back, after), (page.go_back, before), (page.go_forward, after)):
            step()
            expect(page).to_have_url(url)
            is_whole(page)
        page.reload()
        is_whole(page)


def test_no_page_is_shown_inside_another_after_a_form(page: Page, book: dict, email: str):
    sign_up_at_the_door(page, email)
    is_whole(page)
    page.goto(book_url(book))
    add_to_cart(page)
    is_whole(page)
    page.goto("/checkout")
    fill_delivery(page)
    place_order(page)
    is_whole(page)
    page.get_by_role("link", name="Cancel this order").click()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_role("main")).to_contain_text("Cancelled")
    is_whole(page)
    page.goto("/account")
    page.get_by_label("Full name").fill("Augusta Byron")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("Your name is saved.")
    is_whole(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_sign_in_that_ends_at_the_checkout_returns_there_with_all_that_was_typed(
    new_context, book: dict, email: str, scripts: bool
):
    page = new_context(java_script_enabled=scripts).new_page()
    sign_up(page, email)
    page.goto(book_url(book))
    add_to_cart(page)
    page.goto("/checkout")
    fill_delivery(page)
    page.context.clear_cookies()
    page.get_by_role("button", name=re.compile("^Place order")).click()
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Note for us")).to_have_value("The green door")
    expect(page.get_by_label("Delivery address")).to_have_value(re.compile("St James"))
    place_order(page)


def test_a_double_click_adds_a_book_once_and_writes_a_change_of_stock_once(page: Page, system, editor, email):
    sign_in(page, OWNER)
    title = f"Ayala’s Angel {email}"
    page.goto("/books/new")
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Price").fill("7.99")
    page.get_by_label("Copies on the shelf").fill("4")
    page.get_by_role("button", name="Add the book", exact=True).last.dblclick()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    found = httpx2.get(f"{system.api}/books/", params={"q": email, "in_stock": "true"}, headers=editor).json()["items"]
    assert [each["title"] for each in found] == [title]

    page.goto(f"/books/{found[0]['id']}/stock")
    page.get_by_label("How many").fill("-1")
    page.get_by_label("Reason").fill("Water damage")
    page.get_by_role("button", name="Write it down").dblclick()
    expect(page.get_by_role("table")).to_contain_text("Water damage")
    page.reload()
    expect(page.get_by_role("row").filter(has_text="Water damage")).to_have_count(1)


def test_one_region_tells_what_changed_and_stays_the_same_one(page: Page, book: dict, email: str):
    sign_up(page, email)
    page.goto(book_url(book))
    region = page.locator("body > [role=status]")
    region.evaluate("region => region.isTheOldOne = true")
    add_to_cart(page, 2)
    expect(region).to_contain_text(re.compile(r"\S"))
    assert region.evaluate("region => region.isTheOldOne")
    assert page.locator("main [aria-live]:not([role=alert]), main [role=status], main [role=log]").count() == 0


@pytest.mark.parametrize("fault", ["an error of the server", "no connection"])
def test_a_fault_changes_nothing_and_offers_to_try_again(page: Page, book: dict, email: str, fault: str):
    sign_up(page, email)
    page.goto(book_url(book))
    page.get_by_label("Copies").fill("3")

    def fail(route: Route) -> None:
        if fault == "no connection":
            route.abort()
        else:
            route.fulfill(status=503, content_type="text/html", body="<h1>The whole page of a fault</h1>")

    page.route("**/cart", fail)
    page.get_by_role("button", name="Add to cart").click()
    region = page.locator("body > [role=status]")
    again = region.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(book["title"])
    expect(page.get_by_label("Copies")).to_have_value("3")
    expect(page.get_by_role("button", name="Add to cart")).to_be_enabled()
    page.unroute("**/cart")
    again.click()
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_contain_text("3")
    expect(again).to_have_count(0)
    is_whole(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_mistakes_are_summed_up_where_the_focus_goes_and_lead_to_their_fields(new_context, scripts):
    page = new_context(java_script_enabled=scripts).new_page()
    page.goto("/sign-up")
    page.get_by_label("Full name").fill("Ada Byron")
    page.get_by_label("Email address").fill("nobody")
    page.get_by_label("Password").fill("short")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email address")).to_be_focused()
    expect(page.get_by_label("Email address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Full name")).to_have_value("Ada Byron")
