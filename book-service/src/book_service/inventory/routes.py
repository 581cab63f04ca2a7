"""``/books/{id}/stock``: the ledger and changes to it, counting, and what runs low."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from book_service.dependencies import Inventory, StockKeeper, Stocktakes
from book_service.inventory.models import HIGHEST_STOCK
from book_service.inventory.schemas import (
    HeldReservations,
    LowStockPage,
    StockChange,
    StockChanged,
    StockLedger,
    StockOfBooks,
)
from book_service.inventory.stocktake_schemas import StockCount, StockCounted, Stocktake, StocktakeResults
from service_kit.idempotency import IdempotencyKey, StoredAnswer, replay
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, link_header
from service_kit.problems import problem_responses

LOW = 2
MOST_BOOKS = 50
"""Books whose levels are told in one answer."""

router = APIRouter(prefix="/books", tags=["stock"])

all_books = APIRouter(prefix="/books", tags=["stock"])
"""Paths that would be taken for a book's id: this router has to come before that of the catalogue."""

_WRITE = problem_responses(400, 401, 403, 404, 409, 413, 422)


@all_books.get("/low-stock", responses=problem_responses(400, 401, 403, 422))
async def get_low_stock(
    request: Request,
    response: Response,
    keeper: StockKeeper,
    inventory: Inventory,
    at_most: Annotated[int, Query(ge=0, le=HIGHEST_STOCK, description="Copies that are available.")] = LOW,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> LowStockPage:
    """List the books of which few copies are available, fewest first, without archived ones."""
    del keeper
    page = await inventory.low_stock(at_most=at_most, limit=limit, encoded_cursor=cursor)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@all_books.get("/stock-levels", responses=problem_responses(401, 403, 422))
async def get_stock_levels(
    keeper: StockKeeper,
    inventory: Inventory,
    book_id: Annotated[list[UUID], Query(min_length=1, max_length=MOST_BOOKS, description="Once for each book.")],
) -> StockOfBooks:
    """Read how many copies there are of each of several books; one that does not exist is left out."""
    del keeper
    return await inventory.levels_of(book_id)


@all_books.post(
    "/stocktake", response_model=StocktakeResults, responses=problem_responses(400, 401, 403, 409, 413, 422)
)
async def count_many(
    request: Request, wanted: Stocktake, keeper: StockKeeper, stocktakes: Stocktakes, key: IdempotencyKey
) -> StocktakeResults | Response:
    """Correct the stock of many books to what was counted, each book by itself: one may fail and the others not."""
    results = await stocktakes.count_many(wanted, actor=keeper.subject, key=key)
    return replay(request, results) if isinstance(results, StoredAnswer) else results


@router.get("/{book_id}/stock", responses=problem_responses(400, 401, 403, 404, 422))
async def get_stock(
    request: Request,
    response: Response,
    book_id: UUID,
    keeper: StockKeeper,
    inventory: Inventory,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> StockLedger:
    """Read how many copies there are and why: the ledger, newest first."""
    del keeper
    ledger = await inventory.ledger(book_id, limit=limit, encoded_cursor=cursor)
    response.headers.update(link_header(request, next_cursor=ledger.next_cursor, prev_cursor=ledger.prev_cursor))
    return ledger


@router.post("/{book_id}/stock", status_code=201, response_model=StockChanged, responses=_WRITE)
async def change_stock(
    request: Request,
    book_id: UUID,
    change: StockChange,
    keeper: StockKeeper,
    inventory: Inventory,
    key: IdempotencyKey,
) -> StockChanged | Response:
    """Write copies that came or went into the ledger: a difference with a reason, never a total.

    A loss that would take promised copies is 409 `stock_below_reserved`, with the `orders` that hold them.
    """
    changed = await inventory.change(book_id, change, actor=keeper.subject, key=key)
    return replay(request, changed) if isinstance(changed, StoredAnswer) else changed


@router.get("/{book_id}/stock/reservations", responses=problem_responses(401, 403, 404, 422))
async def get_holders(book_id: UUID, keeper: StockKeeper, inventory: Inventory) -> HeldReservations:
    """Read which orders hold the reserved copies of a book, newest first."""
    del keeper
    return await inventory.holders(book_id)


@router.post("/{book_id}/stock/count", status_code=201, response_model=StockCounted, responses=_WRITE)
async def count_stock(
    request: Request,
    book_id: UUID,
    wanted: StockCount,
    keeper: StockKeeper,
    stocktakes: Stocktakes,
    key: IdempotencyKey,
) -> StockCounted | Response:
    """Correct a book's stock to the copies that were counted, whatever has moved since they were.

    The correction is `counted` minus what the ledger had at `as_of` (or at `counted_at`, or else has now), and it is
    applied to what is there now. One that would take promised copies is 409 `stock_below_reserved`.
    """
    counted = await stocktakes.count(book_id, wanted, actor=keeper.subject, key=key)
    return replay(request, counted) if isinstance(counted, StoredAnswer) else counted
