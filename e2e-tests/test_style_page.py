"""The looks of everything that pages are made of, as the style page shows it, compared with what they were.

``make style-reference`` writes them anew. What differs is told, and framed on pictures in var/style.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from look_differences import Difference, differences, told
from looking import HEIGHT, WIDE
from measured_looks import LOOKS, measured, read, show, write
from playwright.sync_api import Browser, Page
from system import System

STYLE = "/local/style"
REFERENCE = Path(__file__).parent / "style_reference"
PICTURES = Path(__file__).parents[1] / "var" / "style"
SMALLER = 0.22
"""How much smaller the pictures of the reference are: for people to look at, not to be compared."""

_FRAME = """([selector, number]) => {
    const root = document.querySelector(selector);
    const one = [root, ...root.querySelectorAll("*")].filter((each) => !each.parentElement.closest("svg"))[number];
    one.style.outline = "3px solid #ff0080";
}"""


@pytest.fixture
def style_page(browser: Browser, system: System) -> Iterator[Page]:
    yield from _open(browser, system)


def _open(browser: Browser, system: System, scale: float = 1) -> Iterator[Page]:
    size = {"width": WIDE, "height": HEIGHT}
    context = browser.new_context(base_url=system.web, locale="en-GB", viewport=size, device_scale_factor=scale)
    page = context.new_page()
    page.goto(STYLE)
    yield page
    context.close()


def test_everything_looks_as_it_did(style_page: Page, browser: Browser, system: System):
    parts = _parts(style_page)
    actual = measured(style_page, parts)
    if os.environ.get("STYLE_REFERENCE") == "write":
        write(actual, REFERENCE / "looks.json")
        for small in _open(browser, system, SMALLER):
            _take(small, REFERENCE, "expected", quality=22)
    found = differences(read(REFERENCE / "looks.json"), actual)
    if found:
        _show_differences(style_page, parts, found)
        pytest.fail(f"{told(found)}\n(pictures in var/style; if it is meant so: make style-reference)", pytrace=False)


def _parts(page: Page) -> dict[str, str]:
    """Return the selectors of what is compared, by name: each section, and what is on every page."""
    sections = page.eval_on_selector_all(".style__section", "all => all.map((one) => one.id)")
    assert len(sections) > 5
    return {"header": "body > header"} | {name: f"#{name}" for name in sections} | {"footer": "body > footer"}


def _show_differences(page: Page, parts: dict[str, str], found: Sequence[Difference]) -> None:
    shutil.rmtree(PICTURES, ignore_errors=True)
    _take(page, PICTURES, "actual")
    for picture in REFERENCE.glob("expected-*"):
        (PICTURES / picture.name).write_bytes(picture.read_bytes())
    for one in found:
        if one.number is not None:
            page.evaluate(_FRAME, [parts[one.part], one.number])
    _take(page, PICTURES, "difference")


def _take(page: Page, folder: Path, name: str, *, quality: int = 70) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for theme, width in LOOKS:
        show(page, theme, width)
        path = folder / f"{name}-{theme}-{width}.jpg"
        page.screenshot(path=path, full_page=True, type="jpeg", quality=quality)
