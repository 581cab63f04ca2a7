"""``/orders``."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from order_service.dependencies import (
    Board,
    Bulk,
    Customer,
    Figures,
    Manager,
    Orders,
    Parked,
    Reader,
    Saga,
    StockManager,
    WriteOffs,
)
from order_service.orders.figures_schemas import MOST_DAYS, SalesFigures
from order_service.orders.schemas import Order, OrderQuery, PlaceOrder
from order_service.orders.staff_schemas import (
    BulkChange,
    BulkResults,
    ParkedList,
    Resolution,
    Summary,
    WriteOffDone,
    WriteOffOrders,
)
from order_service.orders.states import OrderEvent, StockStep
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
_UNTOLD = {
    "model": WriteOffDone,
    "description": "The orders are cancelled; book-service is told within seconds.",
}
_BULK_PROBLEMS = problem_responses(400, 401, 403, 409, 413, 422, 503)
_CHANGE_PROBLEMS = problem_responses(400, 401, 403, 404, 409, 413, 422, 503)


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
    request: Request, response: Response, query: Annotated[OrderQuery, Query()], reader: Reader, board: Board
) -> Page[Order]:
    """List orders: your own, or with `orders:manage` everybody's.

    A page may end early, even empty, when many orders had to be looked at: `next_cursor` goes on behind them.
    """
    page = await board.find(query, reader)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.get("/summary", responses=problem_responses(401, 403, 503))
async def get_summary(_staff: Manager, board: Board) -> Summary:
    """Count the orders of each status, and what needs a person's eye."""
    return await board.summary()


@router.get("/figures", responses=problem_responses(401, 403, 422, 503))
async def get_figures(
    _staff: Manager,
    figures: Figures,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="Days that are told of, today among them.")] = 30,
) -> SalesFigures:
    """Tell what was sold on each of the last days, and which books most: orders that were placed and not taken back."""
    return await figures.sales(days)


@router.post("/bulk", response_model=BulkResults, responses=_BULK_PROBLEMS)
async def change_orders(
    request: Request, wanted: BulkChange, staff: Manager, key: IdempotencyKey, bulk: Bulk
) -> Response:
    """Ship, deliver or cancel many orders, each by itself: the answer says of each what became of it."""
    changed = await bulk.change(wanted, staff, key)
    return respond(request, changed.answer, replayed=changed.replayed)


@router.get("/parked", responses=problem_responses(401, 403, 503))
async def list_parked_work(_staff: Manager, parked: Parked) -> ParkedList:
    """List what book-service could not be told and what waits for a person, the longest first."""
    return await parked.find()


@router.post("/parked/{order_id}/{step}/retry", status_code=204, responses=problem_responses(401, 403, 404, 422, 503))
async def retry_parked_work(order_id: UUID, step: StockStep, _staff: Manager, parked: Parked) -> None:
    """Try parked work again, at once."""
    await parked.retry(order_id, step)


@router.post(
    "/parked/{order_id}/{step}/resolve",
    status_code=204,
    responses=problem_responses(400, 401, 403, 404, 413, 422, 503),
)
async def resolve_parked_work(
    order_id: UUID, step: StockStep, resolution: Resolution, staff: Manager, parked: Parked
) -> None:
    """Drop parked work that you have settled by hand; the order's timeline keeps who did and the note."""
    await parked.resolve(order_id, step, resolution.note, staff)


@router.post(
    "/write-offs",
    response_model=WriteOffDone,
    responses={202: _UNTOLD, **_CHANGE_PROBLEMS},
)
async def write_off_copies(
    request: Request, wanted: WriteOffOrders, staff: StockManager, key: IdempotencyKey, write_offs: WriteOffs
) -> Response:
    """Cancel placed orders whose copies of a book are lost, and take the copies off the shelf as they come free.

    All of the orders or none: 409 `order_not_cancellable` and 422 `book_not_in_order` name those that are in the way.
    """
    written_off = await write_offs.write_off(wanted, staff, key)
    return respond(request, written_off.answer, replayed=written_off.replayed)


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


@router.post("/{order_id}/cancel", response_model=Order, responses=_CHANGE_PROBLEMS)
async def cancel_order(
    request: Request, order_id: UUID, customer: Customer, key: IdempotencyKey, saga: Saga
) -> Response:
    """Cancel an order that has not been shipped; again gives the same answer. Its copies are given back."""
    changed = await saga.change(order_id, OrderEvent.CANCEL, customer, key)
    return respond(request, changed.answer, replayed=changed.replayed)


@router.post("/{order_id}/ship", response_model=Order, responses=_CHANGE_PROBLEMS)
async def ship_order(request: Request, order_id: UUID, staff: Manager, key: IdempotencyKey, saga: Saga) -> Response:
    """Ship a placed order: its copies leave the shelf. Again gives the order as it is; 409 `order_not_shippable`."""
    changed = await saga.change(order_id, OrderEvent.SHIP, staff, key)
    return respond(request, changed.answer, replayed=changed.replayed)


@router.post("/{order_id}/deliver", response_model=Order, responses=_CHANGE_PROBLEMS)
async def deliver_order(request: Request, order_id: UUID, staff: Manager, key: IdempotencyKey, saga: Saga) -> Response:
    """Note that a shipped order has arrived. Again gives the order as it is; 409 `order_not_deliverable`."""
    changed = await saga.change(order_id, OrderEvent.DELIVER, staff, key)
    return respond(request, changed.answer, replayed=changed.replayed)


@router.post("/{order_id}/return", response_model=Order, responses=_CHANGE_PROBLEMS)
async def return_order(request: Request, order_id: UUID, staff: Manager, key: IdempotencyKey, saga: Saga) -> Response:
    """Take a delivered order back: its copies return to the shelf. Again gives the same; 409 `order_not_returnable`."""
    changed = await saga.change(order_id, OrderEvent.RETURN, staff, key)
    return respond(request, changed.answer, replayed=changed.replayed)
