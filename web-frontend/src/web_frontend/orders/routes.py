"""Orders: the history, the receipt, cancelling, and what staff does with one order. Boards have files of their own."""

import asyncio
import re
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.cart.forms import idempotency_key, new_idempotency_key
from web_frontend.dependencies import SignedInForm, SignedInPage, StaffPage
from web_frontend.gateway_problems import GatewayError, Refused
from web_frontend.links import with_query
from web_frontend.orders import board_routes, work_routes
from web_frontend.orders.client import NotCancellable, NotPossible, OrdersClient, StillUnderWay
from web_frontend.orders.journey import journey_of
from web_frontend.orders.order import Order, OrderPage, StaffAction
from web_frontend.orders.parked_work import ParkedWork, ParkedWorkClient
from web_frontend.pages import Page

router = APIRouter()
router.include_router(board_routes.router)
router.include_router(work_routes.router)

_CONFLICT = 409
_LONGEST_CURSOR = 2000
_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"(?:q\s*-?\s*|#\s*)?([0-9]{1,18})", re.IGNORECASE)
_DONE: dict[StaffAction, str] = {
    "ship": N_("Order %(number)s is on its way. Its copies have left the shelf."),
    "deliver": N_("Order %(number)s is marked as delivered."),
    "return": N_("Order %(number)s is taken back. Its copies are on the shelf again."),
}
_UNDER_WAY = N_("What you sent is being worked on. Look again in a moment.")


@router.get("/orders")
async def history(page: SignedInPage) -> Response:
    """Show one's own orders, newest first, or the one with a number."""
    typed = page.request.query_params.get("q", "").strip()[:_LONGEST_NUMBER]
    cursor = page.request.query_params.get("cursor", "")[:_LONGEST_CURSOR]
    # Other words are looked for in everybody's orders, so order-service takes a number alone.
    number = _NUMBER.fullmatch(typed)
    query = [("q", f"Q-{number[1]}")] if number else []
    try:
        place = [("cursor", cursor)] if cursor else []
        found = OrderPage(items=[]) if typed and not number else await OrdersClient(page.gateway).find([*query, *place])
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go("/orders")
    previous, following = (
        with_query("/orders", [*query, ("cursor", place)]) if place else ""
        for place in (found.prev_cursor, found.next_cursor)
    )
    return await page.show(
        "orders/history.html",
        fragments=("orders",),
        found=found,
        typed=typed,
        previous=previous,
        following=following,
    )


@router.get("/orders/{order_id}")
async def order_page(page: SignedInPage, order_id: UUID) -> Response:
    """Show an order: what was bought, where it goes, how far it is. It is also the receipt to print."""
    order, parked = await asyncio.gather(OrdersClient(page.gateway).order(str(order_id)), _parked(page, order_id))
    if order.progress:
        # Once it is placed, its books leave the cart.
        page.badges.cart.will_change()
    if page.is_partial and order.progress and page.request.query_params.get("seen") == order.progress:
        # Nothing new: what is shown stays, with the focus and the selection in it.
        return Response(status_code=204, headers={"Cache-Control": "no-store", "Vary": "HX-Request-Type"})
    return await _show(page, order, parked)


@router.get("/orders/{order_id}/cancel")
async def cancel_page(page: SignedInPage, order_id: UUID) -> Response:
    """Ask whether to cancel."""
    order = await OrdersClient(page.gateway).order(str(order_id))
    return await page.show("orders/cancel.html", order=order, key=new_idempotency_key())


@router.post("/orders/{order_id}/cancel")
async def cancel(page: SignedInPage, form: SignedInForm, order_id: UUID) -> Response:
    """Cancel the order."""
    orders = OrdersClient(page.gateway)
    try:
        order = await orders.cancel(str(order_id), idempotency_key=idempotency_key(form))
    except NotCancellable:
        order = await orders.order(str(order_id))
        return await page.show("orders/cancel.html", status=_CONFLICT, whole=True, order=order, key="")
    except StillUnderWay:
        page.flash("note", _(_UNDER_WAY))
    else:
        page.flash("ok", _("Order %(number)s is cancelled.", number=order.number))
    return await page.go(f"/orders/{order_id}")


@router.get("/orders/{order_id}/{what}")
async def back_to_order(page: SignedInPage, order_id: UUID, what: StaffAction) -> Response:
    """Lead to the order's page, where the buttons are: somebody signed in again, or reloaded."""
    del what
    return await page.go(f"/orders/{order_id}")


@router.post("/orders/{order_id}/{what}")
async def advance(page: StaffPage, form: SignedInForm, order_id: UUID, what: StaffAction) -> Response:
    """Ship the order, mark it as delivered or take it back."""
    orders = OrdersClient(page.gateway)
    try:
        order = await orders.advance(str(order_id), what, idempotency_key=idempotency_key(form))
    except NotPossible:
        order, parked = await asyncio.gather(orders.order(str(order_id)), _parked(page, order_id))
        refused = f"{_('The order has changed meanwhile.')} {order.standing}"
        return await _show(page, order, parked, refused=refused)
    except StillUnderWay:
        page.flash("note", _(_UNDER_WAY))
    else:
        page.flash("ok", _(_DONE[what], number=order.number))
    return await page.go(f"/orders/{order_id}")


async def _show(page: Page, order: Order, parked: list[ParkedWork], *, refused: str = "") -> Response:
    return await page.show(
        "orders/order.html",
        status=_CONFLICT if refused else 200,
        fragments=("order",),
        whole=bool(refused),
        order=order,
        journey=journey_of(order),
        parked=parked,
        refused=refused,
        key=new_idempotency_key(),
        is_staff=page.may("orders:manage"),
    )


async def _parked(page: Page, order_id: UUID) -> list[ParkedWork]:
    """Return what of the order waits for staff; an order shows without it, too."""
    if not page.may("orders:manage"):
        return []
    try:
        return await ParkedWorkClient(page.gateway).of_order(str(order_id))
    except GatewayError:
        return []
