"""Copies that are gone although they are promised: which orders end for it, in one step with the write-off."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import _, n_
from web_frontend import wording
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.catalogue.books import Book
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import SignedInForm, StockPage
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.pages import Page
from web_frontend.stock import forms, words
from web_frontend.stock.books import Levels
from web_frontend.stock.client import LostCopies, OrdersMovedOn, StockClient, StockRefused, UnderWay
from web_frontend.stock.holders import Holders, holders_of
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

_UNPROCESSABLE = 422
_CONFLICT = 409
_MOST_ORDERS = 100


@dataclass(slots=True)
class Loss:
    """What is gone, and what the page shows of it."""

    copies: int
    form: FormView
    key: str = field(default_factory=new_idempotency_key)
    chosen: list[str] | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Situation:
    """A book's stock and promises, beside so many lost copies."""

    book: Book
    levels: Levels
    holders: Holders
    copies: int

    @property
    def to_free(self) -> int:
        """Return how many promised copies must be given up."""
        return max(self.copies - self.levels.available, 0)

    def enough(self) -> list[str]:
        """Return the newest orders that suffice: who ordered last has waited least."""
        chosen, freed = [], 0
        for holder in self.holders.items:
            if freed >= self.to_free:
                break
            chosen.append(holder.order_id)
            freed += holder.quantity
        return chosen

    def falls_short(self, order_ids: list[str]) -> bool:
        """Tell whether cancelling these orders frees too few copies.

        An order that holds nothing was cancelled by this very form, sent before; the service repeats its answer then.
        """
        quantities = {holder.order_id: holder.quantity for holder in self.holders.items}
        if not order_ids or not all(order_id in quantities for order_id in order_ids):
            return not order_ids
        return sum(quantities[order_id] for order_id in order_ids) < self.to_free


def address(book_id: str, copies: int, reason: str) -> str:
    """Return the address of the page about lost copies of a book."""
    return with_query(f"/books/{book_id}/stock/write-off", [("copies", str(copies)), ("reason", reason)])


@router.get("/books/{book_id}/stock/write-off")
async def write_off_page(page: StockPage, book_id: UUID) -> Response:
    """Show what the lost copies mean, and the orders to choose from."""
    kept = page.take_kept_input()
    if kept is not None:
        typed = Submitted(kept)
        form = FormView({"reason": typed["reason"]})
        loss = Loss(_copies(typed["copies"]), form, idempotency_key(typed), typed.all("order"))
    else:
        query = page.request.query_params
        loss = Loss(_copies(query.get("copies", "")), FormView({"reason": query.get("reason", "").strip()}))
    return await _show(page, await _situation(page, book_id, loss.copies), loss)


@router.post("/books/{book_id}/stock/write-off")
async def write_off(page: StockPage, form: SignedInForm, book_id: UUID) -> Response:
    """Cancel the chosen orders and write the lost copies off, in one step."""
    loss = Loss(
        _copies(form["copies"]),
        FormView({"reason": form["reason"]}),
        idempotency_key(form),
        form.all("order")[:_MOST_ORDERS],
        _UNPROCESSABLE,
    )
    situation = await _situation(page, book_id, loss.copies)
    forms.refuse_bad_reason(loss.form, form["reason"])
    if situation.falls_short(loss.chosen or []):
        loss.form.refuse(
            "order",
            n_("Choose orders of %(num)s copy or more", "Choose orders of %(num)s copies or more", situation.to_free),
        )
    response = None if loss.form.has_errors else await _end_orders(page, situation, loss)
    return response or await _show(page, situation, loss)


async def _end_orders(page: Page, situation: Situation, loss: Loss) -> Response | None:
    """Return the result's page, or None after noting in ``loss`` what stands in the way."""
    lost = LostCopies(situation.book.id, loss.copies, loss.form.values["reason"], loss.chosen or [])
    try:
        outcome = await StockClient(page.gateway).write_off(lost, key=loss.key)
    except OrdersMovedOn as error:
        numbers = wording.listed([order.number for order in error.orders])
        some = _("Nothing was written off: %(orders)s cannot be cancelled any more. Choose again.", orders=numbers)
        one = _("Nothing was written off: one of the orders cannot be cancelled any more. Choose again.")
        _refuse(loss, some if numbers else one)
        gone = {order.order_id for order in error.orders}
        loss.chosen = [order_id for order_id in loss.chosen or [] if order_id not in gone]
    except UnderWay:
        # The stock is changing under it, so what is sent again is what was sent, not what the page would choose now.
        typed = page.submitted.repeatable() if page.submitted is not None else {}
        return await page.show(
            "stock/under_way.html",
            status=_CONFLICT,
            book=situation.book,
            action=page.request.url.path,
            typed=typed,
            asked_anew=[],
        )
    except StockRefused as error:
        _refuse(loss, str(error))
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        loss.key = new_idempotency_key()
        loss.form.add_refusals(error.field_messages or [("", error.detail)], {})
    else:
        return await page.show(
            "stock/written_off.html",
            book=situation.book,
            outcome=outcome,
            customers={holder.order_id: holder.customer for holder in situation.holders.items if holder.customer},
            heading=words.written_off_heading(outcome),
            sentence=words.written_off_sentence(outcome),
            missing=outcome.quantity - (outcome.quantity if outcome.written_off is None else outcome.written_off),
            again=address(situation.book.id, outcome.quantity - (outcome.written_off or 0), lost.reason),
        )
    return None


def _refuse(loss: Loss, message: str) -> None:
    loss.status, loss.key = _CONFLICT, new_idempotency_key()
    loss.form.problem = message


async def _situation(page: Page, book_id: UUID, copies: int) -> Situation:
    tagged, levels, holders = await asyncio.gather(
        CatalogueClient(page.gateway).book(str(book_id)),
        StockClient(page.gateway).stock(str(book_id), [("limit", "1")]),
        holders_of(page, str(book_id)),
    )
    return Situation(tagged.book, levels, holders, min(copies, levels.on_hand) or copies)


async def _show(page: Page, situation: Situation, loss: Loss) -> Response:
    chosen = loss.chosen if loss.chosen is not None else situation.enough()
    here = address(situation.book.id, situation.copies, loss.form.values["reason"])
    return await page.show(
        "stock/write_off.html",
        status=loss.status,
        whole=True,
        now=situation,
        book=situation.book,
        here=here,
        here_in_full=page.site.settings.public_web_url.rstrip("/") + here,
        loss=loss,
        form=loss.form,
        chosen=chosen,
        may_cancel=page.may("orders:manage"),
        copies=words.copies,
        words=words,
    )


def _copies(text: str) -> int:
    return max(forms.number_of(text) or 0, 1)
