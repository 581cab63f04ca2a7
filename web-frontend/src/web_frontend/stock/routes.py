"""A book's stock: how many copies there are and why, changing it, and counting."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import SignedInForm, StockPage
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.pages import Page
from web_frontend.stock import forms, low_stock, stocktake, words, write_off
from web_frontend.stock.books import Stock
from web_frontend.stock.chart import StockChart, stock_chart
from web_frontend.stock.client import CopiesPromised, StockClient, StockRefused, UnderWay
from web_frontend.stock.holders import holders_of, orders_in_ledger
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()
router.include_router(write_off.router)
router.include_router(stocktake.router)
router.include_router(low_stock.router)

_UNPROCESSABLE = 422
_CONFLICT = 409
_CURSOR_LENGTH = 2000
_LEDGER_ROWS = "50"


@dataclass(slots=True)
class StockForms:
    """The two forms of the page, each with its key; ``as_of`` is what a count is compared with, when it has begun."""

    change: FormView = field(default_factory=FormView)
    change_key: str = field(default_factory=new_idempotency_key)
    count: FormView = field(default_factory=FormView)
    count_key: str = field(default_factory=new_idempotency_key)
    as_of: str = ""
    fragment: str = "change_form"


@router.get("/books/{book_id}/stock")
async def stock_page(page: StockPage, book_id: UUID) -> Response:
    """Show the stock and its ledger."""
    kept = page.take_kept_input()
    shown = StockForms()
    if kept is not None:
        typed = Submitted(kept)
        shown.change.values = {name: typed[name] for name in ("change", "reason")}
        shown.count.values = {name: typed[name] for name in ("counted", "note")}
        shown.as_of = typed["as_of"]
        if typed["counted"]:
            shown.count_key = idempotency_key(typed)
        else:
            shown.change_key = idempotency_key(typed)
    return await _show(page, book_id, shown)


@router.post("/books/{book_id}/stock")
async def change_stock(page: StockPage, form: SignedInForm, book_id: UUID) -> Response:
    """Add or take copies, with a reason."""
    view, change = forms.change_form(form)
    shown = StockForms(change=view, change_key=idempotency_key(form))
    status = _UNPROCESSABLE
    if not view.has_errors:
        try:
            await StockClient(page.gateway).change(
                str(book_id), change=change, reason=form["reason"], key=shown.change_key
            )
        except CopiesPromised as lost:
            return await page.go(write_off.address(str(book_id), lost.copies, form["reason"]))
        except StockRefused as error:
            status = _CONFLICT
            shown.change_key = shown.change_key if isinstance(error, UnderWay) else new_idempotency_key()
            view.refuse("change", str(error))
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            shown.change_key = new_idempotency_key()
            view.add_refusals(error.field_messages or [("", error.detail)], {})
        else:
            page.flash("ok", words.change_sentence(change))
            return await page.go(f"/books/{book_id}/stock")
    return await _show(page, book_id, shown, status=status)


@router.get("/books/{book_id}/stock/count")
async def count_page(page: StockPage, book_id: UUID) -> Response:
    """Lead to the stock, which has the form."""
    return await page.go(f"/books/{book_id}/stock")


@router.post("/books/{book_id}/stock/count")
async def count_stock(page: StockPage, form: SignedInForm, book_id: UUID) -> Response:
    """Correct the stock to what was counted, and say what that changed."""
    view, counted = forms.count_form(form)
    # What the person had before them when they counted, not the newest row of now.
    shown = StockForms(count=view, count_key=idempotency_key(form), as_of=form["as_of"], fragment="count_form")
    status = _UNPROCESSABLE
    if not view.has_errors:
        try:
            count = await StockClient(page.gateway).count(
                str(book_id),
                number=counted,
                as_of=forms.ledger_row(form["as_of"]),
                note=form["note"],
                key=shown.count_key,
            )
        except CopiesPromised as lost:
            return await page.go(write_off.address(str(book_id), lost.copies, words.stocktake_reason(counted)))
        except StockRefused as error:
            status = _CONFLICT
            if not isinstance(error, UnderWay):
                shown.count_key, shown.as_of = new_idempotency_key(), ""
            view.refuse("counted", str(error))
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            shown.count_key = new_idempotency_key()
            view.add_refusals(error.field_messages or [("", error.detail)], {})
        else:
            page.flash("note" if count.correction else "ok", words.count_sentence(count))
            return await page.go(f"/books/{book_id}/stock")
    return await _show(page, book_id, shown, status=status)


async def _show(page: Page, book_id: UUID, shown: StockForms, *, status: int = 200) -> Response:
    cursor = page.request.query_params.get("cursor", "")[:_CURSOR_LENGTH]
    path = f"/books/{book_id}/stock"
    place = [("cursor", cursor)] if cursor else []
    tagged, found, holders, numbers = await asyncio.gather(
        CatalogueClient(page.gateway).book(str(book_id)),
        StockClient(page.gateway).stock(str(book_id), [("limit", _LEDGER_ROWS), *place]),
        holders_of(page, str(book_id)),
        orders_in_ledger(page, str(book_id)),
    )
    previous, following = (
        with_query(path, [("cursor", place)]) if place else "" for place in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "stock/stock.html",
        status=status,
        fragments=(shown.fragment,),
        book=tagged.book,
        stock=found,
        sentence=words.levels_sentence(found),
        ledger_sum="" if previous or following else words.ledger_sum(found.items),
        who=words.who,
        why=words.why_heading(found.on_hand),
        reason_words=words.reason_words,
        copies=words.copies,
        holders=holders,
        numbers=numbers,
        chart=_chart(found),
        forms=shown,
        as_of=shown.as_of or ("" if found.as_of is None else str(found.as_of)),
        reasons=[_(reason) for reason in forms.REASONS],
        previous=previous,
        following=following,
    )


def _chart(found: Stock) -> StockChart | None:
    return stock_chart([(movement.created_at, movement.on_hand_after) for movement in reversed(found.items)])
