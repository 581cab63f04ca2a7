"""``/admin/audit``: the audit trail, to look through and to take out."""

from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.administration import event_telling, events, people
from web_frontend.administration.event_details import details_of
from web_frontend.administration.events import Events, EventsClient, EventsView, account_id_in, events_view_of
from web_frontend.administration.people import Person
from web_frontend.administration.people_client import PeopleClient
from web_frontend.dependencies import AdminPage
from web_frontend.downloads import pass_on
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.pages import Page

router = APIRouter()

_MOST_MATCHES = 10


@dataclass(frozen=True, slots=True)
class _Whom:
    """Whom the address asks about: nobody in particular, one account, or words that fit none or several."""

    account_id: str | None = None
    name: str = ""
    matches: list[Person] = field(default_factory=list)
    has_more: bool = False
    """Whether the words fit still more accounts than ``matches``."""
    is_open: bool = False
    """Whether it is not clear who is meant, so that no events are shown."""


@router.get(events.PATH)
async def audit(page: AdminPage) -> Response:
    """Show what happened, the newest first."""
    view = events_view_of(page.request.query_params)
    whom = await _whom(page, view.person)
    found = Events(items=[]) if whom.is_open else await _find(page, view, whom)
    if found is None or (view.cursor and not found.items):
        return await page.go(view.link(cursor=""))
    previous, following = (view.link(cursor=other) if other else "" for other in (found.prev_cursor, found.next_cursor))
    return await page.show(
        "administration/audit.html",
        view=view,
        whom=whom,
        found=found,
        told=event_telling.told,
        details_of=details_of,
        actions=event_telling.titles(),
        aspects=people.in_words(events.ASPECTS),
        formats=events.FORMATS,
        previous=previous,
        following=following,
    )


@router.get(events.FILE_PATH)
async def audit_file(page: AdminPage) -> Response:
    """Pass on the events of a view as a file."""
    query = page.request.query_params
    view, kind = events_view_of(query), query.get("format", "")
    whom = await _whom(page, view.person)
    if kind not in events.FORMATS or whom.is_open:
        return await page.go(view.link(cursor=""))
    asked = [value for value in view.query(whom.account_id) if value[0] != "cursor"]
    return await pass_on(page, events.EXPORT, [("format", kind), *asked])


async def _find(page: Page, view: EventsView, whom: _Whom) -> Events | None:
    """Return the events, or None where the cursor belongs to another search."""
    query = [("limit", str(events.PAGE_SIZE)), *view.query(whom.account_id)]
    try:
        return await EventsClient(page.gateway).find(query)
    except Refused as error:
        if error.code != "invalid_cursor" or not view.cursor:
            raise
        return None


async def _whom(page: Page, words: str) -> _Whom:
    accounts = PeopleClient(page.gateway)
    if not words:
        return _Whom()
    account_id = account_id_in(words)
    if account_id is not None:
        try:
            return _Whom(account_id, (await accounts.person(account_id)).email)
        except NotFound:
            # It has been erased; the trail still knows its id.
            return _Whom(account_id, account_id)
    found = await accounts.find([("q", words), ("limit", str(_MOST_MATCHES))])
    matches = found.items
    same = [person for person in matches if person.email.casefold() == words.casefold()] or matches
    if len(same) == 1:
        return _Whom(same[0].id, same[0].email)
    return _Whom(matches=matches, has_more=found.next_cursor is not None, is_open=True)
