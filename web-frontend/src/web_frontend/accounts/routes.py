"""Signing up, in and out, and one's own account."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.accounts import forms
from web_frontend.accounts.client import AccountsClient, EmailTaken, SignUpClosed, WrongPassword
from web_frontend.accounts.sign_in_page import Door, show_sign_in
from web_frontend.dependencies import OpenForm, OpenPage, SignedInForm, SignedInPage
from web_frontend.gateway_problems import GatewayError, Refused
from web_frontend.links import same_site_path
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

_UNPROCESSABLE = 422
_CONFLICT = 409


@router.get("/sign-in")
async def sign_in_page(page: OpenPage) -> Response:
    """Show the sign-in form; somebody who is signed in already goes on."""
    next_path = same_site_path(page.request.query_params.get("next"))
    if page.is_signed_in:
        return await page.go(next_path)
    return await show_sign_in(page, Door(next_path))


@router.post("/sign-in")
async def sign_in(page: OpenPage, form: OpenForm) -> Response:
    """Begin a session and go on to where the person wanted to be."""
    view = forms.sign_in_form(form)
    if not view.has_errors:
        try:
            pair = await AccountsClient(page.gateway).sign_in(form["email"], form.raw("password"))
        except WrongPassword:
            view.problem = "The email address or the password is not right"
        else:
            page.session.begin(pair)
            page.form_tokens.start_new_visit()
            return await _go_on(page, form)
    door = Door(same_site_path(form["next"]), form["kept"], view)
    return await show_sign_in(page, door, status=_UNPROCESSABLE)


async def _go_on(page: Page, form: Submitted) -> Response:
    next_path = same_site_path(form["next"])
    kept = page.site.keeper.unpack(form["kept"]) if form["kept"] else None
    if kept is not None:
        is_kept = page.site.keeper.put(form["kept"], page.cookies)
        text = "You are signed in. What you typed is still here: check it and send it."
        page.flash("note", text if is_kept else "You are signed in. What you typed was too long to keep.")
    return await page.go(next_path)


@router.get("/sign-up")
async def sign_up_page(page: OpenPage) -> Response:
    """Show the sign-up form, or why there is none."""
    next_path = same_site_path(page.request.query_params.get("next"))
    if page.is_signed_in:
        return await page.go(next_path)
    return await _show_sign_up(page, FormView(), next_path=next_path)


@router.post("/sign-up")
async def sign_up(page: OpenPage, form: OpenForm) -> Response:
    """Make an account and begin its first session."""
    view = forms.sign_up_form(form)
    next_path = same_site_path(form["next"])
    accounts = AccountsClient(page.gateway)
    status = _UNPROCESSABLE
    if not view.has_errors:
        try:
            await accounts.sign_up(email=form["email"], password=form.raw("password"), full_name=form["full_name"])
            page.session.begin(await accounts.sign_in(form["email"], form.raw("password")))
        except EmailTaken:
            status = _CONFLICT
            view.refuse("email", "There is an account with this email address already. Sign in instead.")
        except SignUpClosed:
            return await _show_sign_up(page, view, status=403, next_path=next_path)
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            view.add_refusals(error.field_messages or [("", error.detail)], forms.SENTENCES)
        else:
            page.form_tokens.start_new_visit()
            page.flash("ok", "Your account is ready. Welcome.")
            return await page.go(next_path)
    return await _show_sign_up(page, view, status=status, next_path=next_path)


async def _show_sign_up(page: Page, form: FormView, *, status: int = 200, next_path: str) -> Response:
    policy = await AccountsClient(page.gateway).sign_up_policy()
    return await page.show(
        "accounts/sign_up.html",
        status=status,
        fragments=("form",),
        headers={"Cache-Control": "no-store"},
        form=form,
        next_path=next_path,
        policy=policy,
        shortest_password=forms.SHORTEST_PASSWORD,
    )


@router.get("/sign-out")
async def sign_out_page(page: OpenPage) -> Response:
    """Ask whether to sign out, for those who come here by address."""
    return await page.show("accounts/sign_out.html") if page.is_signed_in else await page.go("/")


@router.post("/sign-out")
async def sign_out(page: OpenPage, _form: OpenForm) -> Response:
    """End the session."""
    try:
        await AccountsClient(page.gateway).sign_out()
    except GatewayError:
        # The browser forgets the session in any case; auth-service ends it when its time is up.
        page.flash("note", "You are signed out in this browser.")
    else:
        page.flash("note", "You are signed out.")
    page.session.end()
    page.form_tokens.start_new_visit()
    return await page.go("/")


@router.get("/account")
async def account_page(page: SignedInPage) -> Response:
    """Show the account and its forms."""
    return await _show_account(page)


@router.post("/account")
async def change_name(page: SignedInPage, form: SignedInForm) -> Response:
    """Change the name."""
    view = forms.name_form(form)
    try:
        await AccountsClient(page.gateway).rename(form["full_name"])
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        view.add_refusals(error.field_messages, {})
        return await _show_account(page, name=view, status=_UNPROCESSABLE, fragment="name_form")
    page.flash("ok", "Your name is saved.")
    return await page.go("/account")


@router.get("/account/password")
async def password_page(page: SignedInPage) -> Response:
    """Lead to the account page, which has the form."""
    return await page.go("/account")


@router.post("/account/password")
async def change_password(page: SignedInPage, form: SignedInForm) -> Response:
    """Change the password; all other sessions end."""
    view = forms.password_form(form)
    if not view.has_errors:
        try:
            current, new = form.raw("current_password"), form.raw("new_password")
            await AccountsClient(page.gateway).change_password(current=current, new=new)
        except WrongPassword:
            view.refuse("current_password", "This is not your password")
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            view.add_refusals(error.field_messages or [("new_password", error.detail)], {})
        else:
            page.flash("ok", "Your password is changed. Other browsers are signed out.")
            return await page.go("/account")
    return await _show_account(page, password=view, status=_UNPROCESSABLE, fragment="password_form")


async def _show_account(
    page: Page,
    *,
    name: FormView | None = None,
    password: FormView | None = None,
    status: int = 200,
    fragment: str = "content",
) -> Response:
    account = await AccountsClient(page.gateway).me()
    kept = page.take_kept_input() if page.request.method == "GET" else None
    full_name = (kept or {}).get("full_name", [account.full_name or ""])[0]
    return await page.show(
        "accounts/account.html",
        status=status,
        fragments=(fragment,),
        account=account,
        name=name or FormView(values={"full_name": full_name}),
        password=password or FormView(),
        shortest_password=forms.SHORTEST_PASSWORD,
    )
