"""What is wrong with a page as it shows now: in both themes, on a phone and a wide screen, and when it is zoomed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, NARROW = 1280, 390
ZOOMED = (640, 320)
"""A wide screen at 200 %, and at 400 %, which is also the narrowest phone."""
HEIGHT = 800
LOOKS = (("light", WIDE), ("dark", WIDE), ("dark", NARROW), ("light", NARROW))
PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of all that is looked at, which takes minutes."""

# What axe would do and tell beyond what is wrong with this one page takes half of its time.
_OPTIONS = "{reporter: 'no-passes', resultTypes: ['violations'], preload: false, iframes: false, selectors: false}"
_SIDEWAYS = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return "";
    const wide = [...document.body.querySelectorAll("*")].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width && (box.right > root.clientWidth + 1 || box.left < -1);
    });
    return wide.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`).join(", ") || "something";
}"""
_OUTLINE = """() => {
    const shown = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).length;
    const counts = { h1: shown("h1"), main: shown("main"), banner: shown("body > header"),
        contentinfo: shown("body > footer"), status: shown("body > [role=status]") };
    const faults = Object.entries(counts).filter(([, count]) => count !== 1).map(([name, count]) => `${count} ${name}`);
    if (!document.title.trim()) faults.push("no title");
    return faults.join(", ");
}"""
_AXE = Axe()
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def all_faults(page: Page, name: str) -> list[str]:
    """Look at the page in every way; ``name`` is what its pictures are called."""
    faults = outline_faults(page)
    page.evaluate(_AXE.axe_script)
    for theme, width in LOOKS:
        _show(page, width, theme)
        page.evaluate(_DRAWN)
        faults += sideways_faults(page, width) + _axe_faults(page, f"{theme} {width}")
        take_picture(page, f"{name}-{theme}-{width}")
    for width in ZOOMED:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        faults += sideways_faults(page, width)
    _show(page, WIDE, "light")
    return faults


def _show(page: Page, width: int, theme: str) -> None:
    # Every change takes the browser as long as a small page.
    if page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=theme)


def take_picture(page: Page, name: str) -> None:
    """Keep a picture, where pictures are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def narrow_faults(page: Page) -> list[str]:
    """Look for what is wider than the screen, on the widest and on the narrowest."""
    faults = sideways_faults(page, WIDE)
    with seen_at(page, min(ZOOMED)):
        return faults + sideways_faults(page, min(ZOOMED))


def outline_faults(page: Page) -> list[str]:
    """Return which landmark or heading is not there exactly once."""
    found = page.evaluate(_OUTLINE)
    return [f"{page.url}: {found}"] if found else []


def sideways_faults(page: Page, width: int) -> list[str]:
    """Return what makes the page scroll sideways."""
    found = page.evaluate(_SIDEWAYS)
    return [f"{page.url} scrolls sideways at {width}: {found}"] if found else []


@contextmanager
def seen_at(page: Page, width: int) -> Iterator[None]:
    """Show the page at another width for a while."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    try:
        yield
    finally:
        page.set_viewport_size({"width": WIDE, "height": HEIGHT})


def _axe_faults(page: Page, look: str) -> list[str]:
    return [
        f"{page.url} ({look}): {found['id']} at {[node['html'][:200] for node in found['nodes'][:3]]}"
        for found in page.evaluate(f"axe.run({_OPTIONS}).then((found) => found.violations)")
    ]
