"""The second step of signing in: a code of the app, or a recovery code."""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.accounts import forms, second_step
from web_frontend.accounts.client import AccountsClient, ChallengeOver, WrongCode
from web_frontend.accounts.joining import UNPROCESSABLE
from web_frontend.accounts.second_step import SecondStep
from web_frontend.accounts.too_many import TOO_MANY, note_too_many
from web_frontend.dependencies import OpenForm, OpenPage
from web_frontend.gateway_problems import TooManyRequests
from web_frontend.landing import first_page
from web_frontend.links import same_site_path, sign_in_link
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

_ASKS = {"app": N_("Enter the code that your app shows now"), "recovery": N_("Enter one of your recovery codes")}


@router.get("/sign-in/code")
async def code_page(page: OpenPage) -> Response:
    """Ask for the code; whoever has not given a password does that first."""
    step = second_step.under_way(page)
    if page.is_signed_in:
        return await page.go(step.next_path if step else "/")
    if step is None:
        return await page.go("/sign-in")
    return await _show_code(page, FormView(), _kind(page.request.query_params.get("with")))


@router.post("/sign-in/code")
async def send_code(page: OpenPage, form: OpenForm) -> Response:
    """Begin the session when the code is right."""
    step, kind = second_step.under_way(page), _kind(form["with"])
    if step is None:
        return await _begin_again(page, None)
    view = forms.code_form(form, words=_(_ASKS[kind]))
    if view.has_errors:
        return await _show_code(page, view, kind, status=UNPROCESSABLE)
    try:
        pair = await AccountsClient(page.gateway).complete_sign_in(step.challenge, form["code"])
    except WrongCode:
        view.refuse("code", forms.wrong_code())
        return await _show_code(page, view, kind, status=UNPROCESSABLE)
    except TooManyRequests as error:
        headers = note_too_many(view, error)
        return await _show_code(page, view, kind, status=TOO_MANY, headers=headers)
    except ChallengeOver:
        return await _begin_again(page, step)
    page.session.begin(pair)
    page.form_tokens.start_new_visit()
    second_step.end(page)
    second_step.tell_kept(page, step.kept)
    return await page.go(first_page(page, step.next_path))


def _kind(asked: str | None) -> str:
    return "recovery" if asked == "recovery" else "app"


async def _begin_again(page: Page, step: SecondStep | None) -> Response:
    second_step.end(page)
    page.flash("note", _("That took too long, or there were too many wrong codes. Sign in once more."))
    return await page.go(sign_in_link(same_site_path(step.next_path if step else None)))


async def _show_code(
    page: Page, form: FormView, kind: str, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return await page.show(
        "accounts/code.html",
        status=status,
        fragments=("form",),
        headers={"Cache-Control": "no-store"} | (headers or {}),
        form=form,
        kind=kind,
    )
