"""One's name, address and password."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts.client import AccountsClient
from web_frontend.accounts.forms import SHORTEST_PASSWORD, sentences
from web_frontend.accounts.joining import CONFLICT, UNPROCESSABLE
from web_frontend.dependencies import SignedInForm, SignedInPage
from web_frontend.gateway_problems import Refused
from web_frontend.own_account import forms
from web_frontend.own_account.client import OwnAccountClient
from web_frontend.own_account.confirming import NotConfirmed, confirmed
from web_frontend.own_account.scopes import role_words
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()


@router.get("/account")
async def account_page(page: SignedInPage) -> Response:
    """Show the account, and the form of its name."""
    return await _show_profile(page)


@router.post("/account")
async def change_name(page: SignedInPage, form: SignedInForm) -> Response:
    """Change the name."""
    view = forms.name_form(form)
    try:
        await OwnAccountClient(page.gateway).rename(form["full_name"])
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        view.add_refusals(error.field_messages, {})
        return await _show_profile(page, view, status=UNPROCESSABLE)
    page.flash("ok", _("Your name is saved."))
    return await page.go("/account")


async def _show_profile(page: Page, form: FormView | None = None, *, status: int = 200) -> Response:
    accounts = AccountsClient(page.gateway)
    account, policy = await asyncio.gather(accounts.me(), accounts.sign_up_policy())
    kept = page.take_kept_input() if page.request.method == "GET" else None
    full_name = (kept or {}).get("full_name", [account.full_name or ""])[0]
    return await page.show(
        "own_account/profile.html",
        status=status,
        fragments=("form",),
        whole=page.request.method == "GET",
        account=account,
        role=role_words(account.role),
        policy=policy,
        form=form or FormView(values={"full_name": full_name}),
    )


@router.get("/account/email")
async def email_page(page: SignedInPage) -> Response:
    """Ask for a new address."""
    kept = page.take_kept_input() or {}
    return await _show_email(page, FormView(values={"email": kept.get("email", [""])[0]}))


@router.post("/account/email")
async def change_email(page: SignedInPage, form: SignedInForm) -> Response:
    """Have a link sent to the new address; the old one stays until it was followed."""
    claims = page.session.claims
    view = forms.email_form(form, now=claims.email if claims else "")
    if view.has_errors:
        return await _show_email(page, view, status=UNPROCESSABLE)
    change = OwnAccountClient(page.gateway).change_email(
        email=form["email"], current_password=form.raw("current_password")
    )
    try:
        await confirmed(view, change)
    except NotConfirmed as refusal:
        return await _show_email(page, view, status=refusal.status, headers=refusal.headers)
    except Refused as error:
        return await _show_email(page, view, status=_note_refusal(view, error))
    page.flash(
        "ok", _("We have sent a mail to %(email)s. Open the link in it to make this your address.", email=form["email"])
    )
    return await page.go("/account")


def _note_refusal(view: FormView, error: Refused) -> int:
    """Note why the address cannot be changed; return the status of the answer. Raises what belongs to no form."""
    if error.code == "email_taken":
        view.refuse("email", _("Another account has this address."))
        return CONFLICT
    if error.code == "mail_not_configured":
        view.problem = _("This shop sends no mails. Ask the people who run it to change your address.")
        return CONFLICT
    if error.status != UNPROCESSABLE:
        raise error
    view.add_refusals(error.field_messages or [("", error.detail)], sentences())
    return UNPROCESSABLE


async def _show_email(
    page: Page, form: FormView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    accounts = AccountsClient(page.gateway)
    account, policy = await asyncio.gather(accounts.me(), accounts.sign_up_policy())
    return await page.show(
        "own_account/email.html",
        status=status,
        fragments=("form",),
        whole=page.request.method == "GET",
        headers=headers,
        account=account,
        policy=policy,
        form=form,
    )


@router.get("/account/password")
async def password_page(page: SignedInPage) -> Response:
    """Ask for a new password."""
    return await _show_password(page, FormView())


@router.post("/account/password")
async def change_password(page: SignedInPage, form: SignedInForm) -> Response:
    """Change the password; all other sessions end."""
    view = forms.password_form(form)
    if view.has_errors:
        return await _show_password(page, view, status=UNPROCESSABLE)
    current, new = form.raw("current_password"), form.raw("new_password")
    try:
        await confirmed(view, OwnAccountClient(page.gateway).change_password(current=current, new=new))
    except NotConfirmed as refusal:
        return await _show_password(page, view, status=refusal.status, headers=refusal.headers)
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        view.add_refusals(error.field_messages or [("new_password", error.detail)], {})
        return await _show_password(page, view, status=UNPROCESSABLE)
    page.form_tokens.void_all()
    page.flash("ok", _("Your password is changed. Other browsers are signed out."))
    return await page.go("/account/password")


async def _show_password(
    page: Page, form: FormView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return await page.show(
        "own_account/password.html",
        status=status,
        fragments=("form",),
        whole=page.request.method == "GET",
        headers=headers,
        account=await AccountsClient(page.gateway).me(),
        form=form,
        shortest_password=SHORTEST_PASSWORD,
    )
