"""Signing up, in and out."""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts import forms, second_step
from web_frontend.accounts.client import (
    AccountsClient,
    EmailNotVerified,
    EmailTaken,
    SecondFactorNeeded,
    SignUpClosed,
    WrongPassword,
)
from web_frontend.accounts.joining import UNPROCESSABLE, Newcomer, join, note_refusal
from web_frontend.accounts.sign_in_page import Door, show_sign_in
from web_frontend.accounts.too_many import TOO_MANY, note_too_many
from web_frontend.dependencies import OpenForm, OpenPage
from web_frontend.gateway_problems import GatewayError, Refused, TooManyRequests
from web_frontend.landing import first_page
from web_frontend.links import same_site_path
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()


@router.get("/sign-in")
async def sign_in_page(page: OpenPage) -> Response:
    """Show the sign-in form; somebody who is signed in already goes on."""
    next_path = same_site_path(page.request.query_params.get("next"))
    if page.is_signed_in:
        return await page.go(first_page(page, next_path))
    return await show_sign_in(page, Door(next_path))


@router.post("/sign-in")
async def sign_in(page: OpenPage, form: OpenForm) -> Response:
    """Begin a session and go on to where the person wanted to be, or to the code that is wanted too."""
    view, next_path = forms.sign_in_form(form), same_site_path(form["next"])
    door = Door(next_path, form["kept"], view)
    if view.has_errors:
        return await show_sign_in(page, door, status=UNPROCESSABLE)
    try:
        pair = await AccountsClient(page.gateway).sign_in(form["email"], form.raw("password"))
    except WrongPassword:
        view.problem = _("The email address or the password is not right")
        return await show_sign_in(page, door, status=UNPROCESSABLE)
    except EmailNotVerified:
        view.problem = _("Your email address is not confirmed yet")
        return await show_sign_in(page, Door(next_path, form["kept"], view, "not_verified"), status=403)
    except TooManyRequests as error:
        headers = note_too_many(view, error)
        door = Door(next_path, form["kept"], view, "too_many")
        return await show_sign_in(page, door, status=TOO_MANY, headers=headers)
    except SecondFactorNeeded as needed:
        second_step.begin(page, needed, next_path=next_path, kept=form["kept"])
        return await page.go("/sign-in/code")
    page.session.begin(pair)
    page.form_tokens.start_new_visit()
    second_step.tell_kept(page, second_step.keep(page, form["kept"]))
    return await page.go(first_page(page, next_path))


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
    status = UNPROCESSABLE
    if not view.has_errors:
        newcomer = Newcomer(form["email"], form.raw("password"), form["full_name"])
        try:
            return await join(page, newcomer, next_path=next_path)
        except SignUpClosed:
            return await _show_sign_up(page, view, status=403, next_path=next_path)
        except (EmailTaken, Refused) as error:
            status = note_refusal(view, error)
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
        page.flash("note", _("You are signed out in this browser."))
    else:
        page.flash("note", _("You are signed out."))
    page.session.end()
    page.form_tokens.start_new_visit()
    answer = await page.go("/")
    # What a tab has noted down, such as a stocktake, is not for whoever sits here next.
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer
