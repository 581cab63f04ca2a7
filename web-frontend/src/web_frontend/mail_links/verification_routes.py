"""Confirming an address: the link of the mail, and the mail once more."""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts import forms
from web_frontend.accounts.client import AccountsClient, EmailTaken, LinkExpired
from web_frontend.accounts.joining import UNPROCESSABLE
from web_frontend.accounts.too_many import TOO_MANY, note_too_many
from web_frontend.dependencies import OpenForm, OpenPage
from web_frontend.gateway_problems import Refused, TooManyRequests
from web_frontend.mail_links.client import MailLinksClient, NoMail
from web_frontend.mail_links.tokens import VERIFICATION
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/verify-email")
async def verify_page(page: OpenPage) -> Response:
    """Show one button: programs that follow the links of mails must confirm nothing."""
    clean = await VERIFICATION.clean(page)
    if clean is not None:
        return clean
    if VERIFICATION.token(page) is None:
        return await _show_expired(page)
    return await page.show("mail_links/verify.html", headers=_NO_STORE)


@router.post("/verify-email")
async def verify(page: OpenPage, _form: OpenForm) -> Response:
    """Confirm the address of the link."""
    token = VERIFICATION.token(page)
    if token is None:
        return await _show_expired(page)
    try:
        await MailLinksClient(page.gateway).verify(token)
    except LinkExpired:
        return await _show_expired(page)
    except EmailTaken:
        return await _show_expired(page, "taken", status=409)
    VERIFICATION.forget(page)
    page.flash("ok", _("Your email address is confirmed."))
    if not page.is_signed_in:
        return await page.go("/sign-in")
    # The token still names the address of before.
    await page.session.renew_now()
    return await page.go("/account")


@router.get("/verify-email/again")
async def again_page(page: OpenPage) -> Response:
    """Ask for the address that the mail should go to once more."""
    return await _show_again(page, FormView())


@router.post("/verify-email/again")
async def send_again(page: OpenPage, form: OpenForm) -> Response:
    """Have the mail sent again; whether the address has an account is told to nobody but its owner."""
    view = FormView(values={"email": form["email"]})
    forms.check_email(view, form["email"])
    if view.has_errors:
        return await _show_again(page, view, status=UNPROCESSABLE)
    try:
        await MailLinksClient(page.gateway).ask_for_verification(form["email"])
    except NoMail:
        view.problem = _("This shop sends no mails. Ask the people who run it.")
        return await _show_again(page, view, status=409)
    except TooManyRequests as error:
        headers = note_too_many(view, error)
        return await _show_again(page, view, status=TOO_MANY, headers=headers)
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        view.add_refusals(error.field_messages, forms.sentences())
        return await _show_again(page, view, status=UNPROCESSABLE)
    return await page.go("/verify-email/sent")


@router.get("/verify-email/sent")
async def sent_page(page: OpenPage) -> Response:
    """Say what happens next."""
    policy = await AccountsClient(page.gateway).sign_up_policy()
    return await page.show("mail_links/sent.html", policy=policy, what="verification")


async def _show_again(
    page: Page, form: FormView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return await page.show(
        "mail_links/verify_again.html",
        status=status,
        fragments=("form",),
        headers=_NO_STORE | (headers or {}),
        form=form,
    )


async def _show_expired(page: Page, what: str = "verification", *, status: int = 410) -> Response:
    VERIFICATION.forget(page)
    return await page.show("mail_links/expired.html", status=status, whole=True, headers=_NO_STORE, what=what)
