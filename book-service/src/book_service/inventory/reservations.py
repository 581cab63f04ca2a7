"""Reservations: book-service's side of the orders protocol.

A reservation is keyed by the order's id and every request for it may arrive late, twice or out of order. What has been
answered once is answered again the same way: a refusal and a release stay in the table as tombstones, so a delayed
request can never take copies for an order that has ended.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.inventory import repository
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
from book_service.inventory.models import Reservation as ReservationRecord
from book_service.inventory.repository import AnyRow
from book_service.inventory.schemas import (
    Offer,
    Offers,
    Reservation,
    ReservationLineRequest,
    ReservedLine,
    ShortLine,
)
from service_kit.database import Database


class ReservationService:
    """Copies promised to orders."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency

    async def reserve(self, order_id: UUID, wanted: Sequence[ReservationLineRequest]) -> Reservation:
        """Hold all lines or none; asking again with the same lines gives the same answer.

        Raises ``InsufficientStock``, ``ReservationConflict``, ``ReservationReleased``.
        """
        quantities = _merged(wanted)
        async with self._database.transaction() as session:
            requested = [{"book_id": str(book_id), "quantity": count} for book_id, count in quantities.items()]
            if await repository.begin_reservation(session, order_id, "held", requested):
                short = await self._hold(session, order_id, quantities)
            else:
                short = await self._held_before(session, order_id, requested)
            held = await repository.lines(session, order_id)
        # Raised outside, so that the refusal itself is kept.
        if short:
            raise InsufficientStock(lines=short)
        return self._present(order_id, "held", held)

    async def release(self, order_id: UUID) -> Reservation:
        """Give the copies back; a reservation that is not there yet will be refused when it comes.

        Raises ``ReservationCommitted``.
        """
        async with self._database.transaction() as session:
            if await repository.begin_reservation(session, order_id, "released", []):
                return self._present(order_id, "released", [])
            record = await repository.lock_reservation(session, order_id)
            if record.state in {"committed", "returned"}:
                raise ReservationCommitted
            if record.state == "held":
                quantities = _quantities(await repository.lines(session, order_id))
                await repository.lock_books(session, list(quantities))
                await repository.change_reserved(session, quantities, sign=-1)
                record.state = "released"
                record.updated_at = func.now()
            return self._present(order_id, "released", [])

    async def commit(self, order_id: UUID, *, actor: str) -> Reservation:
        """Take the held copies off the shelf for good; again, also after they came back, changes nothing.

        Raises ``ReservationNotHeld``.
        """
        async with self._database.transaction() as session:
            record = await repository.lock_reservation_if_any(session, order_id)
            if record is None or record.state not in {"held", "committed", "returned"}:
                raise ReservationNotHeld(state=record and record.state)
            lines = await repository.lines(session, order_id)
            if record.state == "held":
                quantities = _quantities(lines)
                await repository.lock_books(session, list(quantities))
                await repository.take_off_shelf(session, order_id, quantities, reason="Order shipped", actor=actor)
                record.state = "committed"
                record.updated_at = func.now()
            return self._present(order_id, record.state, lines)

    async def take_back(self, order_id: UUID, *, actor: str) -> Reservation:
        """Put shipped copies back on the shelf; again changes nothing.

        Raises ``ReservationNotCommitted``, ``StockTooHigh``.
        """
        async with self._database.transaction() as session:
            record = await repository.lock_reservation_if_any(session, order_id)
            if record is None or record.state not in {"committed", "returned"}:
                raise ReservationNotCommitted(state=record and record.state)
            lines = await repository.lines(session, order_id)
            if record.state == "committed":
                quantities = _quantities(lines)
                await repository.lock_books(session, list(quantities))
                if not await repository.put_back_on_shelf(
                    session, order_id, quantities, reason="Order returned", actor=actor
                ):
                    raise StockTooHigh
                record.state = "returned"
                record.updated_at = func.now()
            return self._present(order_id, record.state, lines)

    async def get(self, order_id: UUID) -> Reservation:
        """Return an order's reservation. Raises ``ReservationNotFound``."""
        async with self._database.read() as connection:
            record = await repository.reservation(connection, order_id)
            if record is None:
                raise ReservationNotFound
            held = await repository.lines(connection, order_id)
        return self._present(order_id, record.state, held)

    async def offers(self, book_ids: Sequence[UUID]) -> Offers:
        """Return price and availability of books; those that are not in the catalogue are left out."""
        async with self._database.read() as connection:
            rows = await repository.offers(connection, book_ids)
        return Offers(currency=self._currency, offers=[Offer.model_validate(row, from_attributes=True) for row in rows])

    async def _hold(self, session: AsyncSession, order_id: UUID, quantities: dict[UUID, int]) -> list[ShortLine]:
        books = {row.id: row for row in await repository.lock_books(session, list(quantities))}
        short = [
            _short_line(book_id, books.get(book_id), wanted)
            for book_id, wanted in quantities.items()
            if _available(books.get(book_id)) < wanted
        ]
        if short:
            record = await repository.lock_reservation(session, order_id)
            record.state = "refused"
            record.short_lines = [line.model_dump(mode="json") for line in short]
            return short
        await repository.change_reserved(session, quantities, sign=1)
        await repository.add_lines(
            session, [_held_line(order_id, books[book_id], count) for book_id, count in quantities.items()]
        )
        return []

    async def _held_before(
        self, session: AsyncSession, order_id: UUID, requested: list[dict[str, Any]]
    ) -> list[ShortLine]:
        record: ReservationRecord = await repository.lock_reservation(session, order_id)
        if record.state == "released":
            raise ReservationReleased
        if record.requested != requested:
            raise ReservationConflict
        return [ShortLine.model_validate(line) for line in record.short_lines or []]

    def _present(self, order_id: UUID, state: Any, held: Sequence[AnyRow]) -> Reservation:  # noqa: ANN401 (a CHECK)
        lines = [ReservedLine.model_validate(line, from_attributes=True) for line in held]
        return Reservation(order_id=order_id, state=state, currency=self._currency, lines=lines)


def _merged(wanted: Sequence[ReservationLineRequest]) -> dict[UUID, int]:
    quantities: dict[UUID, int] = {}
    for line in wanted:
        quantities[line.book_id] = quantities.get(line.book_id, 0) + line.quantity
    return dict(sorted(quantities.items()))


def _quantities(lines: Sequence[AnyRow]) -> dict[UUID, int]:
    return {line.book_id: line.quantity for line in lines}


def _available(book: AnyRow | None) -> int:
    return 0 if book is None or book.archived_at is not None else int(book.available)


def _short_line(book_id: UUID, book: AnyRow | None, wanted: int) -> ShortLine:
    title = None if book is None else book.title
    return ShortLine(book_id=book_id, title=title, wanted=wanted, available=_available(book))


def _held_line(order_id: UUID, book: AnyRow, quantity: int) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "book_id": book.id,
        "quantity": quantity,
        "title": book.title,
        "authors": book.authors,
        "isbn13": book.isbn13,
        "unit_price": book.price,
    }
