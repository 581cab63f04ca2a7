"""The page of one author, subject or publisher: their books, and where to look on."""

from dataclasses import dataclass

from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.browse.kinds import KINDS, Kind
from web_frontend.catalogue.books import BookPage, FacetValue
from web_frontend.catalogue.browsing import SORTS
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.discovery.findable import found_shelf
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.links import shelf_address, with_query
from web_frontend.one_line import one_line
from web_frontend.pages import Page

_SORTS = [name for name in SORTS if name != "relevance"]
_USUAL_SORT = "popularity"
_LONGEST_CURSOR = 2000
_MOST_RELATED = 12
_COUNTED: QueryValues = [("facets", "true"), ("facet_values", str(_MOST_RELATED))]
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Related:
    """Names that the books of a shelf also have: their kind, and each with the number of those books."""

    kind: Kind
    names: list[FacetValue]


async def show_shelf(page: Page, kind: Kind, raw_name: str) -> Response:
    """Show the books of ``raw_name``; 404 with where to look instead when there are none."""
    name = one_line(raw_name, kind.longest)
    sort = page.request.query_params.get("sort", "")
    sort = sort if sort in _SORTS else _USUAL_SORT
    cursor = one_line(page.request.query_params.get("cursor", ""), _LONGEST_CURSOR)
    if len(raw_name.strip()) > kind.longest or not name:
        return await _nobody(page, kind, name)
    query: QueryValues = [(kind.name, name), ("sort", sort), *_COUNTED]
    try:
        found = await CatalogueClient(page.gateway).find([*query, ("cursor", cursor)] if cursor else query)
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(_address(kind, name, sort))
    if not found.items:
        # Behind the last book: the page was turned, and meanwhile books have gone.
        return await (page.go(_address(kind, name, sort)) if cursor else _nobody(page, kind, name))
    return await _show(page, kind, name, sort, found)


async def _show(page: Page, kind: Kind, name: str, sort: str, found: BookPage) -> Response:
    return await page.show(
        "browse/shelf.html",
        fragments=("books",),
        headers={"HX-Push-Url": _address(kind, name, sort)} if page.is_partial else {},
        kind=kind,
        name=name,
        found=found,
        sort=sort,
        sorts={name: _(SORTS[name]) for name in _SORTS},
        form=shelf_address(kind.name, name),
        related=_related(kind, found),
        previous=_address(kind, name, sort, found.prev_cursor) if found.prev_cursor else "",
        following=_address(kind, name, sort, found.next_cursor) if found.next_cursor else "",
        findable=found_shelf(page, kind, _(kind.says.title), name),
    )


async def _nobody(page: Page, kind: Kind, name: str) -> Response:
    return await page.show("browse/unknown.html", status=_NOT_FOUND, whole=True, kind=kind, name=name)


def _address(kind: Kind, name: str, sort: str, cursor: str = "") -> str:
    path, query = shelf_address(kind.name, name)
    return with_query(path, [*query, ("sort", sort if sort != _USUAL_SORT else ""), ("cursor", cursor)])


def _related(kind: Kind, found: BookPage) -> list[Related]:
    if found.facets is None:
        return []
    values = {"author": found.facets.authors, "subject": found.facets.subjects, "publisher": found.facets.publishers}
    # Not its own kind: that is counted as if nothing were chosen, over all books.
    return [
        Related(other, values[other.name][:_MOST_RELATED])
        for other in KINDS.values()
        if other != kind and values[other.name]
    ]
