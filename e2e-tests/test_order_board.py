"""Staff at the order board, with the keyboard alone, without scripts, and while others change the same orders."""

import re

import httpx2
import pytest
from faults import wait_until
from pages import PASSWORD, sign_in, sign_in_at_the_door
from playwright.sync_api import Page, expect
from system import System

STAFF = "owner@example.org"


class Orders:
    """Orders for a book that only one test knows, oldest first."""

    def __init__(self, api: httpx2.Client, system: System, editor: dict[str, str], email: str) -> None:
        self.api = api
        self.title = f"Jinx by {email.partition('@')[0]}"
        new = {"title": self.title, "price": "4.99", "stock": 9}
        self.book = self.api.post("/books/", json=new, headers=editor).raise_for_status().json()["id"]
        self.buyer = system.account(email, PASSWORD)
        self.staff = system.sign_in(STAFF, PASSWORD)
        self.all = [self.place() for _ in range(5)]

    def place(self) -> dict:
        wanted = {"book_id": self.book, "quantity": 1}
        placed = self.api.post("/orders/", json=wanted, headers=self.buyer).raise_for_status().json()
        wait_until(lambda: self.status(placed) == "placed")
        return placed

    def status(self, order: dict) -> str:
        return self.api.get(f"/orders/{order['id']}", headers=self.staff).json()["status"]

    def cancel(self, order: dict) -> None:
        self.api.post(f"/orders/{order['id']}/cancel", headers=self.buyer).raise_for_status()

    def statuses(self) -> list[str]:
        return [self.status(order) for order in self.all]

    @property
    def path(self) -> str:
        return str(httpx2.URL("/staff/orders", params={"status": "placed", "q": self.title}))


@pytest.fixture(autouse=True)
def _quiet(page: Page) -> None:
    """Show pages without transitions: keys come faster than those end, and Chromium complains of each cut short."""
    page.emulate_media(reduced_motion="reduce")


@pytest.fixture
def orders(system: System, editor: dict[str, str], email: str):
    with httpx2.Client(base_url=system.api, timeout=30) as api:
        yield Orders(api, system, editor, email)


def row(page: Page, order: dict):
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=order["number"], exact=True))


def test_three_of_five_orders_are_shipped_with_the_keyboard_alone(page: Page, orders: Orders):
    sign_in(page, STAFF)
    page.goto("/staff/orders")
    page.keyboard.press("/")
    # Letters in a field are letters, though each of these is a key of the board.
    page.keyboard.type(orders.title)
    expect(page.get_by_role("searchbox", name="Find an order")).to_have_value(orders.title)
    with page.expect_navigation(url=re.compile("q=Jinx")):
        page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("5 orders")
    for key in ("j", "x", "j", "ArrowDown", "X"):
        page.keyboard.press(key)
    expect(page.get_by_text("3 of 5 selected")).to_be_visible()
    page.keyboard.press("ArrowUp")
    # The newest comes first in what was searched for.
    expect(page.get_by_role("link", name=orders.all[3]["number"], exact=True)).to_be_focused()
    page.keyboard.press("s")
    expect(page.get_by_text("3 orders are on their way.")).to_be_visible()
    # Keys are for nobody before the page and its scripts are there.
    page.wait_for_load_state()
    assert orders.statuses() == ["placed", "placed", "shipped", "shipped", "shipped"]
    expect(row(page, orders.all[2])).to_contain_text("On its way")
    for key in ("k", "x", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {orders.all[0]['number']}")
    page.go_back()
    expect(page.get_by_role("link", name=orders.all[0]["number"], exact=True)).to_be_focused()
    expect(page.get_by_text("1 of 5 selected")).to_be_visible()


def test_three_of_five_orders_are_shipped_and_one_cancelled_without_scripts(new_context, orders: Orders):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, STAFF)
    page.goto(orders.path)
    # What needs a script is not offered.
    expect(page.get_by_role("button", name="Keys")).to_have_count(0)
    for order in orders.all[:3]:
        page.get_by_label(f"Select order {order['number']}").check()
    # Meanwhile the customer thinks better of one of them.
    orders.cancel(orders.all[1])
    page.get_by_role("button", name="Ship").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("2 orders are on their way.")
    expect(main).to_contain_text(f"{orders.all[1]['number']} could not be shipped: it was cancelled meanwhile.")
    page.get_by_label(f"Select order {orders.all[4]['number']}").check()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Cancel order {orders.all[4]['number']}?")
    page.get_by_role("button", name="Cancel the order").click()
    expect(main).to_contain_text(f"{orders.all[4]['number']} is cancelled.")
    assert orders.statuses() == ["shipped", "cancelled", "shipped", "placed", "cancelled"]


def test_what_others_do_is_marked_where_it_is_and_new_orders_wait_for_a_press(page: Page, orders: Orders):
    page.clock.install()
    sign_in(page, STAFF)
    page.goto(orders.path)
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    orders.cancel(orders.all[0])
    late = orders.place()
    page.clock.fast_forward(21_000)
    expect(row(page, orders.all[0])).to_contain_text("Changed meanwhile")
    expect(page.get_by_text("1 of 4 selected")).to_be_visible()
    focused = page.get_by_role("link", name=orders.all[1]["number"], exact=True)
    expect(focused).to_be_focused()
    expect(row(page, late)).to_have_count(0)
    expect(page.get_by_text("New orders: 1")).to_be_visible()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(row(page, late)).to_be_visible()
    expect(page.get_by_label(f"Select order {orders.all[1]['number']}")).to_be_checked()
    expect(row(page, orders.all[0])).to_have_count(0)


def test_the_keys_can_be_turned_off(page: Page, orders: Orders):
    sign_in(page, STAFF)
    page.goto(orders.path)
    page.keyboard.press("?")
    page.get_by_label("Use these keys in this browser").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    expect(page.get_by_text("None selected")).to_be_visible()
    page.reload()
    page.keyboard.press("a")
    expect(page.get_by_text("None selected")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Keys")).click()
    page.get_by_label("Use these keys in this browser").check()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_text("5 of 5 selected")).to_be_visible()


def test_the_day_begins_with_what_needs_doing_and_leads_there(page: Page, orders: Orders):
    sign_in_at_the_door(page, STAFF)
    expect(page).to_have_url(re.compile("/staff$"))
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Copies each day")).to_be_visible()
    page.get_by_text("The numbers as a table").press("Enter")
    expect(page.get_by_role("region", name="Sales by day, in a table").get_by_role("row")).to_have_count(31)
    page.get_by_role("link", name=re.compile("orders to ship$")).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order board")
    expect(row(page, orders.all[0])).to_be_visible()
