"""In the place of book-service's SQL of reservations: the same functions on ``book_tables``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from book_service.inventory.states import (
    CHANGES,
    HOLD,
    CopiesMove,
    ReservationState,
    StockRequest,
    decide_first_reserve,
)
from proof.model.book_tables import BookRow, BookTables, MovementRow, ReservationRow
from proof.model.tables import Session, insert


async def reserve(
    connection: Session, order_id: UUID, quantities: Mapping[UUID, int], requested: Sequence[Mapping[str, Any]]
) -> SimpleNamespace | None:
    """Hold all of ``quantities`` or write down the refusal; None when the order has a reservation already."""
    async with connection.writes() as tables:
        if order_id in tables.reservations:
            return None
        short = tuple(
            _short(book_id, tables.books.get(book_id), wanted)
            for book_id, wanted in quantities.items()
            if _available(tables.books.get(book_id)) < wanted
        )
        outcome = decide_first_reserve(enough=not short)
        lines = () if short else tuple(_held(each, tables.books[each], wanted) for each, wanted in quantities.items())
        row = ReservationRow(str(outcome.state), tuple(dict(line) for line in requested), lines, short or None)
        insert(tables.reservations, order_id, row)
        _move(tables, HOLD, order_id, row)
        return _shown(row)


async def answered(connection: Session, order_id: UUID) -> SimpleNamespace | None:
    """Return what is kept of an order."""
    row = (await connection.reads()).reservations.get(order_id)
    return None if row is None else _shown(row)


async def move(  # noqa: PLR0913 (what goes into a row of the ledger)
    connection: Session,
    request: StockRequest,
    order_id: UUID,
    *,
    kind: str = "",
    reason: str = "",
    actor: str = "",
    more_book_ids: Sequence[UUID] = (),
) -> SimpleNamespace | None:
    """Carry out ``request`` if the reservation is in the state for it; return the ``state`` that it was found in."""
    del reason, actor, more_book_ids
    async with connection.writes() as tables:
        row = tables.reservations.get(order_id)
        if row is None:
            return None
        change = CHANGES[request]
        if row.state == change.before:
            _move(tables, change.move, order_id, row, kind)
            tables.reservations[order_id] = replace(row, state=change.after.value)
        return _shown(row)


async def leave_tombstone(connection: Session, order_id: UUID) -> bool:
    """Write that the order was released; False when something is known of it already."""
    async with connection.writes() as tables:
        if order_id in tables.reservations:
            return False
        tables.reservations[order_id] = ReservationRow(ReservationState.RELEASED.value)
        return True


def _move(tables: BookTables, move: CopiesMove, order_id: UUID, row: ReservationRow, kind: str = "") -> None:
    for book_id, quantity in row.quantities().items():
        book = tables.books[book_id]
        tables.books[book_id] = replace(
            book, on_hand=book.on_hand + move.on_hand * quantity, reserved=book.reserved + move.reserved * quantity
        )
        if move.on_hand:
            tables.note(MovementRow(book_id, move.on_hand * quantity, kind, order_id))


def _available(book: BookRow | None) -> int:
    return 0 if book is None else book.available


def _short(book_id: UUID, book: BookRow | None, wanted: int) -> dict[str, Any]:
    problem = "insufficient_stock" if book else "unknown_book"
    shown = {"book_id": str(book_id), "title": book and book.title, "wanted": wanted}
    return shown | {"available": _available(book), "problem": problem}


def _held(book_id: UUID, book: BookRow, quantity: int) -> dict[str, Any]:
    described: dict[str, Any] = {"title": book.title, "authors": [], "isbn13": None, "unit_price": f"{book.price:.2f}"}
    return {"book_id": str(book_id), "quantity": quantity} | described


def _shown(row: ReservationRow) -> SimpleNamespace:
    short = None if row.short_lines is None else json.dumps(row.short_lines)
    lines = json.dumps(row.lines) if row.lines else None
    return SimpleNamespace(state=row.state, requested=list(row.requested), short_lines=short, lines=lines)
