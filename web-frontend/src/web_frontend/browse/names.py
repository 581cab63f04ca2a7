"""The list of all authors, subjects or publishers, by their first letters or by the number of their books."""

from string import ascii_uppercase

from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.browse.client import NamesClient
from web_frontend.browse.kinds import Kind
from web_frontend.discovery.findable import found_list
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.one_line import one_line
from web_frontend.pages import Page

_SORTS = {"name": N_("A to Z"), "count": N_("Most books")}
_USUAL_SORT = "name"
_LONGEST_PREFIX = 100
_LONGEST_CURSOR = 2000
_NAMES_ON_PAGE = ("limit", "100")


async def show_names(page: Page, kind: Kind) -> Response:
    """Show the names that begin as the address says, a page at a time."""
    prefix = one_line(page.request.query_params.get("q", ""), _LONGEST_PREFIX)
    sort = page.request.query_params.get("sort", "")
    sort = sort if sort in _SORTS else _USUAL_SORT
    cursor = one_line(page.request.query_params.get("cursor", ""), _LONGEST_CURSOR)
    choice: QueryValues = [("q", prefix)] if prefix else []
    choice += [("sort", sort)] if sort != _USUAL_SORT else []
    query = [*choice, _NAMES_ON_PAGE]
    try:
        found = await NamesClient(page.gateway).find(kind, [*query, ("cursor", cursor)] if cursor else query)
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(with_query(kind.path, choice))
    previous, following = (
        with_query(kind.path, [*choice, ("cursor", other)]) if other else ""
        for other in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "browse/names.html",
        fragments=("names",),
        headers={"HX-Push-Url": with_query(kind.path, choice)} if page.is_partial else {},
        kind=kind,
        found=found,
        prefix=prefix,
        sort=sort,
        sorts={name: _(words) for name, words in _SORTS.items()},
        usual_sort=_USUAL_SORT,
        letters=ascii_uppercase,
        previous=previous,
        following=following,
        findable=found_list(page, kind.path, _(kind.says.title)),
    )
