"""Listing, making and revoking API keys."""

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.accounts.client import AccountsClient
from web_frontend.accounts.joining import CONFLICT, UNPROCESSABLE
from web_frontend.dependencies import SignedInForm, SignedInPage
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.own_account.api_keys import ApiKeysClient, TooManyKeys
from web_frontend.own_account.forms import USUAL_EXPIRY, expiries, key_form
from web_frontend.own_account.scopes import SCOPES
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

_PAGE = "/account/api-keys"


@router.get(_PAGE)
async def keys_page(page: SignedInPage) -> Response:
    """Show the keys."""
    return await page.show("own_account/api_keys.html", keys=await ApiKeysClient(page.gateway).all())


@router.get("/account/api-keys/new")
async def new_key_page(page: SignedInPage) -> Response:
    """Ask what the key is for."""
    allowed = (await AccountsClient(page.gateway).me()).scopes
    kept = page.take_kept_input() or {}
    values = {"name": kept.get("name", [""])[0], "days": kept.get("days", [USUAL_EXPIRY])[0]}
    return await _show_form(page, FormView(values=values), allowed, kept.get("scopes", ["books:read"]))


@router.post("/account/api-keys/new")
async def make_key(page: SignedInPage, form: SignedInForm) -> Response:
    """Make a key and show it, once. The form is a plain one, so htmx remembers nothing of the answer."""
    allowed = (await AccountsClient(page.gateway).me()).scopes
    view = key_form(form, allowed)
    ticked = [scope for scope in form.all("scopes") if scope in allowed]
    status = UNPROCESSABLE
    if not view.has_errors:
        try:
            made = await ApiKeysClient(page.gateway).make(
                name=form["name"], scopes=ticked, days=int(view.values["days"])
            )
        except TooManyKeys:
            status = CONFLICT
            view.problem = _("You have as many keys as one account may have. Revoke one that you no longer need.")
        except Refused as error:
            if error.status != UNPROCESSABLE:
                raise
            sentences = {"scopes": _("Choose only what you may do yourself")}
            view.add_refusals(error.field_messages or [("", error.detail)], sentences)
        else:
            return await page.show("own_account/key_made.html", status=201, whole=True, made=made)
    return await _show_form(page, view, allowed, ticked, status=status)


@router.get("/account/api-keys/{key_id}/revoke")
async def revoke_page(page: SignedInPage, key_id: str) -> Response:
    """Ask whether to revoke the key."""
    return await page.show("own_account/revoke_key.html", key=await ApiKeysClient(page.gateway).find(key_id))


@router.post("/account/api-keys/{key_id}/revoke")
async def revoke(page: SignedInPage, key_id: str, _form: SignedInForm) -> Response:
    """Revoke the key."""
    client = ApiKeysClient(page.gateway)
    try:
        # Its id is taken from one's own list, so nothing that stands in an address gets into another one.
        key = await client.find(key_id)
        await client.revoke(key.id)
    except NotFound:
        page.flash("note", _("That key was revoked already."))
    else:
        page.flash("ok", _("The key “%(name)s” is revoked. What used it gets no further.", name=key.name))
    return await page.go(_PAGE)


async def _show_form(
    page: Page, form: FormView, allowed: list[str], ticked: list[str], *, status: int = 200
) -> Response:
    return await page.show(
        "own_account/new_key.html",
        status=status,
        whole=True,
        form=form,
        choices=[scope for scope in SCOPES if scope.name in allowed],
        ticked=ticked,
        expiries=expiries(),
    )
