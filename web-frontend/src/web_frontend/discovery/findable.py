"""What the head of a page says to robots and to those who share it.

A page is found only if its route says so; every other page asks not to be. An address stands for one page whatever
language it is in: the language is negotiated, so there are no others to name (``hreflang``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service_kit.languages.texts import _
from web_frontend.browse.kinds import Kind
from web_frontend.catalogue.books import Book
from web_frontend.catalogue.browsing import Browsing
from web_frontend.discovery.structured import Data, book_data, breadcrumbs, shop_data
from web_frontend.links import shelf_link
from web_frontend.pages import Page
from web_frontend.wording import shortened

SHELVES = ("author", "subject", "publisher")
Trail = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Findable:
    """A page that may be found: its one address, its picture, and what is known of what it shows."""

    canonical: str
    picture: str
    data: list[Data]
    kind: str = "website"
    properties: Sequence[tuple[str, str]] = ()
    """Properties of Open Graph beside those that every page has."""


def found_home(page: Page) -> Findable | None:
    """Return what is told of the first page; None in a private shop."""
    url = _url(page)
    logo = url + page.site.assets.url("icons/icon-512.png")
    return _found(page, "/", shop_data(page.site.settings.shop_name, shop_url=url, logo=logo))


def found_catalogue(page: Page, browsing: Browsing, *, is_empty: bool) -> Findable | None:
    """Return what is told of a page of the catalogue; None for those that are not to be found.

    Searches, pages behind the first and books behind several filters are endless, and all books have their own pages.
    """
    if is_empty or browsing.words or browsing.cursor or browsing.ignored:
        return None
    if not browsing.filters:
        return _found(page, "/books", trail=[(_("Books"), "/books")])
    (name, value), *others = browsing.filters
    # The same books are on a page of their own.
    return _found(page, shelf_link(name, value)) if name in SHELVES and not others else None


def found_list(page: Page, path: str, title: str) -> Findable | None:
    """Return what is told of a list that has an address of its own, in whatever order; None behind its first page."""
    query = page.request.query_params
    if query.get("cursor") or query.get("q"):
        return None
    return _found(page, path, trail=[(_("Books"), "/books"), (title, path)])


def found_shelf(page: Page, kind: Kind, title: str, name: str) -> Findable | None:
    """Return what is told of the books of an author, a subject or a publisher; None behind their first page."""
    if page.request.query_params.get("cursor"):
        return None
    path = shelf_link(kind.name, name)
    return _found(page, path, trail=[(_("Books"), "/books"), (title, kind.path), (name, path)])


def found_book(page: Page, book: Book) -> Findable | None:
    """Return what is told of a book; None for an archived one, which only editors see."""
    if book.archived_at is not None:
        return None
    url, path = _url(page), f"/books/{book.id}"
    picture = f"{url}{path}/card.png"
    properties = [
        *(("book:author", url + shelf_link("author", name)) for name in book.authors),
        *([("book:isbn", book.isbn13)] if book.isbn13 else []),
        *([("book:release_date", book.published_on)] if book.published_on else []),
        *(("book:tag", subject) for subject in book.subjects),
        ("product:price:amount", book.price),
        ("product:price:currency", book.currency),
        ("product:availability", "in stock" if book.available > 0 else "out of stock"),
    ]
    subject = [(book.subjects[0], shelf_link("subject", book.subjects[0]))] if book.subjects else []
    trail = [(_("Books"), "/books"), *subject, (shortened(book.title), path)]
    return _found(
        page,
        path,
        [book_data(book, shop_url=url, picture=picture)],
        trail=trail,
        picture=picture,
        kind="book",
        properties=properties,
    )


def _found(  # noqa: PLR0913
    page: Page,
    path: str,
    data: list[Data] | None = None,
    *,
    trail: Trail = (),
    picture: str = "",
    kind: str = "website",
    properties: Sequence[tuple[str, str]] = (),
) -> Findable | None:
    if not page.is_open:
        return None
    url = _url(page)
    steps = [breadcrumbs([(_("Home"), "/"), *trail], shop_url=url)] if trail else []
    return Findable(url + path, picture or f"{url}/card.png", [*(data or []), *steps], kind, properties)


def _url(page: Page) -> str:
    return page.site.settings.public_web_url.rstrip("/")
