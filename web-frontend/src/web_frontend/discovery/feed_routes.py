"""``/new.atom`` for feed readers, ``/opds/`` for reading apps, and the search for browsers."""

import json
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from web_frontend.browse.kinds import KINDS
from web_frontend.catalogue.books import Suggestions
from web_frontend.catalogue.browsing import Browsing, browsing_of
from web_frontend.discovery import atom, opds, opensearch
from web_frontend.discovery.answers import DAY, FOR_OTHERS, IN_LANGUAGES, MINUTE, kept
from web_frontend.discovery.books import book, listing, names
from web_frontend.discovery.public_shop import PublicShop, Shop
from web_frontend.discovery.publications import FEED_TYPE, PUBLICATION_TYPE, publication
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import Refused, ServiceAway
from web_frontend.one_line import one_line

router = APIRouter()

_NOT_FOUND = 404
_FEED_SECONDS = 10 * MINUTE
_ENTRIES = "48"
_NAMES_ON_PAGE = "100"
_LONGEST_CURSOR = 2000
_LONGEST_SUGGESTED = 200


def _json(shop: PublicShop, value: Any, media_type: str, *, seconds: int = _FEED_SECONDS) -> Response:  # noqa: ANN401
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return kept(shop.request, body, media_type, seconds=seconds, headers=FOR_OTHERS | IN_LANGUAGES)


def _cursor(shop: PublicShop) -> str:
    return one_line(shop.request.query_params.get("cursor", ""), _LONGEST_CURSOR)


def _to_the_first(shop: PublicShop, error: Refused, cursor: str) -> Response:
    """Send those with an old or a broken cursor to the first page. Raises ``error`` when it is about something else."""
    if error.code != "invalid_cursor" or not cursor:
        raise error
    address = shop.request.url.remove_query_params("cursor")
    path = f"{address.path}?{address.query}" if address.query else address.path
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


@router.get("/new.atom")
async def new_arrivals_feed(shop: Shop) -> Response:
    """Tell feed readers what came last into the catalogue."""
    cursor = _cursor(shop)
    query: QueryValues = [("sort", "newest"), ("limit", _ENTRIES)]
    try:
        found = await listing(shop, [*query, ("cursor", cursor)] if cursor else query)
    except Refused as error:
        return _to_the_first(shop, error, cursor)
    body = atom.feed(shop, found, cursor)
    return kept(shop.request, body, atom.MEDIA_TYPE, seconds=_FEED_SECONDS, headers=FOR_OTHERS | IN_LANGUAGES)


@router.get("/opds")
@router.get("/opds/")
async def opds_start(shop: Shop) -> Response:
    """Tell reading apps where to begin."""
    return _json(shop, await opds.start(shop), FEED_TYPE)


@router.get("/opds/books")
async def opds_books(shop: Shop) -> Response:
    """List books for reading apps: all, those of a search, or those of a choice."""
    browsing = _browsing(shop)
    try:
        found = await listing(shop, opds.asked_of_books(browsing))
    except Refused as error:
        return _to_the_first(shop, error, browsing.cursor)
    return _json(shop, opds.books(shop, browsing, found), FEED_TYPE)


def _browsing(shop: PublicShop) -> Browsing:
    query = shop.request.query_params
    words = query.get("query", "")
    pairs = [(name, value) for name, value in query.multi_items() if name not in {"q", "query", "archived"}]
    return browsing_of(type(query)([*pairs, ("q", words)]))


@router.get("/opds/books/{book_id}")
async def opds_book(shop: Shop, book_id: UUID) -> Response:
    """Tell reading apps of one book."""
    return _json(shop, publication(await book(shop, str(book_id)), shop.url), PUBLICATION_TYPE)


@router.get("/opds/{plural}")
async def opds_names(shop: Shop, plural: str) -> Response:
    """List authors, subjects or publishers for reading apps."""
    if plural not in KINDS:
        raise HTTPException(_NOT_FOUND)
    cursor = _cursor(shop)
    query: QueryValues = [("limit", _NAMES_ON_PAGE)]
    try:
        found = await names(shop, plural, [*query, ("cursor", cursor)] if cursor else query)
    except Refused as error:
        return _to_the_first(shop, error, cursor)
    return _json(shop, opds.names(shop, KINDS[plural], found, cursor), FEED_TYPE)


@router.get("/opensearch.xml")
async def opensearch_description(shop: Shop) -> Response:
    """Tell browsers how to search here."""
    body = opensearch.description(shop)
    return kept(shop.request, body, opensearch.MEDIA_TYPE, seconds=DAY, headers=IN_LANGUAGES)


@router.get("/suggestions.json")
async def suggestions(shop: Shop) -> Response:
    """Offer browsers books and names for what is typed into their own search box."""
    words = one_line(shop.request.query_params.get("q", ""), _LONGEST_SUGGESTED)
    try:
        found = Suggestions.model_validate(await shop.ask("/books/suggest", [("q", words)])) if words else None
    except (Refused, ServiceAway):
        # A help while typing; the search itself will say what is wrong.
        found = None
    offered = opensearch.suggestions(shop, words, found)
    return _json(shop, offered, opensearch.SUGGESTIONS_MEDIA_TYPE, seconds=MINUTE)
