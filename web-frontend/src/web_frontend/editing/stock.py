"""A book's stock: how many copies there are, the ledger, and changing it."""

import asyncio
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend import wording
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import SignedInForm, StockPage
from web_frontend.editing import forms
from web_frontend.editing.client import EditingClient, Stock, StockRefused
from web_frontend.editing.stock_chart import StockChart, stock_chart
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

_UNPROCESSABLE = 422
_CONFLICT = 409
_CURSOR_LENGTH = 2000


@router.get("/books/{book_id}/stock")
async def stock_page(page: StockPage, book_id: UUID) -> Response:
    """Show the stock and its ledger."""
    kept = page.take_kept_input()
    if kept is not None:
        typed = Submitted(kept)
        values = {name: typed[name] for name in ("change", "reason")}
        return await _show(page, book_id, FormView(values), idempotency_key(typed))
    return await _show(page, book_id, FormView(), new_idempotency_key())


@router.post("/books/{book_id}/stock")
async def change_stock(page: StockPage, form: SignedInForm, book_id: UUID) -> Response:
    """Add or take copies, with a reason."""
    view, change = forms.stock_form(form)
    key = idempotency_key(form)
    status = _UNPROCESSABLE
    if not view.has_errors:
        try:
            await EditingClient(page.gateway).change_stock(
                str(book_id), change=change, reason=form["reason"], idempotency_key=key
            )
        except StockRefused as error:
            status, key = _CONFLICT, new_idempotency_key()
            view.refuse("change", str(error))
        except Refused as error:
            if error.status != _UNPROCESSABLE:
                raise
            key = new_idempotency_key()
            view.add_refusals(error.field_messages or [("", error.detail)], {})
        else:
            page.flash("ok", _written(change))
            return await page.go(f"/books/{book_id}/stock")
    return await _show(page, book_id, view, key, status=status)


def _written(change: int) -> str:
    copies = wording.counted(abs(change), "copy", "copies")
    return f"{copies} {'added' if change > 0 else 'taken away'}. It is in the ledger."


async def _show(page: Page, book_id: UUID, view: FormView, key: str, *, status: int = 200) -> Response:
    cursor = page.request.query_params.get("cursor", "")[:_CURSOR_LENGTH]
    path = f"/books/{book_id}/stock"
    tagged, found = await asyncio.gather(
        CatalogueClient(page.gateway).book(str(book_id)),
        EditingClient(page.gateway).stock(str(book_id), [("cursor", cursor)] if cursor else []),
    )
    previous, following = (
        with_query(path, [("cursor", place)]) if place else "" for place in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "editing/stock.html",
        status=status,
        fragments=("form",),
        book=tagged.book,
        stock=found,
        chart=_chart(found),
        form=view,
        key=key,
        previous=previous,
        following=following,
    )


def _chart(found: Stock) -> StockChart | None:
    return stock_chart([(movement.created_at, movement.on_hand_after) for movement in reversed(found.items)])
