"""``/staff/searches``: what nobody found."""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.dependencies import EditorPage, SignedInForm
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.one_line import one_line
from web_frontend.pages import Page
from web_frontend.searches.client import SearchesClient

router = APIRouter()

PATH = "/staff/searches"
_LONGEST_CURSOR = 2000


@router.get(PATH)
async def searches(page: EditorPage) -> Response:
    """Show the searches that found nothing, the most frequent first."""
    cursor = _cursor(page)
    query: QueryValues = [("cursor", cursor)] if cursor else []
    try:
        found = await SearchesClient(page.gateway).fruitless(query)
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(PATH)
    if not found.items and cursor:
        # All of the last page was dealt with.
        return await page.go(PATH)
    previous, following = (
        with_query(PATH, [("cursor", other)]) if other else "" for other in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "searches/searches.html",
        found=found,
        here=with_query(PATH, query),
        previous=previous,
        following=following,
    )


@router.post(PATH)
async def deal_with(page: EditorPage, form: SignedInForm) -> Response:
    """Take a search off the list."""
    words = form.raw("q")
    if words:
        await SearchesClient(page.gateway).deal_with(words)
        page.flash(
            "ok",
            _("“%(words)s” is dealt with. It comes back when somebody searches for it again in vain.", words=words),
        )
    cursor = _cursor(page)
    return await page.go(with_query(PATH, [("cursor", cursor)]))


def _cursor(page: Page) -> str:
    return one_line(page.request.query_params.get("cursor", ""), _LONGEST_CURSOR)
