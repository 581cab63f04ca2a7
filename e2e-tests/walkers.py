"""People who walk over the whole site, each in a browser that notes every complaint."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from attack.people import Caller
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response
from site_map import Visit, visits

HTML = Path(__file__).parents[1] / "var" / "walk"
"""Where the pages are kept for the HTML checker."""

TOKENS = ("quire_access", "quire_refresh")
REDIRECTED = range(300, 400)


@dataclass
class Walker:
    """A person, with what stands for the ids in the paths of their pages."""

    caller: Caller
    context: BrowserContext
    ids: Mapping[str, str]
    web: str
    storefront: str = "private"
    complaints: list[str] = field(default_factory=list)
    expected: frozenset[int] = frozenset({200})

    def __post_init__(self) -> None:
        """Sign in and open the one page that goes everywhere."""
        if self.caller.bearer:
            self.remember(**dict(zip(TOKENS, (self.caller.bearer, self.caller.refresh_token), strict=True)))
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complain(str(error)))
        self.page.on("console", self._hear)
        self.page.on("response", self._see)
        self.page.on("requestfailed", self._lose)

    def remember(self, **cookies: str) -> None:
        """Set cookies."""
        self.context.add_cookies([{"name": name, "value": value, "url": self.web} for name, value in cookies.items()])

    @contextmanager
    def signed_out(self) -> Iterator[None]:
        """Lose the session for a while, as a browser does in which it has run out."""
        tokens = [cookie for cookie in self.context.cookies() if cookie["name"] in TOKENS]
        for name in TOKENS:
            self.context.clear_cookies(name=name)
        try:
            yield
        finally:
            self.context.add_cookies(tokens)

    @contextmanager
    def speaking(self, language: str) -> Iterator[None]:
        """Have the pages in another language for a while."""
        self.remember(quire_language=language)
        try:
            yield
        finally:
            self.context.clear_cookies(name="quire_language")

    def visits(self) -> list[Visit]:
        """Return all addresses where this person may be."""
        return list(visits(self.caller, self.ids, storefront=self.storefront))

    def go(self, visit: Visit) -> bool:
        """Go to an address; tell whether it is a page of its own, and not a file or the way to another page."""
        self.expected = frozenset({visit.status})
        try:
            answer = self.page.goto(visit.address)
        except Error as error:
            if "Download is starting" in error.message:
                return False
            raise
        if answer.request.redirected_from is not None:
            return False
        if answer.status != visit.status:
            self.complain(f"{visit.address} is answered with {answer.status}")
        if not answer.headers["content-type"].startswith("text/html"):
            return False
        self.keep(visit.name, answer.text())
        return True

    def ask(self, visit: Visit) -> None:
        """Ask for a page that somebody else has looked at, and see that it is answered."""
        status = self.context.request.get(visit.address, max_redirects=0).status
        if status != visit.status and status not in REDIRECTED:
            self.complain(f"{visit.address} is answered with {status}")

    def keep(self, name: str, html: str) -> None:
        """Keep a page for the HTML checker."""
        HTML.mkdir(parents=True, exist_ok=True)
        (HTML / f"{name}-{self.caller.name}-{self.storefront}.html").write_text(html, encoding="utf-8")

    def complain(self, what: str) -> None:
        """Note what should not be."""
        self.complaints.append(f"{self.caller.name} at {self.page.url}: {what}")

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser itself says so of each answer that is an error, also of the page that was asked for.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complain(message.text)

    def _see(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complain(f"{response.url} is answered with {response.status}")

    def _lose(self, request: Request) -> None:
        # What a page was still asking for when it was left is broken off.
        if request.failure != "net::ERR_ABORTED":
            self.complain(f"{request.url} failed: {request.failure}")
