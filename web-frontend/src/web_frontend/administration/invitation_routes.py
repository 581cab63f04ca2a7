"""``/admin/invitations``: inviting people, and taking invitations back."""

import asyncio
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.accounts.client import AccountsClient
from web_frontend.administration import invitations, people
from web_frontend.administration.invitations import (
    NEW_LINK,
    Invitations,
    InvitationsClient,
    SigningUpClosed,
    days_in,
    invitation_form,
)
from web_frontend.dependencies import AdminPage, SignedInForm
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.one_line import one_line
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

_UNPROCESSABLE = 422
_CONFLICT = 409
_FIELD_OF = {"expires_in_days": "days"}
_CLOSED = N_(
    "Signing up is closed in this shop, so nobody could use an invitation. The operator’s setting SIGNUP opens it."
)


@router.get(invitations.PATH)
async def all_invitations(page: AdminPage) -> Response:
    """Show the invitations and the form that makes one."""
    kept = page.take_kept_input() or {}
    typed = {name: values[0] for name, values in kept.items() if name in {"email", "role", "days"} and values}
    return await _show(page, FormView(values=_usual(page) | typed))


@router.post(invitations.PATH)
async def invite(page: AdminPage, form: SignedInForm) -> Response:
    """Make an invitation; the page that follows shows its link once."""
    view = invitation_form(form)
    days = days_in(view.values["days"])
    status = _UNPROCESSABLE
    if not view.has_errors and days is not None:
        email, role = view.values["email"], view.values["role"]
        try:
            made = await InvitationsClient(page.gateway).make(email=email, role=role, days=days)
        except SigningUpClosed:
            status, view.problem = _CONFLICT, _(_CLOSED)
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            found = [(_FIELD_OF.get(name, name), message) for name, message in error.field_messages]
            view.add_refusals(found or [("", error.detail)], {})
        else:
            NEW_LINK.put(page, {"link": made.link or "", "email": made.email or ""})
            return await page.go(invitations.PATH)
    return await _show(page, view, status=status)


@router.get(invitations.PATH + "/{invitation_id}/withdraw")
async def invitation_with_the_button(page: AdminPage, invitation_id: UUID) -> Response:
    """Lead to the invitations, each of which has its button."""
    del invitation_id
    return await page.go(invitations.PATH)


@router.post(invitations.PATH + "/{invitation_id}/withdraw")
async def withdraw(page: AdminPage, _form: SignedInForm, invitation_id: UUID) -> Response:
    """Take an invitation back."""
    if await InvitationsClient(page.gateway).withdraw(str(invitation_id)):
        page.flash("ok", _("The invitation is withdrawn. Its link leads nowhere any more."))
    else:
        page.flash("note", _("This invitation was not open any more."))
    return await page.go(invitations.PATH)


async def _show(page: Page, form: FormView, *, status: int = 200) -> Response:
    cursor = one_line(page.request.query_params.get("cursor", ""), people.LONGEST_CURSOR)
    found, policy = await asyncio.gather(_find(page, cursor), AccountsClient(page.gateway).sign_up_policy())
    if found is None or (cursor and not found.items):
        return await page.go(invitations.PATH)
    previous, following = (
        with_query(invitations.PATH, [("cursor", other)]) if other else ""
        for other in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "administration/invitations.html",
        status=status,
        fragments=("invite",),
        policy=policy,
        form=form,
        found=found,
        new=_take_new_link(page),
        roles=people.roles(),
        role_hints=people.in_words(people.ROLE_HINTS),
        role_name=people.role_name,
        previous=previous,
        following=following,
    )


async def _find(page: Page, cursor: str) -> Invitations | None:
    """Return the invitations, or None where the cursor is none of theirs."""
    query = [("limit", str(invitations.PAGE_SIZE)), *([("cursor", cursor)] if cursor else [])]
    try:
        return await InvitationsClient(page.gateway).find(query)
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return None


def _usual(page: Page) -> dict[str, str]:
    """Return what a new invitation is when nothing else is chosen: what a stranger would become here."""
    return {"email": "", "role": "customer" if page.is_open else "editor", "days": invitations.USUAL_DAYS}


def _take_new_link(page: Page) -> dict[str, str] | None:
    new = NEW_LINK.read(page) if page.request.method == "GET" else None
    if new is not None:
        NEW_LINK.remove(page)
    return new
