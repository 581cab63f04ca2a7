"""What may be done with the stock of a book."""

from collections.abc import Sequence
from uuid import UUID

from book_service.catalogue.errors import BookNotFound
from book_service.idempotency import IdempotencyKeyRow
from book_service.inventory import repository
from book_service.inventory.gauges import COPIES_RESERVED, RESERVATIONS_HELD
from book_service.inventory.limits import MOST_HOLDERS, held_copies, limit_problem
from book_service.inventory.repository import COUNT_LIMIT, AnyRow, BookChange
from book_service.inventory.schemas import (
    HeldReservations,
    LowStockBook,
    LowStockPage,
    StockChange,
    StockChanged,
    StockLedger,
    StockMovement,
    StockOfBook,
    StockOfBooks,
)
from service_kit.database import Database
from service_kit.database_failures import repeated_when_aborted
from service_kit.idempotency import EarlierRequest, IdempotentRequest, StoredAnswer, claim, complete, delete_expired
from service_kit.paging import INT4, INT8, cut_page, decode_cursor


class InventoryService:
    """The stock of each book and its ledger."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database

    async def ledger(self, book_id: UUID, *, limit: int, encoded_cursor: str | None) -> StockLedger:
        """Return a page of the ledger, newest first. Raises ``BookNotFound``, ``InvalidCursor``."""
        scope = {"ledger": str(book_id)}
        cursor = decode_cursor(encoded_cursor, scope, key_types=[INT8])
        async with self._database.read() as connection:
            levels = await repository.levels(connection, book_id)
            if levels is None:
                raise BookNotFound
            rows = await repository.movements(connection, book_id, cursor, limit)
            total = await repository.count_movements(connection, book_id)
        page = cut_page(rows, limit=limit, cursor=cursor, query=scope, keys=lambda row: (row.id,))
        return StockLedger(
            items=[StockMovement.model_validate(row, from_attributes=True) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=total,
            **levels._mapping,  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)
        )

    async def levels_of(self, book_ids: Sequence[UUID]) -> StockOfBooks:
        """Return how many copies there are of each of these books."""
        async with self._database.read() as connection:
            rows = await repository.levels_of(connection, book_ids)
        return StockOfBooks(items=[StockOfBook.model_validate(row, from_attributes=True) for row in rows])

    async def holders(self, book_id: UUID) -> HeldReservations:
        """Return who holds the reserved copies of a book, newest first. Raises ``BookNotFound``."""
        async with self._database.read() as connection:
            if await repository.levels(connection, book_id) is None:
                raise BookNotFound
            found = (await repository.holders(connection, [book_id], limit=MOST_HOLDERS))[book_id]
        return HeldReservations(items=held_copies(found), total=found[0].total if found else 0)

    async def low_stock(self, *, at_most: int, limit: int, encoded_cursor: str | None) -> LowStockPage:
        """Return a page of the books with at most so many copies available, fewest first. Raises ``InvalidCursor``."""
        scope = {"low stock": at_most}
        cursor = decode_cursor(encoded_cursor, scope, key_types=[INT4, UUID])
        async with self._database.read() as connection:
            rows = await repository.low_stock(connection, at_most, cursor, limit)
            total = await repository.count_low_stock(connection, at_most)
            page = cut_page(rows, limit=limit, cursor=cursor, query=scope, keys=_place_in_low_stock)
            sold = await repository.sold_lately(connection, [row.book_id for row in page.rows])
        return LowStockPage(
            items=[
                LowStockBook(**row._mapping, sold_30_days=sold.get(row.book_id, 0))  # noqa: SLF001 (SQLAlchemy's API)
                for row in page.rows
            ],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=min(total, COUNT_LIMIT),
            total_is_estimate=total > COUNT_LIMIT,
        )

    async def measure(self) -> None:
        """Bring the gauges of what is held up to date."""
        async with self._database.read() as connection:
            held = await repository.held(connection)
        RESERVATIONS_HELD.set(held.reservations)
        COPIES_RESERVED.set(held.copies)

    async def forget_old_keys(self) -> None:
        """Delete idempotency keys whose time is over."""
        async with self._database.transaction() as session:
            await delete_expired(session, IdempotencyKeyRow)

    @repeated_when_aborted
    async def change(
        self, book_id: UUID, wanted: StockChange, *, actor: str, key: IdempotentRequest | None
    ) -> StockChanged | StoredAnswer:
        """Write a movement, once for a key; a repeated request gets the first one's answer.

        Raises ``BookNotFound``, ``StockBelowReserved``, ``StockTooHigh``, and what ``claim`` raises.
        """
        async with self._database.transaction() as session:
            earlier: EarlierRequest | None = await claim(session, IdempotencyKeyRow, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return earlier.answer
            kind = wanted.kind or ("received" if wanted.change > 0 else "correction")
            book_change = BookChange(book_id, wanted.change, wanted.reason)
            row = (await repository.change(session, [book_change], kind=kind, actor=actor)).get(book_id)
            if row is None:
                raise BookNotFound
            if row.id is None:
                holders = await repository.holders(session, [book_id], limit=MOST_HOLDERS)
                raise limit_problem(row, wanted.change, holders[book_id])
            changed = StockChanged(
                movement=StockMovement.model_validate(row, from_attributes=True),
                on_hand=row.on_hand,
                reserved=row.reserved,
                available=row.available,
            )
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, StoredAnswer(201, changed.model_dump_json()))
            return changed


def _place_in_low_stock(row: AnyRow) -> tuple[int, str]:
    return row.available, str(row.book_id)
