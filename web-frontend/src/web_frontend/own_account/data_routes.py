"""A copy of one's data, and deleting the account."""

import datetime as dt
import json

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts.client import Account, AccountsClient
from web_frontend.accounts.joining import CONFLICT, UNPROCESSABLE
from web_frontend.dependencies import SignedInForm, SignedInPage
from web_frontend.own_account.confirming import NotConfirmed, confirmed
from web_frontend.own_account.forms import confirmation_form
from web_frontend.own_account.personal_data import LastAdmin, PersonalDataClient
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()


@router.get("/account/data")
async def data_page(page: SignedInPage) -> Response:
    """Offer a copy of the data, and the end of the account."""
    return await page.show("own_account/data.html")


@router.get("/account/data/file")
async def data_file(page: SignedInPage) -> Response:
    """Give everything that the shop knows of the person, as one JSON file."""
    data = await PersonalDataClient(page.gateway).everything()
    text = json.dumps(data, ensure_ascii=False, indent=2)
    await page.settle()
    name = f"my-data-{dt.datetime.now(dt.UTC):%Y-%m-%d}.json"
    return Response(
        text,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.get("/account/data/delete")
async def delete_page(page: SignedInPage) -> Response:
    """Say what goes and what stays, and ask."""
    return await _show_delete(page, FormView(), await AccountsClient(page.gateway).me())


@router.post("/account/data/delete")
async def delete(page: SignedInPage, form: SignedInForm) -> Response:
    """Erase the account."""
    account = await AccountsClient(page.gateway).me()
    view = confirmation_form(form, with_code=account.second_factor.enabled)
    if view.has_errors:
        return await _show_delete(page, view, account, status=UNPROCESSABLE)
    call = PersonalDataClient(page.gateway).delete_account(
        current_password=form.raw("current_password"), code=form["code"]
    )
    try:
        await confirmed(view, call)
    except NotConfirmed as refusal:
        return await _show_delete(page, view, account, status=refusal.status, headers=refusal.headers)
    except LastAdmin:
        view.problem = _("You are the only one who can run the shop. Make somebody else an administrator first.")
        return await _show_delete(page, view, account, status=CONFLICT)
    page.session.end()
    page.form_tokens.start_new_visit()
    page.flash("ok", _("Your account is deleted. Thank you for having been here."))
    return await page.go("/")


async def _show_delete(
    page: Page, form: FormView, account: Account, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return await page.show(
        "own_account/delete.html",
        status=status,
        fragments=("form",),
        whole=page.request.method == "GET",
        headers=headers,
        form=form,
        account=account,
    )
