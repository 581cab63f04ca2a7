"""From the cart to an order."""

import asyncio
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend import wording
from web_frontend.accounts.client import AccountsClient
from web_frontend.cart.client import (
    AlreadySent,
    Cart,
    CartClient,
    NotEnough,
    OrderWish,
    PlacedOrder,
    PriceChanged,
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
_SENTENCES = {
    "delivery": "Look at the name, the address and the note again",
    "items": "Your cart has changed meanwhile; look at it again",
}


@dataclass(slots=True)
class Checkout:
    """The checkout page: the form, the key of its order, and what is wrong with single lines."""

    form: FormView
    key: str
    status: int = 200
    line_messages: dict[str, str] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


@router.get("/checkout")
async def checkout_page(page: SignedInPage) -> Response:
    """Show what is to be ordered and ask where it goes."""
    kept = page.take_kept_input()
    if kept is not None:
        values = {name: kept.get(name, [""])[0] for name in ("name", "address", "note")}
        return await _show(page, Checkout(FormView(values), idempotency_key(Submitted(kept))))
    return await _show(page, Checkout(FormView(await _known_delivery(page)), new_idempotency_key()))


@router.post("/checkout")
async def place_order(page: SignedInPage, form: SignedInForm) -> Response:
    """Place the order that the form describes; sent twice, it is one order."""
    checkout = Checkout(checkout_form(form), idempotency_key(form), status=_UNPROCESSABLE)
    if form["do"] == "fit":
        await _fit_cart(page)
        return await _show(page, Checkout(FormView(checkout.form.values), new_idempotency_key()))
    lines = ordered_lines(form)
    if checkout.form.has_errors or not lines:
        return await _show(page, checkout)
    wish = OrderWish(lines, checkout.form.values, form["expected_total"], checkout.key)
    placed = await _place(page, checkout, wish, form)
    if placed is None:
        return await _show(page, checkout)
    if not placed.is_pending:
        # A pending order's page says itself how far it is.
        page.flash("ok", f"Thank you. Your order {placed.number} is placed.")
    return await page.go(f"/orders/{placed.order_id}")


async def _place(page: Page, checkout: Checkout, wish: OrderWish, form: Submitted) -> PlacedOrder | None:
    """Return the order that was taken, or None after noting in ``checkout`` why there is none."""
    try:
        return await CartClient(page.gateway).place(wish)
    except NotEnough as error:
        _explain_shortage(checkout, error, wish)
    except PriceChanged:
        await _explain_prices(page, checkout, form)
    except AlreadySent:
        _explain(checkout, "You have sent this order already. Look at your orders before you send another.", renew=True)
    except StillUnderWay:
        _explain(checkout, "Your order is on its way to us. Wait a moment and press again: it is never taken twice.")
    except Refused as error:
        if error.status != _UNPROCESSABLE:
            raise
        checkout.form.add_refusals(error.field_messages or [("", error.detail)], _SENTENCES)
        checkout.key = new_idempotency_key()
    return None


def _explain(checkout: Checkout, words: str, *, renew: bool = False) -> None:
    checkout.status = _CONFLICT
    checkout.form.problem = words
    if renew:
        # A definite refusal: what is sent next is another order, and so needs another key.
        checkout.key = new_idempotency_key()


def _explain_shortage(checkout: Checkout, shortage: NotEnough, wish: OrderWish) -> None:
    _explain(checkout, "Nothing was ordered: not all the copies that you asked for are left.", renew=True)
    wanted = {str(line["book_id"]): line["quantity"] for line in wish.lines}
    checkout.left = shortage.left
    for book_id, left in shortage.left.items():
        checkout.line_messages[book_id] = _shortage_words(wanted.get(book_id, "more"), left)


def _shortage_words(wanted: object, left: int) -> str:
    return f"You asked for {wanted}, and {left or 'none'} {'is' if left <= 1 else 'are'} left"


async def _explain_prices(page: Page, checkout: Checkout, form: Submitted) -> None:
    _explain(checkout, "Nothing was ordered: a price has changed. Look at the new total before you go on.", renew=True)
    before = dict(text.split(":", 1) for text in form.all("shown_price") if ":" in text)
    cart = await CartClient(page.gateway).cart()
    for line in cart.items:
        old = before.get(line.book_id)
        if old is not None and old != line.unit_price:
            now, was = wording.money(line.unit_price, cart.currency), wording.money(old, cart.currency)
            checkout.line_messages[line.book_id] = f"Now {now} instead of {was}"


async def _fit_cart(page: Page) -> None:
    """Bring the cart down to what is left, as the person has just agreed to."""
    carts = CartClient(page.gateway)
    for line in (await carts.cart()).items:
        if line.problem is None and line.can_order:
            continue
        if line.available and line.problem != "unavailable":
            await carts.set_quantity(line.book_id, min(line.quantity, line.available))
        else:
            await carts.remove(line.book_id)


async def _known_delivery(page: Page) -> dict[str, str]:
    """Return name and address as they were given last, so that nobody types them twice."""
    last, account = await asyncio.gather(
        OrdersClient(page.gateway).last_delivery(), AccountsClient(page.gateway).me(), return_exceptions=True
    )
    for outcome in (last, account):
        if isinstance(outcome, BaseException) and not isinstance(outcome, GatewayError):
            raise outcome
    delivery = None if isinstance(last, BaseException) else last
    if delivery is not None:
        return {"name": delivery.name, "address": delivery.address}
    return {"name": "" if isinstance(account, BaseException) else account.full_name or ""}


async def _show(page: Page, checkout: Checkout) -> Response:
    cart = await CartClient(page.gateway).cart()
    if not cart.items:
        page.flash("note", "Your cart is empty.")
        return await page.go("/cart")
    page.set_cart_count(cart.item_count)
    return await page.show(
        "cart/checkout.html",
        status=checkout.status,
        fragments=("checkout",),
        cart=cart,
        form=checkout.form,
        key=checkout.key,
        line_messages=checkout.line_messages | _line_messages(cart, checkout.line_messages),
        can_fit=bool(checkout.left) or any(line.problem for line in cart.items),
    )


def _line_messages(cart: Cart, known: dict[str, str]) -> dict[str, str]:
    messages = {}
    for line in cart.items:
        if line.problem == "unavailable":
            messages[line.book_id] = "This book is no longer in the catalogue"
        elif line.problem and line.book_id not in known:
            messages[line.book_id] = _shortage_words(line.quantity, line.available or 0)
    return messages
