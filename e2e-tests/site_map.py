"""Where the walk over the site goes: each page of the application, and further addresses where a page looks different.

A page that is new is walked without a line here, as long as what stands in its path is among the walk's ids.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from access_pages import BEGUN_ELSEWHERE, FOR_PROGRAMS, PAGES, pages_of_the_application, who_may
from access_rows import A_PERSON, ANYBODY
from access_rows import BOOKS as THE_BOOKS
from access_world import filled
from attack.people import Caller
from odd_stock import BOOKS, LONG, STATES

FURTHER = {
    "/books": (
        "/books?subject=Poetry&price_min=12&in_stock=true",
        "/books?q=middlemrach",
        "/books?q=zyxwvu",
        f"/books?q={LONG}",
        "/books?archived=true",
        "/books?cursor=old",
    ),
    "/books/{book_id}": tuple(f"/books/{{{kind}}}" for kind in BOOKS if kind != "archived"),
    "/books/{book_id}/edit": ("/books/{archived}", "/books/{archived}/edit", "/books/{many}/edit"),
    "/books/{book_id}/history": ("/books/{archived}/history",),
    "/authors": ("/authors?sort=count", "/authors?q=zyx"),
    "/authors/{name:path}": ("/authors/Virginia%20Woolf", f"/authors/{LONG.strip()}"),
    "/subjects/{name:path}": ("/subjects/Poetry",),
    "/subjects": ("/subjects?sort=count",),
    "/orders": ("/orders?q=nothing",),
    "/orders/{order_id}": tuple(f"/orders/{{{state}}}" for state in STATES),
    "/staff/orders": ("/staff/orders?status=shipped", "/staff/orders?q=nobody"),
    "/staff/slips": ("/staff/slips?order={order_id}",),
    "/staff/low-stock": ("/staff/low-stock?at_most=50",),
    "/staff/imports/{import_id}": (
        *(f"/staff/imports/{{checked}}?show={tab}" for tab in ("changed", "bad")),
        *(f"/staff/imports/{{{state}}}" for state in ("columns", "refused", "undone", "applied")),
    ),
    "/staff/export": ("/staff/export?q=woolf",),
    "/admin/accounts": ("/admin/accounts?q=nobody-of-that-name",),
    "/admin/audit": ("/admin/audit?person=example",),
}
"""Addresses of a page beside the plain one."""

LOOKS_DIFFERENT_TO_STAFF = {"/", "/books", "/books/{book_id}"}
"""Pages with more on them for those who look after the shop."""

STRANGERS = {"/": ("/nothing-of-that-name",)}
"""Further addresses for people who are not signed in."""

NOT_THERE = {
    "/nothing-of-that-name": 404,
    f"/authors/{LONG.strip()}": 404,
    "/subjects/{name:path}": 404,
    "/publishers/{name:path}": 404,
    "/staff/work/{order_id}/{step}/retry": 404,
    "/staff/work/{order_id}/{step}/settle": 404,
    "/admin/invitations/{invitation_id}/withdraw": 404,
    "/staff/slips": 404,
    "/reset-password": 410,
    "/invitation": 410,
    "/verify-email": 410,
}
"""What is not there any more, or was never, which has a page, too."""

NO_PAGES = {"/suggestions", "/books/new/cover", "/books/new/names", *BEGUN_ELSEWHERE, *FOR_PROGRAMS}
"""Parts of pages, pages that need something to have begun, and what programs read, which has tests of its own."""
_FILES = re.compile(r"/(health|static)\b|.*\.\w+$")


@dataclass(frozen=True)
class Visit:
    """An address to go to."""

    template: str
    address: str
    status: int
    is_of_books: bool
    """Whether a public shop shows it to everybody, and a private one to people who are signed in."""

    @property
    def name(self) -> str:
        """What its pictures are called."""
        kept = "".join(letter if letter.isalnum() else "-" for letter in self.template[:70])
        return "-".join(part for part in kept.split("-") if part) or "start"


def visits(caller: Caller, ids: Mapping[str, str], *, storefront: str = "private") -> Iterator[Visit]:
    """Go through the pages that ``caller`` may see. Raises ``LookupError`` when an id for a page's path is missing."""
    for path in PAGES_WITH_ADDRESS:
        if not may_see(caller, path, storefront=storefront):
            continue
        is_of_books = who_may("GET", path) == THE_BOOKS
        for template in (path, *FURTHER.get(path, ()), *(() if caller.bearer else STRANGERS.get(path, ()))):
            yield Visit(template, _address(template, ids), NOT_THERE.get(template, 200), is_of_books)


def may_see(caller: Caller, path: str, *, storefront: str = "private") -> bool:
    """Tell whether the page is shown to this person."""
    who = who_may("GET", path)
    if who == ANYBODY or (who == THE_BOOKS and storefront == "public"):
        return True
    return bool(caller.bearer) and (who in {A_PERSON, THE_BOOKS} or who in caller.scopes)


def _address(template: str, ids: Mapping[str, str]) -> str:
    address = filled(template, dict(ids))
    if "{" in address:
        message = f"{template}: the walk knows nothing to put there; add it to its ids or to FURTHER"
        raise LookupError(message)
    return address


def _is_page(path: str) -> bool:
    return path not in NO_PAGES and not _FILES.match(path) and ("GET", path) in pages_of_the_application()


PAGES_WITH_ADDRESS = [path for paths in PAGES.values() for path in paths if _is_page(path)]
