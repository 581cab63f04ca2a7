"""What people set their devices to: no motion, colours of their own, a language that runs from right to left."""

import httpx2
import pytest
from looking import NARROW, WIDE, seen_at, sideways_faults, take_picture
from pages import PASSWORD, sign_in
from playwright.sync_api import Page
from system import System

OWNER = "owner@example.org"
PAGES = ("/", "/books?q=the", "/cart", "/account", "/books/new", "/staff/orders", "/staff/imports", "/admin/accounts")

_MOVES = """() => {
    const seconds = (list) => Math.max(...list.split(",").map(parseFloat));
    const moving = (one, pseudo) => {
        const style = getComputedStyle(one, pseudo);
        return seconds(style.transitionDuration) > 0.001
            || (style.animationName !== "none" && seconds(style.animationDuration) > 0.001)
            || style.scrollBehavior === "smooth";
    };
    return [...document.querySelectorAll("*")]
        .filter((one) => moving(one) || moving(one, "::before") || moving(one, "::after"))
        .map((one) => one.outerHTML.slice(0, 80));
}"""
# Colours of backgrounds are taken away, so what can be pressed or filled in has to be seen by its border.
_BORDERLESS = """() => [...document.querySelectorAll("main :is(.btn, button, input, select, textarea)")]
    .filter((one) => one.checkVisibility())
    .filter((one) => !one.matches("[type=hidden], [type=checkbox], [type=radio], .visually-hidden"))
    .filter((one) => {
        const style = getComputedStyle(one);
        const bordered = ["Top", "Bottom"].every((side) =>
            style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) >= 1);
        return !bordered && !style.textDecorationLine.includes("underline");
    })
    .map((one) => one.outerHTML.slice(0, 120))"""
# Pairs of things to press or fill in that lie on each other and are not inside each other.
_OVERLAPS = """() => {
    const shown = [...document.querySelectorAll("a, button, input, select, textarea, h1, h2, h3")].filter((one) =>
        one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !one.closest(".visually-hidden, .skip, [aria-hidden=true]") && one.type !== "hidden");
    const boxes = shown.map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width > 4);
    const found = [];
    for (const [index, [one, a]] of boxes.entries()) for (const [other, b] of boxes.slice(index + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 3 && high > 3 && !one.contains(other) && !other.contains(one)) {
            found.push(`${one.outerHTML.slice(0, 60)} and ${other.outerHTML.slice(0, 60)}`);
        }
    }
    return found;
}"""


@pytest.fixture
def book(system: System) -> dict:
    headers = system.sign_in(OWNER, PASSWORD)
    new = {"title": "Can You Forgive Her?", "authors": ["Anthony Trollope"], "price": "9.99", "stock": 5}
    return httpx2.post(f"{system.api}/books/", json=new, headers=headers).raise_for_status().json()


@pytest.fixture
def addresses(book: dict) -> list[str]:
    return [*PAGES, f"/books/{book['id']}", f"/books/{book['id']}/edit", f"/books/{book['id']}/stock"]


def test_nothing_moves_for_those_who_want_no_motion(new_context, addresses: list[str]):
    page = new_context(reduced_motion="reduce").new_page()
    page.add_init_script(
        "addEventListener('pagereveal', (event) => { window.movedIn = Boolean(event.viewTransition); })"
    )
    sign_in(page, OWNER)
    moving = []
    for address in addresses:
        page.goto(address)
        moving += [f"{address}: {one}" for one in page.evaluate(_MOVES)]
    page.get_by_role("banner").get_by_role("link", name="Cart").click()
    page.wait_for_url("**/cart")
    assert page.evaluate("window.movedIn") is False
    assert moving == []


def test_with_colours_of_ones_own_everything_to_press_is_seen(new_context, addresses: list[str]):
    page = new_context(forced_colors="active", reduced_motion="reduce").new_page()
    sign_in(page, OWNER)
    borderless = []
    for number, address in enumerate(addresses):
        page.goto(address)
        borderless += [f"{address}: {one}" for one in page.evaluate(_BORDERLESS)]
        take_picture(page, f"forced-colours-{number}")
    assert borderless == []


def test_from_right_to_left_nothing_overlaps_and_nothing_scrolls_sideways(new_context, addresses: list[str]):
    page: Page = new_context(reduced_motion="reduce").new_page()
    sign_in(page, OWNER)
    faults = []
    for number, address in enumerate(addresses):
        page.goto(address)
        for width in (WIDE, NARROW):
            with seen_at(page, width):
                before = page.evaluate(_OVERLAPS)
                page.evaluate("document.documentElement.dir = 'rtl'")
                after = page.evaluate(_OVERLAPS)
                faults += sideways_faults(page, width)
                if len(after) > len(before):
                    faults.append(f"{address} at {width}: {after[:3]}")
                take_picture(page, f"right-to-left-{number}-{width}")
                page.evaluate("document.documentElement.dir = 'ltr'")
    assert faults == []
