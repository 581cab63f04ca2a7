"""Texts that would run, load or break something if a page took them for more than text, and a watch over the pages."""

import itertools
import re
from dataclasses import dataclass, field

import httpx2
from openapi_fields import texts_in
from playwright.sync_api import BrowserContext, Page
from system import System

# At most 90 characters, for the shortest field takes a hundred with the mark before.
PAYLOADS = (
    "\"'><script>planted()</script><img src=/planted onerror=planted()>",
    "</title></textarea></script><svg onload=planted()>{{7*7}}${7*7}",
    '"hx-get="/planted"hx-trigger="load"onfocus="planted()"autofocus="',
    "javascript:planted()//\u202e<b hx-get=/planted hx-trigger=load>&lt;" + "W" * 28,
)
# A header holds no more than ASCII.
USER_AGENT = f"planted-agent {PAYLOADS[0]}"
ADDRESS = "o'onload=planted{{7*7}}"
"""What may stand before the @ of an e-mail address."""

_ELEMENTS = "script:not([src]):not([type]), [onerror], [onload], [onfocus], [hx-get='/planted'], a[href^='javascript:']"
_WATCH = """
window.planted = () => console.error("planted: it ran");
document.addEventListener("securitypolicyviolation", (event) => console.error(
    `planted: against the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
_SHOWN = """() => [document.title, document.body.textContent,
    ...[...document.querySelectorAll("input, textarea, option")].map((one) => one.value)].join("\\n")"""


@dataclass
class Planted:
    """What was sent to the API, field by field."""

    system: System
    fields: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    """Each text that was sent, with the field that it was sent in."""
    _numbers: itertools.count = field(default_factory=itertools.count)

    def text(self, kind: int) -> str:
        """Return a text of one kind that no other field has."""
        return f"p{next(self._numbers):03}.{PAYLOADS[kind % len(PAYLOADS)]}"

    def send(self, method: str, path: str, headers: dict[str, str], *, body: object, **ids: str) -> httpx2.Response:
        """Send ``body`` to ``path``, whose names stand for ``ids``, and note its texts."""
        answer = httpx2.request(method, self.system.api + path.format(**ids), json=body, headers=headers)
        assert answer.is_success, (method, path, answer.text)
        self.note(f"{method} {path}", body)
        return answer

    def note(self, operation: str, body: object) -> None:
        """Note the texts of ``body`` as sent to ``operation``."""
        for name, text in texts_in(body):
            if "planted" in text:
                self.fields.add(f"{operation} {name}")
                self.texts[text] = f"{operation} {name}"


class Watch:
    """Looks over the shoulder of browsers: what the pages show, and whatever they do that they should not."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.shown: list[str] = []

    def over(self, context: BrowserContext) -> Page:
        """Open a page in ``context`` that is watched."""
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.on("dialog", lambda dialog: (self._complain(page, "a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: self._complain(page, str(error)))
        page.on("console", lambda message: self._hear(page, message.text))
        page.on(
            "request", lambda request: self._see_request(page, request.url, navigation=request.is_navigation_request())
        )
        return page

    def look(self, page: Page) -> None:
        """Note what the page shows, and whether any element came out of a text."""
        found = page.locator(_ELEMENTS)
        if found.count():
            self._complain(page, f"an element of a text: {found.first.evaluate('(one) => one.outerHTML')[:200]}")
        self.shown.append(page.evaluate(_SHOWN))

    def visit(self, page: Page, *addresses: str) -> None:
        """Look at each address."""
        for address in addresses:
            answer = page.goto(address)
            if answer is None or answer.status >= 500:
                self._complain(page, f"{address} is answered with {answer and answer.status}")
            self.look(page)

    def unseen(self, texts: dict[str, str]) -> list[str]:
        """Return the fields of the texts that no page has shown, each as it was sent."""
        everything = _one_line("\n".join(self.shown))
        return sorted(name for text, name in texts.items() if _one_line(text) not in everything)

    def _hear(self, page: Page, text: str) -> None:
        if "planted" in text or "Content Security" in text:
            self._complain(page, text)

    def _see_request(self, page: Page, url: str, *, navigation: bool) -> None:
        # What is searched for stands in an address that was gone to, and in no other.
        if "/planted" in url.partition("?")[0] or ("planted" in url and not navigation):
            self._complain(page, f"a request for {url}")

    def _complain(self, page: Page, what: str) -> None:
        self.complaints.append(f"{page.url}: {what[:300]}")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
