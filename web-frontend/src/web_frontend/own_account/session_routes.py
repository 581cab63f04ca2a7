"""The list of where one is signed in."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.dependencies import SignedInForm, SignedInPage
from web_frontend.gateway_problems import NotFound
from web_frontend.links import with_query
from web_frontend.own_account.sessions import SessionsClient

router = APIRouter()

_PAGE = "/account/sessions"


@router.get(_PAGE)
async def sessions_page(page: SignedInPage) -> Response:
    """Show where the account is signed in."""
    sessions = await SessionsClient(page.gateway).some(page.request.query_params.get("cursor"))
    return await page.show(
        "own_account/sessions.html",
        sessions=sessions,
        next=with_query(_PAGE, [("cursor", sessions.next_cursor)]) if sessions.next_cursor else None,
        previous=with_query(_PAGE, [("cursor", sessions.prev_cursor)]) if sessions.prev_cursor else None,
    )


@router.get("/account/sessions/end-others")
async def end_others_page(page: SignedInPage) -> Response:
    """Ask whether to end every session but this one."""
    return await page.show("own_account/end_others.html")


@router.post("/account/sessions/end-others")
async def end_others(page: SignedInPage, _form: SignedInForm) -> Response:
    """End every session but this one."""
    await SessionsClient(page.gateway).end_others()
    page.flash("ok", _("Everywhere else you are signed out."))
    return await page.go(_PAGE)


@router.get("/account/sessions/{session_id}/end")
async def end_page(page: SignedInPage, session_id: UUID) -> Response:  # noqa: ARG001 (an impossible id is no address)
    """Lead to the list, which has the form."""
    return await page.go(_PAGE)


@router.post("/account/sessions/{session_id}/end")
async def end(page: SignedInPage, session_id: UUID, _form: SignedInForm) -> Response:
    """End one session."""
    try:
        await SessionsClient(page.gateway).end(str(session_id))
    except NotFound:
        page.flash("note", _("That one had ended already."))
    else:
        page.flash("ok", _("It is signed out."))
    return await page.go(_PAGE)
