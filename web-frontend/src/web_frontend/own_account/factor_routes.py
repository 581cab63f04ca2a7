"""Setting up the second factor, its recovery codes, and turning it off.

The forms whose answers show what is shown once are plain: nothing of it ends up in what htmx remembers of a page.
"""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts.client import AccountsClient
from web_frontend.accounts.forms import code_form
from web_frontend.accounts.joining import UNPROCESSABLE
from web_frontend.dependencies import SignedInForm, SignedInPage
from web_frontend.own_account.confirming import NotConfirmed, confirmed
from web_frontend.own_account.forms import confirmation_form
from web_frontend.own_account.second_factor import (
    AlreadyEnabled,
    IsRequired,
    NotEnabled,
    SecondFactorClient,
    SetUp,
    SetUpSeal,
)
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

_PAGE = "/account/second-factor"


@router.get(_PAGE)
async def state_page(page: SignedInPage) -> Response:
    """Show whether there is a second factor, and how to set one up."""
    return await _show_state(page, FormView())


@router.post(_PAGE)
async def begin(page: SignedInPage, form: SignedInForm) -> Response:
    """Make a secret and show it, to be put into an app."""
    view = confirmation_form(form, with_code=False)
    if view.has_errors:
        return await _show_state(page, view, status=UNPROCESSABLE)
    try:
        set_up = await confirmed(view, SecondFactorClient(page.gateway).begin(form.raw("current_password")))
    except NotConfirmed as refusal:
        return await _show_state(page, view, status=refusal.status, headers=refusal.headers)
    except AlreadyEnabled:
        return await page.go(_PAGE)
    return await _show_set_up(page, FormView(), set_up)


@router.get("/account/second-factor/confirm")
async def confirm_page(page: SignedInPage) -> Response:
    """Lead to the beginning: a secret is shown in one place alone."""
    return await page.go(_PAGE)


@router.post("/account/second-factor/confirm")
async def confirm(page: SignedInPage, form: SignedInForm) -> Response:
    """Turn the second factor on and show the recovery codes, once."""
    view = code_form(form)
    set_up = _seal(page).unpack(form.raw("set_up"))
    if view.has_errors:
        return await _show_set_up(page, view, set_up, status=UNPROCESSABLE)
    try:
        codes = await confirmed(view, SecondFactorClient(page.gateway).confirm(form["code"]))
    except NotConfirmed as refusal:
        return await _show_set_up(page, view, set_up, status=refusal.status, headers=refusal.headers)
    except AlreadyEnabled:
        return await page.go(_PAGE)
    except NotEnabled:
        page.flash("note", _("That took too long. Begin once more."))
        return await page.go(_PAGE)
    # What the role allows counts from the next token on.
    await page.session.renew_now()
    page.form_tokens.void_all()
    return await _show_codes(page, codes, is_new=True)


@router.get("/account/second-factor/recovery-codes")
async def codes_page(page: SignedInPage) -> Response:
    """Ask before the old recovery codes are void."""
    return await _show_confirmation(page, "codes", FormView())


@router.post("/account/second-factor/recovery-codes")
async def make_codes(page: SignedInPage, form: SignedInForm) -> Response:
    """Show new recovery codes, once; the old ones are void."""
    view = confirmation_form(form, with_code=True)
    if view.has_errors:
        return await _show_confirmation(page, "codes", view, status=UNPROCESSABLE)
    call = SecondFactorClient(page.gateway).new_recovery_codes(
        current_password=form.raw("current_password"), code=form["code"]
    )
    try:
        codes = await confirmed(view, call)
    except NotConfirmed as refusal:
        return await _show_confirmation(page, "codes", view, status=refusal.status, headers=refusal.headers)
    except NotEnabled:
        return await page.go(_PAGE)
    page.form_tokens.void_all()
    return await _show_codes(page, codes, is_new=False)


@router.get("/account/second-factor/off")
async def off_page(page: SignedInPage) -> Response:
    """Ask before the second factor is turned off."""
    return await _show_confirmation(page, "off", FormView())


@router.post("/account/second-factor/off")
async def turn_off(page: SignedInPage, form: SignedInForm) -> Response:
    """Turn the second factor off."""
    view = confirmation_form(form, with_code=True)
    if view.has_errors:
        return await _show_confirmation(page, "off", view, status=UNPROCESSABLE)
    call = SecondFactorClient(page.gateway).disable(current_password=form.raw("current_password"), code=form["code"])
    try:
        await confirmed(view, call)
    except NotConfirmed as refusal:
        return await _show_confirmation(page, "off", view, status=refusal.status, headers=refusal.headers)
    except IsRequired:
        page.flash("bad", _("Your role in the shop needs a second factor, so it stays on."))
        return await page.go(_PAGE)
    except NotEnabled:
        return await page.go(_PAGE)
    await page.session.renew_now()
    page.form_tokens.void_all()
    page.flash("ok", _("The second factor is off. The password alone signs you in."))
    return await page.go(_PAGE)


def _seal(page: Page) -> SetUpSeal:
    claims = page.session.claims
    return SetUpSeal(page.site.settings.secret.get_secret_value(), claims.session_id if claims else "")


async def _show_state(
    page: Page, form: FormView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    client = SecondFactorClient(page.gateway)
    return await page.show(
        "own_account/second_factor.html",
        status=status,
        whole=True,
        headers=headers,
        state=await client.state(),
        account=await AccountsClient(page.gateway).me(),
        form=form,
    )


async def _show_set_up(
    page: Page, form: FormView, set_up: SetUp | None, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return await page.show(
        "own_account/set_up.html",
        status=status,
        whole=True,
        headers=headers,
        form=form,
        set_up=set_up,
        sealed=_seal(page).pack(set_up) if set_up is not None else "",
    )


async def _show_codes(page: Page, codes: list[str], *, is_new: bool) -> Response:
    return await page.show("own_account/recovery_codes.html", whole=True, codes=codes, is_new=is_new)


async def _show_confirmation(
    page: Page, what: str, form: FormView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    state = await SecondFactorClient(page.gateway).state()
    if not state.enabled or (what == "off" and state.required):
        return await page.go(_PAGE)
    return await page.show(
        "own_account/factor_change.html",
        status=status,
        whole=True,
        headers=headers,
        what=what,
        state=state,
        account=await AccountsClient(page.gateway).me(),
        form=form,
    )
