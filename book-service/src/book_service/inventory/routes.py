"""``/books/{id}/stock``: the ledger and changes to it."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from book_service.dependencies import Inventory, StockKeeper
from book_service.inventory.schemas import StockChange, StockChanged, StockLedger
from service_kit.idempotency import IdempotencyKey, StoredAnswer, replay
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/books", tags=["stock"])


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


@router.post(
    "/{book_id}/stock",
    status_code=201,
    response_model=StockChanged,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 422),
)
async def change_stock(
    request: Request,
    book_id: UUID,
    change: StockChange,
    keeper: StockKeeper,
    inventory: Inventory,
    key: IdempotencyKey,
) -> StockChanged | Response:
    """Write copies that came or went into the ledger: a difference with a reason, never a total."""
    changed = await inventory.change(book_id, change, actor=keeper.subject, key=key)
    return replay(request, changed) if isinstance(changed, StoredAnswer) else changed
