"""Make the README's pictures from the running product: ``make screenshots`` writes them to docs/images.

A shop of its own with the sample books and some days' orders; a fixed size, light and dark.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from conftest import ARGUMENTS
from pages import PASSWORD, sign_in
from playwright.sync_api import Browser, Page, expect, sync_playwright
from system import System, running_system

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE = {"width": 1280, "height": 800}
OWNER = "owner@example.org"
READERS = ("ada", "grace", "joan", "mary", "rosalind")
BOARD = {"ship": 4, "deliver": 2}
"""How many of the orders are moved on, by step."""


def main() -> None:
    """Make all pictures."""
    executable = os.environ.get("PLAYWRIGHT_CHROMIUM_EXECUTABLE") or shutil.which("chromium")
    with running_system() as system, sync_playwright() as playwright:
        system.account(OWNER, PASSWORD)
        book = fill(system)
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        for theme in ("light", "dark"):
            with signed_in(browser, system, theme, WIDE) as page:
                take(page, "/", f"catalogue-{theme}")
                take(page, f"/books/{book}", f"book-{theme}")
                take(page, "/staff/orders", f"board-{theme}")
                take(page, "/staff", f"workplace-{theme}")
        browser.close()


def fill(system: System) -> str:
    """Have readers order what is on the shelves; return the id of a book that looks well on a picture."""
    owner = system.sign_in(OWNER, PASSWORD)
    found = httpx2.get(f"{system.api}/books/", params={"in_stock": "true", "limit": 12}, headers=owner).json()["items"]
    orders = []
    for number, name in enumerate(READERS):
        reader = system.account(f"{name}@example.org", PASSWORD)
        delivery = {"name": name.title(), "address": "12 St James’s Square\nLondon SW1Y 4JH"}
        for books in (found[number : number + 2], found[number + 5 : number + 6]):
            items = [{"book_id": book["id"], "quantity": 1} for book in books]
            wish = {"items": items, "delivery": delivery}
            answer = httpx2.post(f"{system.api}/orders/", json=wish, headers=reader, timeout=30)
            orders.append(answer.raise_for_status().json()["id"])
    for step, count in BOARD.items():
        for order in orders[:count]:
            httpx2.post(f"{system.api}/orders/{order}/{step}", headers=owner, timeout=30).raise_for_status()
    shown = httpx2.get(f"{system.api}/books/", params={"q": "middlemarch"}, headers=owner).json()["items"]
    return (shown or found)[0]["id"]


@contextmanager
def signed_in(browser: Browser, system: System, theme: str, size: dict[str, int]) -> Iterator[Page]:
    """Open a browser of the owner's."""
    context = browser.new_context(
        base_url=system.web, locale="en-GB", color_scheme=theme, viewport=size, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, OWNER)
    yield page
    context.close()


def take(page: Page, address: str, name: str) -> None:
    """Take the picture of what is seen first at an address."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\S"))
    page.evaluate("document.fonts.ready")
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
