"""Exporting the books, all of them or those of a search: the page that offers it, and the file."""

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.catalogue.browsing import Browsing, browsing_of
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import EditorPage
from web_frontend.downloads import pass_on
from web_frontend.links import with_query

router = APIRouter()

Format = Literal["csv", "jsonl", "onix"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A format that can be exported, and what it is good for."""

    name: Format
    title: str
    words: str


_KINDS = (
    _Kind("csv", "CSV", N_("A table for Excel, LibreOffice and the like. Change it there and import it again.")),
    _Kind("jsonl", "JSON Lines", N_("A book on each line, for programs.")),
    _Kind("onix", "ONIX 3.0", N_("The book trade’s own format, for shops and distributors.")),
)


@router.get("/staff/export")
async def export_page(page: EditorPage) -> Response:
    """Offer the books of a search, or all, as a file."""
    browsing = browsing_of(page.request.query_params)
    found = await CatalogueClient(page.gateway).find([*browsing.filters, ("limit", "1")])
    links = {kind.name: with_query("/staff/export/file", [("format", kind.name), *browsing.filters]) for kind in _KINDS}
    return await page.show(
        "exporting/export.html",
        searched=browsing,
        found=found,
        kinds=_KINDS,
        links=links,
        asked=_words_of(browsing, page.site.settings.currency),
    )


@router.get("/staff/export/file")
async def export_file(page: EditorPage) -> Response:
    """Pass on the file. What of the address makes no sense is left out, as on the page, but for the file's format."""
    query = page.request.query_params
    # A search for paperbacks has a ``format`` of its own; no book's format is called like a file's.
    kind = next((kind.name for kind in _KINDS if kind.name in query.getlist("format")), None)
    browsing = browsing_of(query)
    if kind is None:
        return await page.go(with_query("/staff/export", browsing.filters))
    return await pass_on(page, "/books/export", [("format", kind), *browsing.filters])


def _words_of(browsing: Browsing, currency: str) -> list[str]:
    """Return what the search asks for, filter by filter."""
    price = browsing.price_chip(currency)
    words = [_("“%(words)s”", words=browsing.q)] if browsing.q else []
    return [*words, *(chip.label for chip in browsing.chips()), *([price.label] if price else [])]
