"""``/admin/accounts``: everybody's accounts, found by name or address."""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import n_
from web_frontend.administration import people
from web_frontend.administration.people import People, PeopleView, people_view_of
from web_frontend.administration.people_client import PeopleClient
from web_frontend.dependencies import AdminPage
from web_frontend.gateway_problems import Refused
from web_frontend.pages import Page

router = APIRouter()


@router.get(people.PATH)
async def accounts(page: AdminPage) -> Response:
    """Show the accounts, or those that match."""
    view = people_view_of(page.request.query_params)
    found = await _find(page, view)
    if found is None or (view.cursor and not found.items):
        return await page.go(view.link(cursor=""))
    previous, following = (view.link(cursor=other) if other else "" for other in (found.prev_cursor, found.next_cursor))
    return await page.show(
        "administration/accounts.html",
        fragments=("people",),
        view=view,
        found=found,
        how_many=_how_many(found),
        roles=people.roles(),
        states=people.in_words(people.STATES),
        role_name=people.role_name,
        previous=previous,
        following=following,
    )


async def _find(page: Page, view: PeopleView) -> People | None:
    """Return the accounts, or None where the cursor belongs to another search."""
    try:
        return await PeopleClient(page.gateway).find(view.query())
    except Refused as error:
        if error.code != "invalid_cursor" or not view.cursor:
            raise
        return None


def _how_many(found: People) -> str:
    if found.total is None:
        return n_("%(num)s account on this page", "%(num)s accounts on this page", len(found.items))
    if found.total_is_estimate:
        return n_("About %(num)s account", "About %(num)s accounts", found.total)
    return n_("%(num)s account", "%(num)s accounts", found.total)
