"""Readers and staff who use no mouse; what each way costs in keys and pages is printed."""

import re

import httpx2
import pytest
from hands import Hands
from pages import sign_in, sign_up, suggestions_for
from playwright.sync_api import Page, expect

OWNER = "owner@example.org"
ISBN = "9780140436211"


@pytest.fixture
def hands(page: Page) -> Hands:
    """Give hands at a page that does not move: keys come faster than transitions end."""
    page.emulate_media(reduced_motion="reduce")
    return Hands(page)


@pytest.fixture
def tell(capsys):
    """Print a figure in any case."""

    def print_figure(figure: str) -> None:
        with capsys.disabled():
            print(f"\n    {figure}")  # noqa: T201 (it is what was asked for)

    return print_figure


def test_a_book_is_found_and_ordered_with_the_keyboard_alone(hands: Hands, system, editor, email, tell):
    page, title = hands.page, f"The Warden of {email.partition('@')[0]}"
    new = {"title": title, "author": "Anthony Trollope", "price": "6.99", "stock": 3}
    httpx2.post(f"{system.api}/books/", json=new, headers=editor).raise_for_status()
    sign_up(page, email)
    page.goto("/")
    hands.keys = hands.loads = 0

    # The first stop jumps over all that every page has.
    hands.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    hands.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.goto("/")
    hands.keys = hands.loads = 0

    hands.tab_to("^Search by title")
    with suggestions_for(page, title):
        hands.type(title)
    expect(page.get_by_role("option", name=re.compile(title)).first).to_be_visible()
    hands.press("ArrowDown", "Enter")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    hands.tab_to("^Copies")
    hands.press("Enter")
    hands.tab_to("^Go to the cart")
    hands.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("cart", re.IGNORECASE))
    hands.tab_to("^Go to checkout")
    hands.press("Enter")
    expect(page.get_by_role("heading", name="Checkout", level=1)).to_be_visible()
    hands.tab_to("^Full name")
    hands.press("Control+a")
    hands.type("Ada Byron")
    hands.tab_to("^Delivery address")
    hands.type("12 St James’s Square\nLondon")
    # The fields come in the order in which they stand.
    hands.tab_to("^Note for us")
    hands.tab_to("^Place order")
    hands.press("Enter")
    expect(page.get_by_role("heading", name=re.compile(r"^Order Q-\d+"))).to_be_visible()
    tell(hands.told("From the start page to a placed order"))
    assert hands.faults == []


def test_a_scanned_book_is_added_and_edited_with_the_keyboard_alone(hands: Hands, email, tell):
    page, title = hands.page, f"Rachel Ray {email}"
    sign_in(page, OWNER)
    page.goto("/books/new")
    hands.keys = hands.loads = 0
    expect(page.get_by_label(re.compile("^ISBN"))).to_be_focused()
    hands.type(f"{ISBN}\n")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    hands.type(title)
    hands.tab_to("^Authors")
    hands.type("Anthony Trollope")
    hands.tab_to("^Price")
    hands.type("8.99")
    hands.tab_to("^Copies on the shelf")
    hands.type("3")
    hands.press("Enter")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    tell(hands.told("From a scanned ISBN to a saved new book"))

    hands.tab_to("^Edit")
    hands.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    hands.tab_to("^Price")
    hands.press("Control+a")
    hands.type("nothing\n")
    expect(page.get_by_role("alert")).to_be_focused()
    # From the summary straight to the field.
    hands.press("Tab", "Enter")
    expect(page.get_by_label("Price")).to_be_focused()
    hands.press("Control+a")
    hands.type("9.49\n")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("£9.49")
    assert hands.faults == []
