"""Signing up with an invitation."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.accounts import forms
from web_frontend.accounts.client import EmailTaken, LinkExpired, SignUpClosed
from web_frontend.accounts.joining import UNPROCESSABLE, Newcomer, join, note_refusal
from web_frontend.dependencies import OpenForm, OpenPage
from web_frontend.gateway_problems import Refused
from web_frontend.mail_links.client import Invitation, MailLinksClient
from web_frontend.mail_links.tokens import INVITATION
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/invitation")
async def invitation_page(page: OpenPage) -> Response:
    """Show the sign-up form of the invitation."""
    clean = await INVITATION.clean(page)
    if clean is not None:
        return clean
    try:
        _, invitation = await _read(page)
    except LinkExpired:
        return await _show_expired(page)
    return await _show(page, FormView(), invitation)


@router.post("/invitation")
async def accept(page: OpenPage, form: OpenForm) -> Response:
    """Make the account that the invitation allows, and begin its first session."""
    try:
        token, invitation = await _read(page)
        if page.is_signed_in:
            return await _show(page, FormView(), invitation)
        return await _join(page, form, token, invitation)
    except (LinkExpired, SignUpClosed):
        return await _show_expired(page)


async def _join(page: Page, form: Submitted, token: str, invitation: Invitation) -> Response:
    # An invitation for one address is for that one, whatever the form says.
    email = invitation.email or form["email"]
    view = FormView(values={"email": email, "full_name": form["full_name"], "password": ""})
    forms.check_new_password(view, "password", form.raw("password"))
    if not invitation.email:
        forms.check_email(view, email)
    if view.has_errors:
        return await _show(page, view, invitation, status=UNPROCESSABLE)
    newcomer = Newcomer(email, form.raw("password"), form["full_name"], token)
    try:
        answer = await join(page, newcomer, next_path="/")
    except (EmailTaken, Refused) as error:
        status = note_refusal(view, error)
        return await _show(page, view, invitation, status=status)
    INVITATION.forget(page)
    return answer


async def _read(page: Page) -> tuple[str, Invitation]:
    token = INVITATION.token(page)
    if token is None:
        raise LinkExpired
    return token, await MailLinksClient(page.gateway).invitation(token)


async def _show(page: Page, form: FormView, invitation: Invitation, *, status: int = 200) -> Response:
    return await page.show(
        "mail_links/invitation.html",
        status=status,
        fragments=("form",),
        headers=_NO_STORE,
        form=form,
        invitation=invitation,
        shortest_password=forms.SHORTEST_PASSWORD,
    )


async def _show_expired(page: Page) -> Response:
    INVITATION.forget(page)
    return await page.show("mail_links/expired.html", status=410, whole=True, headers=_NO_STORE, what="invitation")
