"""``/orders``."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from order_service.dependencies import Customer, Orders, Reader, Saga
from order_service.orders.schemas import Order, OrderQuery, PlaceOrder
from service_kit.conditional import is_not_modified
from service_kit.idempotency import IdempotencyKey, respond
from service_kit.paging import Page, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/orders", tags=["orders"])

_ACCEPTED = {
    "model": Order,
    "description": "The stock could not be asked in time; the order is finished within seconds. Read it again.",
}
_REPEATED = {"model": Order, "description": "An earlier request placed this order, and it has moved on since."}


@router.post(
    "",
    status_code=201,
    response_model=Order,
    responses={200: _REPEATED, 202: _ACCEPTED, **problem_responses(400, 401, 403, 409, 413, 422, 503)},
)
async def place_order(
    request: Request, wanted: PlaceOrder, customer: Customer, key: IdempotencyKey, saga: Saga
) -> Response:
    """Order books at the prices of now, and have the copies held.

    409 `insufficient_stock` or `unknown_book` names each line that cannot be had; `price_changed` the new total.
    """
    placing = await saga.place(wanted, customer, key)
    return respond(request, placing.answer, replayed=placing.replayed)


@router.get("", responses=problem_responses(400, 401, 403, 422, 503))
async def list_orders(
    request: Request, response: Response, query: Annotated[OrderQuery, Query()], reader: Reader, orders: Orders
) -> Page[Order]:
    """List orders, newest first: your own, or with `orders:manage` everybody's."""
    page = await orders.find(query, reader)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.get(
    "/{order_id}",
    response_model=Order,
    responses={304: {"description": "Not modified"}, **problem_responses(401, 403, 404, 422, 503)},
)
async def get_order(
    order_id: UUID,
    reader: Reader,
    orders: Orders,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Order | Response:
    """Read an order with its lines and its timeline."""
    tagged = await orders.get(order_id, reader)
    if is_not_modified(if_none_match, tagged.etag):
        return Response(status_code=304, headers={"ETag": tagged.etag})
    response.headers["ETag"] = tagged.etag
    return tagged.order


@router.post("/{order_id}/cancel", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def cancel_order(order_id: UUID, customer: Customer, saga: Saga, response: Response) -> Order:
    """Cancel an order that has not been shipped; again gives the same answer. Its copies are given back."""
    tagged = await saga.cancel(order_id, customer)
    response.headers["ETag"] = tagged.etag
    return tagged.order
