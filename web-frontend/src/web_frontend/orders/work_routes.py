"""Parked work: the list, trying again, settling by hand."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _, n_
from web_frontend.dependencies import SignedInForm, StaffPage
from web_frontend.gateway_problems import Refused
from web_frontend.orders.client import OrdersClient
from web_frontend.orders.parked_work import NotParked, ParkedWorkClient
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter()

PATH = "/staff/work"
_UNPROCESSABLE = 422
_LONGEST_NOTE = 1000
_DONE_ALREADY = N_("That is not parked any more: it was done or settled meanwhile.")

StepName = Literal["reserve", "release", "commit", "return"]


@router.get("/staff/work")
async def work_list(page: StaffPage) -> Response:
    """Show what Quire could not finish by itself."""
    parked = await ParkedWorkClient(page.gateway).all()
    return await page.show("orders/work.html", parked=parked)


@router.get("/staff/work/{order_id}/{step}/retry")
async def retry_page(page: StaffPage, order_id: UUID, step: StepName) -> Response:
    """Lead to the list, which has the buttons."""
    del order_id, step
    return await page.go(PATH)


@router.post("/staff/work/{order_id}/{step}/retry")
async def retry(page: StaffPage, _form: SignedInForm, order_id: UUID, step: StepName) -> Response:
    """Have Quire try again."""
    try:
        await ParkedWorkClient(page.gateway).retry(str(order_id), step)
    except NotParked:
        page.flash("note", _(_DONE_ALREADY))
    else:
        page.flash("ok", _("Quire tries again now. If it fails once more, it will be back here."))
    return await page.go(PATH)


@router.get("/staff/work/{order_id}/{step}/settle")
async def settle_page(page: StaffPage, order_id: UUID, step: StepName) -> Response:
    """Explain what settling by hand means, and ask for a note."""
    kept = page.take_kept_input()
    note = kept.get("note", [""])[0] if kept is not None else ""
    return await _show_settle(page, order_id, step, FormView({"note": note}))


@router.post("/staff/work/{order_id}/{step}/settle")
async def settle(page: StaffPage, form: SignedInForm, order_id: UUID, step: StepName) -> Response:
    """Drop the work, with the note in the order's timeline."""
    view = FormView({"note": form["note"]})
    if not form["note"]:
        view.refuse("note", _("Write down what you found and did"))
    elif len(form["note"]) > _LONGEST_NOTE:
        view.refuse(
            "note", n_("Shorten this to %(num)s character", "Shorten this to %(num)s characters", _LONGEST_NOTE)
        )
    if view.has_errors:
        return await _show_settle(page, order_id, step, view, status=_UNPROCESSABLE)
    try:
        await ParkedWorkClient(page.gateway).resolve(str(order_id), step, form["note"])
    except NotParked:
        page.flash("note", _(_DONE_ALREADY))
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        view.add_refusals(error.field_messages or [("", error.detail)], {})
        return await _show_settle(page, order_id, step, view, status=_UNPROCESSABLE)
    else:
        page.flash("ok", _("Settled by hand. Your note is in the order’s history."))
    return await page.go(PATH)


async def _show_settle(page: Page, order_id: UUID, step: StepName, view: FormView, *, status: int = 200) -> Response:
    work = await ParkedWorkClient(page.gateway).one(str(order_id), step)
    if work is None:
        page.flash("note", _(_DONE_ALREADY))
        return await page.go(PATH)
    order = await OrdersClient(page.gateway).order(str(order_id))
    return await page.show("orders/settle.html", status=status, fragments=("form",), work=work, order=order, form=view)
