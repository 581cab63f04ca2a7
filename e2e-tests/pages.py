"""What people do on the pages, in the words they see."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from httpx2 import URL
from playwright.sync_api import Page, expect

PASSWORD = "correct horse battery staple"
_FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def sign_up(page: Page, email: str) -> None:
    """Make the page's browser that of a new account, without a look at the door."""
    _send(page, "/sign-up", full_name="Ada Byron", email=email, password=PASSWORD)


def sign_in(page: Page, email: str) -> None:
    """Sign the page's browser in, without a look at the door."""
    _send(page, "/sign-in", email=email, password=PASSWORD)


def _send(page: Page, path: str, **fields: str) -> None:
    """Send a form as a browser without scripts does, which takes a tenth of what showing the page would."""
    http = page.context.request
    fields["csrf_token"] = _FORM_TOKEN.search(http.get(path).text())[1]
    answer = http.post(path, form=fields, headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0)
    assert answer.status == 303, (path, answer.status, answer.text()[:2000])
    # Nor the greeting that the next page would begin with.
    page.context.clear_cookies(name="quire_flash")


def sign_up_at_the_door(page: Page, email: str) -> None:
    """Sign up as people do; the page is the one that they come to."""
    page.goto("/sign-up")
    page.get_by_label("Full name").fill("Ada Byron")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_be_visible()


def sign_in_at_the_door(page: Page, email: str) -> None:
    """Sign in as people do; the page is the one that they come to."""
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_be_visible()


def search(page: Page, words: str) -> None:
    page.get_by_label("Search by title").fill(words)
    page.get_by_role("button", name="Search").click()


def add_to_cart(page: Page, copies: int = 1) -> None:
    page.get_by_label("Copies").fill(str(copies))
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart"))).to_contain_text(str(copies))


def fill_delivery(page: Page) -> None:
    page.get_by_label("Full name").fill("Ada Byron")
    page.get_by_label("Delivery address").fill("12 St James’s Square\nLondon SW1Y 4JH")
    page.get_by_label("Note for us").fill("The green door")


def send_order(page: Page) -> None:
    """Place an order, which may still have to be decided then."""
    page.get_by_role("button", name=re.compile("^Place order")).click()
    expect(page.get_by_role("heading", name=re.compile(r"^Order Q-\d+"))).to_be_visible()


def place_order(page: Page) -> None:
    """Place an order, and see that it was decided."""
    send_order(page)
    expect(page.get_by_role("main")).not_to_contain_text("We are checking the shelves", timeout=30_000)


@contextmanager
def suggestions_for(page: Page, words: str) -> Iterator[None]:
    """Type ``words`` within; at the end what is suggested is for all of them, and nothing comes to take its place."""
    with page.expect_response(lambda answer: "/suggestions?" in answer.url and URL(answer.url).params["q"] == words):
        yield
    expect(page.locator("form.search.htmx-request")).to_have_count(0)


def book_url(book: dict) -> str:
    return f"/books/{book['id']}"
