"""A forgotten password: asking for a link, and setting a new one with it."""

from contextlib import suppress

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts import forms
from web_frontend.accounts.client import AccountsClient, LinkExpired
from web_frontend.accounts.joining import UNPROCESSABLE
from web_frontend.accounts.too_many import TOO_MANY, note_too_many
from web_frontend.dependencies import OpenForm, OpenPage
from web_frontend.gateway_problems import GatewayError, Refused, TooManyRequests
from web_frontend.mail_links.client import MailLinksClient, NoMail
from web_frontend.mail_links.tokens import RESET
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

GONE = 410


@router.get("/forgot-password")
async def forgot_page(page: OpenPage) -> Response:
    """Ask for the address, or say that this shop sends no mails."""
    return await _show_forgot(page, FormView())


@router.post("/forgot-password")
async def ask_for_link(page: OpenPage, form: OpenForm) -> Response:
    """Have a link sent; whether the address has an account is told to nobody but its owner."""
    view = FormView(values={"email": form["email"]})
    forms.check_email(view, form["email"])
    if view.has_errors:
        return await _show_forgot(page, view, status=UNPROCESSABLE)
    try:
        await MailLinksClient(page.gateway).ask_for_reset(form["email"])
    except NoMail:
        return await _show_forgot(page, view, status=409)
    except TooManyRequests as error:
        headers = note_too_many(view, error)
        return await _show_forgot(page, view, status=TOO_MANY, headers=headers)
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        view.add_refusals(error.field_messages, forms.sentences())
        return await _show_forgot(page, view, status=UNPROCESSABLE)
    return await page.go("/forgot-password/sent")


@router.get("/forgot-password/sent")
async def sent_page(page: OpenPage) -> Response:
    """Say what happens next."""
    policy = await AccountsClient(page.gateway).sign_up_policy()
    return await page.show("mail_links/sent.html", policy=policy, what="reset")


@router.get("/reset-password")
async def reset_page(page: OpenPage) -> Response:
    """Ask for a new password, for the account of the link."""
    return await RESET.clean(page) or await _show_reset(page, FormView())


@router.post("/reset-password")
async def reset_password(page: OpenPage, form: OpenForm) -> Response:
    """Set the new password; every session of the account ends, so the person signs in with it."""
    view = FormView(values={"new_password": ""})
    forms.check_new_password(view, "new_password", form.raw("new_password"))
    token = RESET.token(page)
    if token is None or view.has_errors:
        return await _show_reset(page, view, status=UNPROCESSABLE)
    try:
        await MailLinksClient(page.gateway).reset_password(token, form.raw("new_password"))
    except LinkExpired:
        return await _show_expired(page)
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        messages = [message for _, message in error.field_messages] or [error.detail]
        view.add_refusals([("new_password", message) for message in messages], {})
        return await _show_reset(page, view, status=UNPROCESSABLE)
    RESET.forget(page)
    await _leave(page)
    page.flash("ok", _("Your new password is set, and every browser is signed out. Sign in with it."))
    return await page.go("/sign-in")


async def _leave(page: Page) -> None:
    """End this browser's session, which may be another account's, so that the sign-in page comes next."""
    if page.is_signed_in:
        # It may have ended with the old password.
        with suppress(GatewayError):
            await AccountsClient(page.gateway).sign_out()
        page.session.end()
    page.form_tokens.start_new_visit()


async def _show_forgot(
    page: Page, form: FormView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    policy = await AccountsClient(page.gateway).sign_up_policy()
    return await page.show(
        "mail_links/forgot.html",
        status=status,
        fragments=("form",),
        headers={"Cache-Control": "no-store"} | (headers or {}),
        form=form,
        policy=policy,
    )


async def _show_reset(page: Page, form: FormView, *, status: int = 200) -> Response:
    token = RESET.token(page)
    if token is None:
        return await _show_expired(page)
    try:
        email = await MailLinksClient(page.gateway).address_of_reset(token)
    except LinkExpired:
        return await _show_expired(page)
    return await page.show(
        "mail_links/reset.html",
        status=status,
        fragments=("form",),
        headers={"Cache-Control": "no-store"},
        form=form,
        email=email,
        shortest_password=forms.SHORTEST_PASSWORD,
    )


async def _show_expired(page: Page) -> Response:
    RESET.forget(page)
    return await page.show(
        "mail_links/expired.html", status=GONE, whole=True, headers={"Cache-Control": "no-store"}, what="reset"
    )
