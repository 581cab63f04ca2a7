"""Sitemaps (sitemaps.org, protocol 0.9): all books of the shop, and the pages that lead to them.

The index names a file for each stretch of books. A stretch keeps its ends for ever, so its file keeps its address, and
a million books are some 25 files. A file is written while it is sent, a piece at a time, and only so many pieces at
once: a robot that asks for all of them does not keep people waiting.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable
from uuid import UUID
from xml.sax.saxutils import escape

from pydantic import BaseModel

from web_frontend.browse.kinds import KINDS, Kind
from web_frontend.discovery.books import names
from web_frontend.discovery.public_shop import PublicShop
from web_frontend.gateway_client import QueryValues
from web_frontend.links import shelf_link

MEDIA_TYPE = "application/xml"
PAGES = ("/", "/books", "/new", "/authors", "/subjects", "/publishers")
_MOST_ADDRESSES = 50_000
_PIECE = 5000
_AT_ONCE = 2
_NAMES_ON_PAGE = 100
MOST_NAMES = 1000
"""Names of a kind whose pages are told of, those of most books first. The others are found from their books."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_FIRST, _LAST = "first", "last"


class _Stretch(BaseModel):
    after: UUID | None
    until: UUID | None


class _Stretches(BaseModel):
    items: list[_Stretch]


class _BookAddress(BaseModel):
    id: UUID
    updated_at: dt.datetime


class _BookAddresses(BaseModel):
    items: list[_BookAddress]
    next_after: UUID | None


class Sitemaps:
    """Writes the sitemaps of one shop."""

    def __init__(self) -> None:
        """Begin with nothing to write."""
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def index(self, shop: PublicShop) -> bytes:
        """Return the index of all sitemaps."""
        stretches = _Stretches.model_validate(await shop.ask("/books/sitemap")).items
        files = ["pages", *KINDS]
        files += [f"books/{stretch.after or _FIRST}/{stretch.until or _LAST}" for stretch in stretches]
        return _document("sitemapindex", "sitemap", ((f"{shop.url}/sitemaps/{name}.xml", None) for name in files))

    def pages(self, shop: PublicShop) -> bytes:
        """Return the sitemap of the pages that lead to all others."""
        return _document("urlset", "url", ((shop.url + path, None) for path in PAGES))

    async def shelves(self, shop: PublicShop, kind: Kind) -> bytes:
        """Return the sitemap of the pages of authors, subjects or publishers."""
        found: list[str] = []
        query: QueryValues = [("sort", "count"), ("limit", str(_NAMES_ON_PAGE))]
        cursor: str | None = ""
        while cursor is not None and len(found) < MOST_NAMES:
            async with self._turns:
                page = await names(shop, kind.plural, [*query, *([("cursor", cursor)] if cursor else [])])
            found += [item.value for item in page.items]
            cursor = page.next_cursor
        return _document("urlset", "url", ((shop.url + shelf_link(kind.name, name), None) for name in found))

    async def books(self, shop: PublicShop, after: UUID | None, until: UUID | None) -> AsyncIterator[bytes]:
        """Return the sitemap of a stretch of books; its first piece is read before this returns."""
        first, next_after = await self._piece(shop, after, until)
        return self._pieces(shop, first, next_after, until)

    async def _pieces(
        self, shop: PublicShop, first: list[_BookAddress], after: UUID | None, until: UUID | None
    ) -> AsyncIterator[bytes]:
        yield _HEAD.format("urlset").encode()
        piece, told = first, 0
        while True:
            yield _entries("url", ((f"{shop.url}/books/{each.id}", each.updated_at) for each in piece))
            told += len(piece)
            if after is None or told + _PIECE > _MOST_ADDRESSES:
                break
            piece, after = await self._piece(shop, after, until)
        yield b"</urlset>\n"

    async def _piece(
        self, shop: PublicShop, after: UUID | None, until: UUID | None
    ) -> tuple[list[_BookAddress], UUID | None]:
        ends = [(name, str(end)) for name, end in (("after", after), ("until", until)) if end is not None]
        async with self._turns:
            page = _BookAddresses.model_validate(
                await shop.ask("/books/sitemap/books", [*ends, ("limit", str(_PIECE))])
            )
        return page.items, page.next_after


def end_of(text: str, open_end: str) -> UUID | None:
    """Read an end of a stretch out of its address; None for ``open_end``. Raises ``ValueError``."""
    return None if text == open_end else UUID(text)


def ends_of(after: str, until: str) -> tuple[UUID | None, UUID | None]:
    """Read both ends of a stretch. Raises ``ValueError``."""
    return end_of(after, _FIRST), end_of(until, _LAST)


def _document(root: str, element: str, addresses: Iterable[tuple[str, dt.datetime | None]]) -> bytes:
    return _HEAD.format(root).encode() + _entries(element, addresses) + f"</{root}>\n".encode()


def _entries(element: str, addresses: Iterable[tuple[str, dt.datetime | None]]) -> bytes:
    return "".join(
        f"<{element}><loc>{escape(address)}</loc>"
        f"{f'<lastmod>{changed.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>' if changed else ''}</{element}>\n"
        for address, changed in addresses
    ).encode()
