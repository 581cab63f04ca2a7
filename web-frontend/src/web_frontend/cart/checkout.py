"""From the cart to an order."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.accounts.client import AccountsClient
from web_frontend.cart.changes import ShownLine, page_lines, shown_lines, what_changed
from web_frontend.cart.client import (
    AlreadySent,
    CartClient,
    NotEnough,
    OrderWish,
    PlacedOrder,
    PriceChanged,
    ShortLine,
    StillUnderWay,
)
from web_frontend.cart.forms import checkout_form, idempotency_key, new_idempotency_key, ordered_lines
from web_frontend.dependencies import SignedInForm, SignedInPage
from web_frontend.gateway_problems import GatewayError, Refused
from web_frontend.orders.client import OrdersClient
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView, Submitted

router = APIRouter()

_UNPROCESSABLE = 422
_CONFLICT = 409
_KNOWN_DELIVERY_SECONDS = 1.5
_SENTENCES = {
    "delivery": N_("Look at the name, the address and the note again"),
    "items": N_("Your cart has changed meanwhile; look at it again"),
}


@dataclass(slots=True)
class Checkout:
    """The checkout page: the form, the key of its order, what the page showed before, and what was refused of it."""

    form: FormView
    key: str
    status: int = 200
    shown: list[ShownLine] = field(default_factory=list)
    short: dict[str, ShortLine] = field(default_factory=dict)


@router.get("/checkout")
async def checkout_page(page: SignedInPage) -> Response:
    """Show what is to be ordered and ask where it goes."""
    kept = page.take_kept_input()
    if kept is not None:
        values = {name: kept.get(name, [""])[0] for name in ("name", "address", "note")}
        typed = Submitted(kept)
        return await _show(page, Checkout(FormView(values), idempotency_key(typed), shown=shown_lines(typed)))
    return await _show(page, Checkout(FormView(await _known_delivery(page)), new_idempotency_key()))


@router.post("/checkout")
async def place_order(page: SignedInPage, form: SignedInForm) -> Response:
    """Place the order that the form describes; sent twice, it is one order."""
    checkout = Checkout(checkout_form(form), idempotency_key(form), _UNPROCESSABLE, shown_lines(form))
    if form["do"] == "fit":
        await _fit_cart(page)
        return await _show(page, Checkout(FormView(checkout.form.values), new_idempotency_key()))
    lines = ordered_lines(form)
    if checkout.form.has_errors or not lines:
        return await _show(page, checkout)
    wish = OrderWish(lines, checkout.form.values, form["expected_total"], checkout.key)
    placed = await _place(page, checkout, wish)
    if placed is None:
        return await _show(page, checkout)
    if not placed.is_pending:
        # A pending order's page says itself how far it is.
        page.flash("ok", _("Thank you. Your order %(number)s is placed.", number=placed.number))
    return await page.go(f"/orders/{placed.order_id}")


async def _place(page: Page, checkout: Checkout, wish: OrderWish) -> PlacedOrder | None:
    """Return the order that was taken, or None after noting in ``checkout`` why there is none."""
    try:
        return await CartClient(page.gateway).place(wish)
    except NotEnough as error:
        checkout.short = error.lines
        _explain(checkout, _("Nothing was ordered: not all of it can be had any more."), renew=True)
    except PriceChanged:
        _explain(checkout, _("Nothing was ordered: a price has changed. Look at the new total."), renew=True)
    except AlreadySent:
        _explain(
            checkout, _("You have sent this order already. Look at your orders before you send another."), renew=True
        )
    except StillUnderWay:
        _explain(checkout, _("Your order is on its way to us. Wait a moment and press again: it is never taken twice."))
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        checkout.form.add_refusals(
            error.field_messages or [("", error.detail)], {name: _(words) for name, words in _SENTENCES.items()}
        )
        checkout.key = new_idempotency_key()
    return None


def _explain(checkout: Checkout, words: str, *, renew: bool = False) -> None:
    checkout.status = _CONFLICT
    checkout.form.problem = words
    if renew:
        # A definite refusal: what is sent next is another order, and so needs another key.
        checkout.key = new_idempotency_key()


async def _fit_cart(page: Page) -> None:
    """Bring the cart down to what is left, as the person has just agreed to."""
    carts = CartClient(page.gateway)
    for line in (await carts.cart()).items:
        if line.problem is None and line.can_order:
            continue
        if line.available and line.problem == "insufficient_stock":
            await carts.set_quantity(line.book_id, min(line.quantity, line.available))
        else:
            await carts.remove(line.book_id)


async def _known_delivery(page: Page) -> dict[str, str]:
    """Return name and address as they were given last, so that nobody types them twice."""
    with contextlib.suppress(GatewayError, TimeoutError):
        # Only to save typing: nobody waits long for it when it cannot be asked.
        async with asyncio.timeout(_KNOWN_DELIVERY_SECONDS):
            last = await OrdersClient(page.gateway).last_delivery()
            if last is not None:
                return {"name": last.name, "address": last.address}
            return {"name": (await AccountsClient(page.gateway).me()).full_name or ""}
    return {}


async def _show(page: Page, checkout: Checkout) -> Response:
    cart = await CartClient(page.gateway).cart()
    if not cart.items:
        page.flash("note", _("Your cart is empty."))
        return await page.go("/cart")
    changes = what_changed(checkout.shown, cart, checkout.short)
    return await page.show(
        "cart/checkout.html",
        status=checkout.status,
        fragments=("checkout",),
        cart=cart,
        form=checkout.form,
        key=checkout.key,
        changes=changes,
        packed=page_lines(cart),
        can_fit=any(line.problem for line in cart.items),
    )
