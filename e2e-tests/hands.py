"""Somebody who has no mouse: moves the focus with keys alone, sees where it is, and counts."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page

MOST_STEPS = 120

# The element with the focus, its accessible name as far as these pages make names, and whether its focus is seen.
_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const label = one.labels?.[0]?.innerText ?? "";
    const name = one.getAttribute("aria-label") ?? (label || one.innerText || one.value || "");
    const box = one.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const isMarked = (element, pseudo) => {
        const style = getComputedStyle(element, pseudo);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return outlined || style.boxShadow !== "none";
    };
    let marked = false;
    for (let it = one, level = 0; it && level < 4; it = it.parentElement, level++) {
        marked ||= isMarked(it) || isMarked(it, "::after");
    }
    return { name: name.replace(/\\s+/g, " ").trim(), marked, inside };
}"""


@dataclass
class Hands:
    """Two hands on a keyboard."""

    page: Page
    keys: int = 0
    loads: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Count the pages that are loaded from here on."""
        self.page.on("domcontentloaded", self._count)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Type a text."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def tab_to(self, name: str) -> None:
        """Press Tab until the focus is on what is called ``name``, a pattern."""
        for _ in range(MOST_STEPS):
            self.press("Tab")
            focused = self.page.evaluate(_FOCUSED)
            if focused is None:
                continue
            if not (focused["marked"] and focused["inside"]):
                self.faults.append(f"{self.page.url}: the focus on “{focused['name']}” is not seen")
            if re.search(name, focused["name"]):
                return
        message = f"{self.page.url}: the focus never came to “{name}”"
        raise AssertionError(message)

    def told(self, what: str) -> str:
        """Say what it took."""
        return f"{what}: {self.keys} keys pressed, {self.loads} pages loaded"

    def _count(self, _page: Page) -> None:
        self.loads += 1
