"""What may be done with the stock of a book."""

from uuid import UUID

from book_service.catalogue.errors import BookNotFound
from book_service.idempotency import IdempotencyKeyRow
from book_service.inventory import repository
from book_service.inventory.errors import StockBelowReserved, StockTooHigh
from book_service.inventory.models import HIGHEST_STOCK
from book_service.inventory.schemas import StockChange, StockChanged, StockLedger, StockMovement
from service_kit.database import Database
from service_kit.idempotency import EarlierRequest, IdempotentRequest, StoredAnswer, claim, complete, delete_expired
from service_kit.paging import cut_page, decode_cursor


class InventoryService:
    """The stock of each book and its ledger."""

    def __init__(self, database: Database) -> None:
        """Take the service's database."""
        self._database = database

    async def ledger(self, book_id: UUID, *, limit: int, encoded_cursor: str | None) -> StockLedger:
        """Return a page of the ledger, newest first. Raises ``BookNotFound``, ``InvalidCursor``."""
        scope = {"ledger": str(book_id)}
        cursor = decode_cursor(encoded_cursor, scope, key_types=[int])
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

    async def forget_old_keys(self) -> None:
        """Delete idempotency keys whose time is over."""
        async with self._database.transaction() as session:
            await delete_expired(session, IdempotencyKeyRow)

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
            levels = await repository.change_on_hand(session, book_id, wanted.change)
            if levels is None:
                now = await repository.levels_in_transaction(session, book_id)
                if now is None:
                    raise BookNotFound
                if now.on_hand + wanted.change > HIGHEST_STOCK:
                    raise StockTooHigh
                raise StockBelowReserved(on_hand=now.on_hand, reserved=now.reserved)
            movement = await repository.add_movement(
                session,
                book_id,
                change=wanted.change,
                kind=wanted.kind or ("received" if wanted.change > 0 else "correction"),
                reason=wanted.reason,
                actor=actor,
                on_hand_after=levels.on_hand,
            )
            changed = StockChanged(
                movement=StockMovement.model_validate(movement, from_attributes=True),
                **levels._mapping,  # noqa: SLF001
            )
            if key is not None:
                await complete(session, IdempotencyKeyRow, key, StoredAnswer(201, changed.model_dump_json()))
            return changed
