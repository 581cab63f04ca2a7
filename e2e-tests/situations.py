"""What pages look like only after somebody did something: what opens, what asks, what went wrong."""

import re
from collections.abc import Callable

import httpx2
import pyotp
from faults import frozen
from odd_stock import OddStock
from pages import PASSWORD, suggestions_for
from playwright.sync_api import Page, expect
from system import System
from walkers import Walker

Situation = Callable[[Walker, OddStock, System], None]
"""Brings a walker's page into it."""


def _suggestions(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/books")
    with suggestions_for(walker.page, "wool"):
        walker.page.get_by_role("combobox", name="Search by title").press_sequentially("wool")
    expect(walker.page.get_by_role("listbox")).to_be_visible()
    walker.page.keyboard.press("ArrowDown")


def _menu(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/account")
    walker.page.get_by_role("button", name="Menu").click()


def _filters(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/books?q=the")
    for facet in walker.page.locator("main details:not([open]) > summary").all():
        if facet.is_visible():
            facet.click()


def _sign_up_wrong(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/sign-up")
    walker.page.get_by_label("Email address").fill("nobody")
    walker.page.get_by_label("Password").fill("short")
    _refused(walker.page, "Sign up")


def _sign_in_wrong(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/sign-in")
    walker.page.get_by_label("Email address").fill("nobody@example.org")
    walker.page.get_by_label("Password").fill("wrong")
    _refused(walker.page.get_by_role("main"), "Sign in")


def _full_cart(walker: Walker, stock: OddStock, _system: System) -> None:
    for book, copies in (("book_id", 2), ("unbroken", 1), ("arabic", 1), ("many", 99)):
        url = f"{stock.api}/cart/items/{stock.ids[book]}"
        httpx2.put(url, json={"quantity": copies}, headers=walker.caller.headers).raise_for_status()
    walker.page.goto("/cart")


def _checkout_wrong(walker: Walker, stock: OddStock, _system: System) -> None:
    for sold_out in ("arabic", "unbroken"):
        url = f"{stock.api}/cart/items/{stock.ids[sold_out]}"
        httpx2.delete(url, headers=walker.caller.headers).raise_for_status()
    walker.page.goto("/checkout")
    walker.page.get_by_label("Full name").fill("")
    _refused(walker.page, re.compile("^Place order"))


def _edit_wrong(walker: Walker, stock: OddStock, _system: System) -> None:
    walker.page.goto(f"/books/{stock.ids['book_id']}/edit")
    walker.page.get_by_label("Title", exact=True).fill("")
    walker.page.get_by_label("Price").fill("dear")
    _refused(walker.page, "Save")


def _edit_conflict(walker: Walker, stock: OddStock, _system: System) -> None:
    url = f"{stock.api}/books/{stock.ids['book_id']}"
    walker.page.goto(f"/books/{stock.ids['book_id']}/edit")
    walker.page.get_by_label("Price").fill("5.55")
    httpx2.patch(url, json={"price": "7.77", "pages": 480}, headers=stock.headers).raise_for_status()
    walker.page.get_by_role("button", name="Save").click()
    expect(walker.page.get_by_role("heading", name="Somebody else was faster")).to_be_visible()


def _new_key(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/account/api-keys/new")
    walker.page.get_by_role("textbox", name="Name").fill("till")
    walker.page.get_by_label("See your own orders").check()
    walker.page.get_by_role("button", name="Make the key").click()
    expect(walker.page.locator("#new-key")).to_be_visible()


def _set_up(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/account/second-factor")
    walker.page.get_by_label("Your password").fill(PASSWORD)
    walker.page.get_by_role("button", name="Set it up").click()
    expect(walker.page.get_by_role("img", name="QR code")).to_be_visible()


def _recovery_codes(walker: Walker, stock: OddStock, system: System) -> None:
    _set_up(walker, stock, system)
    secret = walker.page.locator("#secret").inner_text().replace(" ", "")
    walker.page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    walker.page.get_by_role("button", name="Turn it on").click()
    expect(walker.page.get_by_role("heading", name="Your recovery codes")).to_be_visible()


def _board_keys(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/staff/orders")
    walker.page.keyboard.press("j")
    walker.page.keyboard.press("x")
    walker.page.keyboard.press("?")
    expect(walker.page.get_by_label("Use these keys in this browser")).to_be_visible()


def _counted(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/staff/stocktake")
    walker.page.keyboard.type("Felix Holt\n8\n")
    expect(walker.page.get_by_label(re.compile("^Counted.*Felix Holt$"))).to_have_value("8")


def _settled(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.get_by_role("button", name=re.compile("^Write down")).click()
    expect(walker.page.get_by_role("heading", name="1 book counted")).to_be_visible()


def _invited(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/admin/invitations")
    walker.page.get_by_label("Email address").fill("somebody@example.org")
    walker.page.get_by_label("Good for how many days").fill("2")
    walker.page.get_by_role("button", name="Make the invitation").click()
    expect(walker.page.get_by_label("Link of the invitation")).to_be_visible()


def _session_over(walker: Walker, stock: OddStock, _system: System) -> None:
    walker.page.goto(f"/books/{stock.ids['book_id']}/edit")
    with walker.signed_out():
        walker.page.get_by_role("button", name="Save").click()
        expect(walker.page.get_by_label("Password")).to_be_visible()


def _refused_page(walker: Walker, _stock: OddStock, _system: System) -> None:
    walker.page.goto("/admin/accounts")


def _away(walker: Walker, _stock: OddStock, system: System) -> None:
    with frozen(system, "order_service"):
        walker.page.goto("/cart")


def _refused(scope: Page, button: str | re.Pattern[str]) -> None:
    scope.get_by_role("button", name=button).click()
    expect(scope.get_by_role("alert")).to_be_focused()


ANSWERS = frozenset({200, 401, 403, 409, 412, 422, 503})
"""What people are told in them."""

SITUATIONS: dict[str, tuple[str, Situation]] = {
    "sign-up-wrong": ("nobody", _sign_up_wrong),
    "sign-in-wrong": ("nobody", _sign_in_wrong),
    "suggestions": ("customer", _suggestions),
    "menu": ("admin", _menu),
    "filters": ("customer", _filters),
    "cart-full": ("customer", _full_cart),
    "checkout-wrong": ("customer", _checkout_wrong),
    "new-key": ("customer", _new_key),
    "second-factor": ("customer", _set_up),
    "recovery-codes": ("editor", _recovery_codes),
    "refused": ("customer", _refused_page),
    "away": ("customer", _away),
    "edit-wrong": ("admin", _edit_wrong),
    "edit-conflict": ("admin", _edit_conflict),
    "board-keys": ("admin", _board_keys),
    "counted": ("admin", _counted),
    "settled": ("admin", _settled),
    "invited": ("admin", _invited),
    "session-over": ("admin", _session_over),
}
"""Each by its name: who meets it, and how it comes about; in the order in which they can."""
