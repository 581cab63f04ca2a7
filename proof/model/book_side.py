"""book-service: its reservations as they are, behind the paths at which order-service asks."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2

from book_service.inventory.reservation_schemas import ReleaseRequest, Reservation, ReservationRequest
from book_service.inventory.reservations import ReservationService
from proof.model.book_tables import BookRow, BookTables, MovementRow
from proof.model.clock import Clock
from proof.model.network import Message
from proof.model.tables import TablesDatabase
from service_kit.problems import DomainError

_ACTOR = "order-service"


class BookSide:
    """Stock, ledger and reservations."""

    def __init__(self, clock: Clock, *, currency: str) -> None:
        """Begin without a book."""
        self.tables = BookTables(clock)
        database: Any = TablesDatabase(self.tables)
        self._reservations = ReservationService(database, currency=currency)

    def add_book(self, book_id: UUID, *, price: Decimal, copies: int) -> None:
        """Begin to sell a book."""
        self.tables.books[book_id] = BookRow(f"Book {book_id.int}", price, copies)
        self.tables.note(MovementRow(book_id, copies, "received"))

    async def answer(self, message: Message) -> httpx2.Response:
        """Carry out a request of order-service."""
        try:
            reservation = await self._carry_out(message)
        except DomainError as problem:
            members = {"code": problem.code, "title": problem.title, "status": problem.status} | problem.extra
            return httpx2.Response(problem.status, json=members)
        return httpx2.Response(200, json=reservation.model_dump(mode="json"))

    async def _carry_out(self, message: Message) -> Reservation:
        _, _, order, *rest = message.path.split("/")
        order_id = UUID(order)
        match message.method, *rest:
            case ("PUT",):
                wanted = ReservationRequest.model_validate(message.body)
                return await self._reservations.reserve(order_id, wanted.lines)
            case ("GET",):
                return await self._reservations.get(order_id)
            case "POST", "release":
                asked = ReleaseRequest.model_validate(message.body or {})
                return await self._reservations.release(order_id, asked.write_off)
            case "POST", "commit":
                return await self._reservations.commit(order_id, actor=_ACTOR)
            case "POST", "return":
                return await self._reservations.take_back(order_id, actor=_ACTOR)
        error = f"no such request: {message}"
        raise ValueError(error)
