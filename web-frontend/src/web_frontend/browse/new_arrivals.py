"""What came last into the catalogue."""

from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.discovery.findable import found_list
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.one_line import one_line
from web_frontend.pages import Page

PATH = "/new"
_LONGEST_CURSOR = 2000


async def show_new_arrivals(page: Page) -> Response:
    """Show the newest books first, a page at a time."""
    cursor = one_line(page.request.query_params.get("cursor", ""), _LONGEST_CURSOR)
    query: QueryValues = [("sort", "newest")]
    try:
        found = await CatalogueClient(page.gateway).find([*query, ("cursor", cursor)] if cursor else query)
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(PATH)
    previous, following = (
        with_query(PATH, [("cursor", other)]) if other else "" for other in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "browse/new.html",
        found=found,
        previous=previous,
        following=following,
        findable=found_list(page, PATH, _("New arrivals")),
    )
