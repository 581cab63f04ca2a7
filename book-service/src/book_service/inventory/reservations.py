"""Reservations: book-service's side of the orders protocol.

A reservation is keyed by the order's id and every request for it may arrive late, twice or out of order. What has been
answered once is answered again the same way: a refusal and a release stay in the table as tombstones, so a delayed
request can never take copies for an order that has ended. ``states`` says what each request does.
"""

import json
from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.catalogue.errors import BookNotFound
from book_service.inventory import reasons
from book_service.inventory import repository as stock
from book_service.inventory import reservation_repository as repository
from book_service.inventory.errors import (
    InsufficientStock,
    ReservationCommitted,
    ReservationConflict,
    ReservationNotCommitted,
    ReservationNotFound,
    ReservationNotHeld,
    ReservationReleased,
    StockTooHigh,
)
from book_service.inventory.reservation_repository import AnyRow
from book_service.inventory.reservation_schemas import (
    Offer,
    Offers,
    Released,
    Reservation,
    ReservationLineRequest,
    ReservedLine,
    WriteOff,
)
from book_service.inventory.states import (
    Refusal,
    ReservationState,
    StockRequest,
    decide,
    decide_later_reserve,
)
from service_kit.database import Database, violated_constraint
from service_kit.database_failures import repeated_when_aborted
from service_kit.problems import DomainError

_LINES = TypeAdapter(list[ReservedLine])

_ERRORS: dict[Refusal, type[DomainError]] = {
    Refusal.INSUFFICIENT_STOCK: InsufficientStock,
    Refusal.CONFLICT: ReservationConflict,
    Refusal.RELEASED: ReservationReleased,
    Refusal.COMMITTED: ReservationCommitted,
    Refusal.NOT_HELD: ReservationNotHeld,
    Refusal.NOT_COMMITTED: ReservationNotCommitted,
}


class ReservationService:
    """Copies promised to orders."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency

    @repeated_when_aborted
    async def reserve(self, order_id: UUID, wanted: Sequence[ReservationLineRequest]) -> Reservation:
        """Hold all lines or none; asking again with the same lines gives the same answer.

        Raises ``InsufficientStock``, ``ReservationConflict``, ``ReservationReleased``.
        """
        quantities = _merged(wanted)
        requested = [{"book_id": str(book_id), "quantity": count} for book_id, count in quantities.items()]
        async with self._database.autocommit() as connection:
            row = await repository.reserve(connection, order_id, quantities, requested)
            refusal = Refusal.INSUFFICIENT_STOCK if row is not None and row.short_lines is not None else None
            if row is None:
                row = await _answered(connection, order_id)
                outcome = decide_later_reserve(ReservationState(row.state), same_lines=row.requested == requested)
                refusal = outcome.refusal
        if refusal is not None:
            _refuse(refusal, row)
        return self._present(order_id, row.state, row.lines)

    @repeated_when_aborted
    async def release(self, order_id: UUID, write_off: WriteOff | None = None) -> Released:
        """Give the copies back, and refuse every later reserve of this order; again changes nothing.

        With ``write_off``, copies of one book that become free are lost: they leave the shelf before anybody else can
        have them, as many as are free, and only when this call releases something.
        Raises ``ReservationCommitted``, ``BookNotFound`` for the book of the write-off.
        """
        written_off = 0
        if write_off is None:
            async with self._database.autocommit() as connection:
                row = await _release(connection, order_id)
        else:
            async with self._database.transaction() as session:
                row = await _release(session, order_id, more_book_ids=[write_off.book_id])
                if row is not None and row.state == ReservationState.HELD:
                    written_off = await _write_off(session, order_id, write_off)
        return Released(**dict(self._moved(StockRequest.RELEASE, order_id, row)), written_off=written_off)

    @repeated_when_aborted
    async def commit(self, order_id: UUID, *, actor: str) -> Reservation:
        """Take the held copies off the shelf; again changes nothing. Raises ``ReservationNotHeld``."""
        async with self._database.autocommit() as connection:
            row = await repository.move(
                connection, StockRequest.COMMIT, order_id, kind="sold", reason=reasons.SHIPPED, actor=actor
            )
        return self._moved(StockRequest.COMMIT, order_id, row)

    @repeated_when_aborted
    async def take_back(self, order_id: UUID, *, actor: str) -> Reservation:
        """Put shipped copies back on the shelf; again changes nothing.

        Raises ``ReservationNotCommitted``, ``StockTooHigh``.
        """
        try:
            async with self._database.autocommit() as connection:
                row = await repository.move(
                    connection, StockRequest.RETURN, order_id, kind="returned", reason=reasons.RETURNED, actor=actor
                )
        except IntegrityError as error:
            if violated_constraint(error) == "stock_levels_on_hand_check":
                raise StockTooHigh from error
            raise
        return self._moved(StockRequest.RETURN, order_id, row)

    async def get(self, order_id: UUID) -> Reservation:
        """Return an order's reservation. Raises ``ReservationNotFound``."""
        async with self._database.read() as connection:
            row = await repository.answered(connection, order_id)
        if row is None:
            raise ReservationNotFound
        return self._present(order_id, row.state, row.lines)

    async def offers(self, book_ids: Sequence[UUID]) -> Offers:
        """Return price and availability of books; those that are not in the catalogue are left out."""
        async with self._database.reader() as reader:
            rows = await repository.offers(reader, book_ids)
        return Offers(currency=self._currency, offers=[Offer(**row) for row in rows])

    def _moved(self, request: StockRequest, order_id: UUID, row: AnyRow | None) -> Reservation:
        """Answer a request that has found the reservation as ``row`` says, and moved what there was to move."""
        outcome = decide(request, None if row is None else ReservationState(row.state))
        if outcome.refusal is not None:
            _refuse(outcome.refusal, row)
        assert outcome.state is not None  # noqa: S101 (narrows the type: only a refusal leaves nothing there)
        return self._present(order_id, outcome.state, None if row is None else row.lines)

    def _present(self, order_id: UUID, state: str, lines: str | None) -> Reservation:
        return Reservation(
            order_id=order_id,
            state=ReservationState(state),
            currency=self._currency,
            lines=_LINES.validate_json(lines or "[]"),
        )


async def _answered(connection: AsyncConnection, order_id: UUID) -> AnyRow:
    row = await repository.answered(connection, order_id)
    assert row is not None  # noqa: S101 (nothing deletes a reservation)
    return row


async def _release(
    connection: AsyncConnection | AsyncSession, order_id: UUID, *, more_book_ids: Sequence[UUID] = ()
) -> AnyRow | None:
    row = await repository.move(connection, StockRequest.RELEASE, order_id, more_book_ids=more_book_ids)
    if row is None and not await repository.leave_tombstone(connection, order_id):
        # Its reserve was being carried out while the first statement looked, and has been since.
        row = await repository.move(connection, StockRequest.RELEASE, order_id, more_book_ids=more_book_ids)
    return row


async def _write_off(session: AsyncSession, order_id: UUID, lost: WriteOff) -> int:
    """Take lost copies of a book whose stock is locked off the shelf, as many as are free; return how many."""
    levels = await stock.levels(session, lost.book_id)
    if levels is None:
        raise BookNotFound
    quantity: int = min(lost.quantity, levels.available)
    if quantity:
        gone = stock.BookChange(lost.book_id, -quantity, lost.reason)
        await stock.change(session, [gone], kind="correction", actor=lost.actor, order_id=order_id)
    return quantity


def _refuse(refusal: Refusal, row: AnyRow | None) -> NoReturn:
    if refusal is Refusal.INSUFFICIENT_STOCK and row is not None:
        raise InsufficientStock(lines=json.loads(row.short_lines))
    if refusal in {Refusal.NOT_HELD, Refusal.NOT_COMMITTED}:
        raise _ERRORS[refusal](state=row and row.state)
    raise _ERRORS[refusal]


def _merged(wanted: Sequence[ReservationLineRequest]) -> dict[UUID, int]:
    quantities: dict[UUID, int] = {}
    for line in wanted:
        quantities[line.book_id] = quantities.get(line.book_id, 0) + line.quantity
    return dict(sorted(quantities.items()))
