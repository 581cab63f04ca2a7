"""Orders: the history, the receipt, cancelling, the staff's list and what staff does with an order."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.dependencies import SignedInForm, SignedInPage, StaffPage
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.links import with_query
from web_frontend.orders.client import (
    STATUS_WORDS,
    NotCancellable,
    NotPossible,
    Order,
    OrderPage,
    OrdersClient,
    StaffAction,
)
from web_frontend.pages import Page

router = APIRouter()

_CONFLICT = 409
_LONGEST_CUSTOMER = 320
_DONE: dict[StaffAction, str] = {
    "ship": "is on its way. Its copies have left the shelf",
    "deliver": "is marked as delivered",
    "return": "is taken back. Its copies are on the shelf again",
}


@router.get("/orders")
async def history(page: SignedInPage) -> Response:
    """Show one's own orders, newest first."""
    return await _show_list(page, "orders/history.html", "/orders", own_filters=[], fixed=[])


@router.get("/staff/orders")
async def all_orders(page: StaffPage) -> Response:
    """Show everybody's orders, by status or customer."""
    query = page.request.query_params
    statuses = [status for status in query.getlist("status") if status in STATUS_WORDS]
    customer = " ".join(query.get("customer", "").split())[:_LONGEST_CUSTOMER]
    filters = [("status", status) for status in statuses] + ([("customer", customer)] if customer else [])
    return await _show_list(
        page,
        "orders/staff.html",
        "/staff/orders",
        own_filters=filters,
        fixed=[("all", "true")],
        statuses=STATUS_WORDS,
        chosen=statuses,
        customer=customer,
    )


async def _show_list(
    page: Page,
    template: str,
    path: str,
    *,
    own_filters: QueryValues,
    fixed: QueryValues,
    **context: Any,  # noqa: ANN401 (whatever the template shows)
) -> Response:
    cursor = page.request.query_params.get("cursor", "")[:2000]
    place = [("cursor", cursor)] if cursor else []
    try:
        found = await OrdersClient(page.gateway).find([*own_filters, *fixed, *place])
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(with_query(path, own_filters))
    previous, following = _neighbours(path, own_filters, found)
    return await page.show(
        template, fragments=("orders",), found=found, previous=previous, following=following, **context
    )


def _neighbours(path: str, filters: QueryValues, found: OrderPage) -> tuple[str, str]:
    cursors = (found.prev_cursor, found.next_cursor)
    previous, following = (with_query(path, [*filters, ("cursor", cursor)]) if cursor else "" for cursor in cursors)
    return previous, following


@router.get("/orders/{order_id}")
async def order_page(page: SignedInPage, order_id: UUID) -> Response:
    """Show an order: what was bought, where it goes, how far it is. It is also the receipt to print."""
    order = await OrdersClient(page.gateway).order(str(order_id))
    return await page.show("orders/order.html", fragments=("order",), order=order, refused=None)


@router.get("/orders/{order_id}/cancel")
async def cancel_page(page: SignedInPage, order_id: UUID) -> Response:
    """Ask whether to cancel."""
    order = await OrdersClient(page.gateway).order(str(order_id))
    return await page.show("orders/cancel.html", order=order)


@router.post("/orders/{order_id}/cancel")
async def cancel(page: SignedInPage, _form: SignedInForm, order_id: UUID) -> Response:
    """Cancel the order."""
    orders = OrdersClient(page.gateway)
    try:
        order = await orders.cancel(str(order_id))
    except NotCancellable:
        order = await orders.order(str(order_id))
        return await page.show("orders/cancel.html", status=_CONFLICT, whole=True, order=order)
    page.flash("ok", f"Order {order.number} is cancelled.")
    return await page.go(f"/orders/{order_id}")


@router.get("/orders/{order_id}/{what}")
async def back_to_order(page: SignedInPage, order_id: UUID, what: StaffAction) -> Response:
    """Lead to the order's page, where the buttons are: somebody signed in again, or reloaded."""
    del what
    return await page.go(f"/orders/{order_id}")


@router.post("/orders/{order_id}/{what}")
async def advance(page: StaffPage, _form: SignedInForm, order_id: UUID, what: StaffAction) -> Response:
    """Ship the order, mark it as delivered or take it back."""
    orders = OrdersClient(page.gateway)
    try:
        order = await orders.advance(str(order_id), what)
    except NotPossible:
        return await _show_as_it_is(page, await orders.order(str(order_id)))
    page.flash("ok", f"Order {order.number} {_DONE[what]}.")
    return await page.go(f"/orders/{order_id}")


async def _show_as_it_is(page: Page, order: Order) -> Response:
    refused = f"The order has changed meanwhile. It is: {order.status_words.lower()}."
    return await page.show("orders/order.html", status=_CONFLICT, whole=True, order=order, refused=refused)
