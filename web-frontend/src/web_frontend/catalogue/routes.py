"""Finding books and reading about them."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.accounts.client import AccountsClient
from web_frontend.catalogue.book_page import show_book
from web_frontend.catalogue.books import Book, BookPage
from web_frontend.catalogue.browsing import Browsing, browsing_of
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.catalogue.facets import bands_of, facets_asked_for, facets_of
from web_frontend.covers import cover_for
from web_frontend.dependencies import OpenPage, ReaderPage
from web_frontend.discovery.findable import Findable, found_catalogue, found_home
from web_frontend.gateway_problems import Refused, ServiceAway
from web_frontend.one_line import one_line
from web_frontend.pages import Page

router = APIRouter()

_FEATURED = 3
_FITS_PANEL = 80
# Longer than an address may be, or something in it that no search can have.
_TOO_MUCH = frozenset({414, 422, 431})
_LONGEST_SUGGESTED = 200


@router.get("/")
async def home(page: OpenPage) -> Response:
    """Show the shop, or in a private one to strangers its door."""
    if not page.is_open and not page.is_signed_in:
        policy = await AccountsClient(page.gateway).sign_up_policy()
        return await page.show("catalogue/welcome.html", policy=policy)
    browsing = Browsing()
    found = await _find(page, browsing)
    return await _show_catalogue(page, browsing, found, featured=_featured(found.items), findable=found_home(page))


@router.get("/books")
async def books(page: ReaderPage) -> Response:
    """Show the books that the address asks for."""
    browsing = browsing_of(page.request.query_params)
    try:
        found = await _find(page, browsing)
    except Refused as error:
        if error.code == "invalid_cursor" and browsing.cursor:
            # A cursor of other filters, or an old one: the first page is the best answer there is.
            return await page.go(browsing.link(cursor=""))
        if error.status not in _TOO_MUCH:
            raise
        found, browsing = BookPage(items=[], total=0), replace(browsing, ignored=(*browsing.ignored, "all"))
    findable = found_catalogue(page, browsing, is_empty=not found.items)
    return await _show_catalogue(page, browsing, found, findable=findable)


async def _find(page: Page, browsing: Browsing) -> BookPage:
    query = [*browsing.query, *facets_asked_for(browsing)]
    return await CatalogueClient(page.gateway).find(query)


async def _show_catalogue(
    page: Page,
    browsing: Browsing,
    found: BookPage,
    *,
    featured: list[Book] | None = None,
    findable: Findable | None,
) -> Response:
    currency = page.site.settings.currency
    return await page.show(
        "catalogue/browse.html",
        fragments=("results", "facets"),
        # Without the empty fields that a form sends along.
        headers={"HX-Push-Url": browsing.link()} if page.is_partial else {},
        browsing=browsing,
        found=found,
        is_home=featured is not None,
        featured=featured or [],
        findable=findable,
        chips=browsing.chips(),
        price_chip=browsing.price_chip(currency),
        facets=facets_of(browsing, found.facets) if found.facets else [],
        bands=bands_of(browsing, found.facets.prices, currency) if found.facets else [],
    )


def _featured(found: list[Book]) -> list[Book]:
    """Choose this week's book and its two neighbours among those that have a story to tell and can be had."""
    candidates = [book for book in found if book.available > 0 and book.description and len(book.title) <= _FITS_PANEL]
    if len(candidates) < _FEATURED:
        return []
    first = dt.datetime.now(dt.UTC).isocalendar().week % len(candidates)
    in_turn = candidates[first:] + candidates[:first]
    # Covers in the same colours beside each other look like one book.
    by_colours: dict[int, Book] = {}
    for book in in_turn:
        by_colours.setdefault(cover_for(book.isbn13, book.title).palette, book)
    return (list(by_colours.values()) if len(by_colours) >= _FEATURED else in_turn)[:_FEATURED]


@router.get("/suggestions")
async def suggestions(page: ReaderPage) -> Response:
    """Offer books and names for what is being typed; without a script the address leads to the search itself."""
    words = one_line(page.request.query_params.get("q", ""), _LONGEST_SUGGESTED)
    all_link = Browsing(q=words).link()
    if not page.is_partial:
        return await page.go(all_link)
    try:
        found = await CatalogueClient(page.gateway).suggest(words) if words else None
    except (Refused, ServiceAway):
        # A help while typing, and nothing to interrupt it for: the search itself will say what is wrong.
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return await page.show("catalogue/suggestions.html", q=words, found=found, all_link=all_link)


@router.get("/books/{book_id:uuid}")
async def book_page(page: ReaderPage, book_id: UUID) -> Response:
    """Show a book."""
    return await show_book(page, str(book_id))
