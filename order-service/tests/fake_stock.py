"""A stand-in for book-service's internal API: right by itself, and wrong in the ways that a test asks for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from service_kit.identifiers import new_id

LONGER_THAN_ANYONE_WAITS = 30.0

Fault = Callable[[Callable[[], Response]], Any]
"""Wraps the carrying out of a request: it may do it or not, and answer something else."""


class Held:
    """A fault that keeps requests waiting, unserved, until they are let go."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self, apply: Callable[[], Response]) -> Response:
        self.arrived.set()
        await self.let_go.wait()
        return apply()


class Delayed:
    """A fault: the request travels on after its sender has given up."""

    def __init__(self) -> None:
        self._apply: Callable[[], Response] | None = None

    async def __call__(self, apply: Callable[[], Response]) -> Response:
        self._apply = apply
        await asyncio.sleep(LONGER_THAN_ANYONE_WAITS)
        return PlainTextResponse("never")

    def deliver(self) -> Response:
        """Let the request arrive."""
        assert self._apply is not None
        return self._apply()


class AnsweredLate:
    """A fault that carries a request out at once, and answers when the test lets it."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self, apply: Callable[[], Response]) -> Response:
        answer = apply()
        self.arrived.set()
        await self.let_go.wait()
        return answer


@dataclass
class Book:
    title: str
    price: Decimal
    on_hand: int
    id: UUID = field(default_factory=new_id)
    reserved: int = 0
    archived: bool = False

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


def _problem(book: Book | None) -> str:
    if book is None:
        return "unknown_book"
    return "archived_book" if book.archived else "insufficient_stock"


class FakeStock:
    """Keeps reservations as book-service does: keyed by the order, refusals and releases for good."""

    def __init__(self) -> None:
        self.books: dict[UUID, Book] = {}
        self.reservations: dict[UUID, dict[str, Any]] = {}
        self.calls: list[tuple[str, UUID]] = []
        self.corrections: list[tuple[str, int, str, str]] = []
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.app = Starlette(
            routes=[
                Route("/internal/reservations/{order_id:uuid}", self._reserve, methods=["PUT"]),
                Route("/internal/reservations/{order_id:uuid}", self._get, methods=["GET"]),
                Route("/internal/reservations/{order_id:uuid}/release", self._release, methods=["POST"]),
                Route("/internal/reservations/{order_id:uuid}/commit", self._commit, methods=["POST"]),
                Route("/internal/reservations/{order_id:uuid}/return", self._return, methods=["POST"]),
                Route("/internal/offers", self._offers, methods=["POST"]),
            ]
        )

    @staticmethod
    async def lost_request(apply: Callable[[], Response]) -> Response:
        """The request never arrives."""
        del apply
        await asyncio.sleep(LONGER_THAN_ANYONE_WAITS)
        return PlainTextResponse("never")

    @staticmethod
    async def lost_answer(apply: Callable[[], Response]) -> Response:
        """The request is carried out; its answer never arrives."""
        apply()
        await asyncio.sleep(LONGER_THAN_ANYONE_WAITS)
        return PlainTextResponse("never")

    @staticmethod
    async def garbage(apply: Callable[[], Response]) -> Response:
        """The request is carried out; the answer is cut and makes no sense."""
        apply()
        return PlainTextResponse('{"state": "held", "lines": [', media_type="application/json")

    @staticmethod
    async def binary(apply: Callable[[], Response]) -> Response:
        """Nothing is done, and the answer is no text."""
        del apply
        return Response(bytes(range(256)), 500)

    @staticmethod
    async def broken(apply: Callable[[], Response]) -> Response:
        """Nothing is done."""
        del apply
        return PlainTextResponse("Internal Server Error", 500)

    @staticmethod
    async def unreachable(apply: Callable[[], Response]) -> Response:
        """No connection: nothing is sent."""
        del apply
        message = "connection refused"
        raise httpx2.ConnectError(message)

    @staticmethod
    async def cut_off(apply: Callable[[], Response]) -> Response:
        """The request is carried out; the connection breaks before the answer."""
        apply()
        message = "connection reset"
        raise httpx2.ReadError(message)

    @staticmethod
    async def token_refused(apply: Callable[[], Response]) -> Response:
        """The caller's token is not good any more."""
        del apply
        return PlainTextResponse("who are you?", 401)

    def add(self, title: str = "The Waves", price: str = "9.99", on_hand: int = 10) -> Book:
        book = Book(title, Decimal(price), on_hand)
        self.books[book.id] = book
        return book

    def fail(self, *faults: Fault) -> None:
        """Let the next requests go wrong, one after the other."""
        self.faults.extend(faults)

    @staticmethod
    async def other_lines(apply: Callable[[], Response]) -> Response:
        """The answer is that of another order."""
        del apply
        return JSONResponse({"state": "held", "currency": "GBP", "lines": []})

    @staticmethod
    async def slow(apply: Callable[[], Response]) -> Response:
        """Everything is right, but takes its time."""
        await asyncio.sleep(0.05)
        return apply()

    @staticmethod
    def answer_late() -> AnsweredLate:
        """Return a fault that carries the request out and keeps the answer until the test lets it go."""
        return AnsweredLate()

    @staticmethod
    def delay_until_told() -> Delayed:
        """Return a fault that keeps the request on its way until the test delivers it, long after it was given up."""
        return Delayed()

    def release(self, order_id: str) -> None:
        """Release a reservation behind the service's back."""
        self._give_back(UUID(order_id))

    def hold_next(self) -> Held:
        """Keep the next request waiting until the test lets it go."""
        held = Held()
        self.fail(held)
        return held

    def held(self) -> dict[UUID, dict[UUID, int]]:
        """Return the quantities that each order holds."""
        return {
            order_id: {line["book_id"]: line["quantity"] for line in reservation["lines"]}
            for order_id, reservation in self.reservations.items()
            if reservation["state"] == "held"
        }

    def calls_of(self, name: str) -> int:
        return sum(1 for called, _ in self.calls if called == name)

    async def _reserve(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        wanted = [(UUID(line["book_id"]), line["quantity"]) for line in (await request.json())["lines"]]
        return await self._serve("reserve", order_id, request, lambda: self._hold(order_id, wanted))

    async def _get(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        return await self._serve("get", order_id, request, lambda: self._standing(order_id))

    async def _release(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        lost = (await request.json())["write_off"] if await request.body() else None
        if lost is not None and not (1 <= len(lost["actor"]) <= 200 and 1 <= len(lost["reason"]) <= 300):
            return JSONResponse({"code": "invalid_input"}, 422)
        return await self._serve("release", order_id, request, lambda: self._give_back(order_id, lost))

    async def _commit(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        return await self._serve("commit", order_id, request, lambda: self._send_off(order_id))

    async def _return(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        return await self._serve("return", order_id, request, lambda: self._take_back(order_id))

    async def _offers(self, request: Request) -> Response:
        wanted = [UUID(book_id) for book_id in (await request.json())["book_ids"]]
        return await self._serve("offers", wanted[0], request, lambda: self._offer(wanted))

    async def _serve(self, name: str, order_id: UUID, request: Request, apply: Callable[[], Response]) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return PlainTextResponse("who are you?", 401)
        self.calls.append((name, order_id))
        fault = self.always or (self.faults.pop(0) if self.faults else None)
        return apply() if fault is None else await fault(apply)

    def _hold(self, order_id: UUID, wanted: list[tuple[UUID, int]]) -> Response:
        known = self.reservations.get(order_id)
        if known is None:
            known = self.reservations[order_id] = self._decide(wanted)
        if known["state"] == "released":
            return JSONResponse({"code": "reservation_released"}, 409)
        if known["wanted"] != wanted:
            return JSONResponse({"code": "reservation_conflict"}, 409)
        if known["state"] == "refused":
            return JSONResponse({"code": "insufficient_stock", "lines": known["short"]}, 409)
        return self._standing(order_id)

    def _standing(self, order_id: UUID) -> Response:
        known = self.reservations.get(order_id)
        if known is None:
            return JSONResponse({"code": "reservation_not_found"}, 404)
        lines = [line | {"book_id": str(line["book_id"])} for line in known["lines"]]
        return JSONResponse({"state": known["state"], "currency": "GBP", "lines": lines})

    def _decide(self, wanted: list[tuple[UUID, int]]) -> dict[str, Any]:
        short = [
            {
                "book_id": str(book_id),
                "title": book.title if book else None,
                "wanted": quantity,
                "available": book.available if book and not book.archived else 0,
                "problem": _problem(book),
            }
            for book_id, quantity in wanted
            if not (book := self.books.get(book_id)) or book.archived or book.available < quantity
        ]
        if short:
            return {"state": "refused", "wanted": wanted, "short": short, "lines": []}
        for book_id, quantity in wanted:
            self.books[book_id].reserved += quantity
        return {"state": "held", "wanted": wanted, "lines": [self._line(*line) for line in wanted]}

    def _line(self, book_id: UUID, quantity: int) -> dict[str, Any]:
        return self._described(self.books[book_id]) | {"book_id": book_id, "quantity": quantity}

    def _give_back(self, order_id: UUID, lost: dict[str, Any] | None = None) -> Response:
        known = self.reservations.setdefault(order_id, {"state": "released", "lines": []})
        written_off = 0
        if known["state"] == "held":
            for line in known["lines"]:
                self.books[line["book_id"]].reserved -= line["quantity"]
            known["state"] = "released"
            if lost is not None:
                written_off = self._lose(self.books[UUID(lost["book_id"])], lost)
        return JSONResponse({"state": "released", "written_off": written_off})

    def _lose(self, book: Book, lost: dict[str, Any]) -> int:
        quantity = min(lost["quantity"], book.available)
        book.on_hand -= quantity
        self.corrections.append((book.title, -quantity, lost["reason"], lost["actor"]))
        return quantity

    def _send_off(self, order_id: UUID) -> Response:
        known = self.reservations.get(order_id)
        if known is None or known["state"] in {"released", "refused"}:
            return JSONResponse({"code": "reservation_not_held"}, 409)
        if known["state"] == "held":
            for line in known["lines"]:
                self.books[line["book_id"]].reserved -= line["quantity"]
                self.books[line["book_id"]].on_hand -= line["quantity"]
            known["state"] = "committed"
        return self._standing(order_id)

    def _take_back(self, order_id: UUID) -> Response:
        known = self.reservations.get(order_id)
        if known is None or known["state"] not in {"committed", "returned"}:
            return JSONResponse({"code": "reservation_not_committed"}, 409)
        if known["state"] == "committed":
            for line in known["lines"]:
                self.books[line["book_id"]].on_hand += line["quantity"]
            known["state"] = "returned"
        return self._standing(order_id)

    def _offer(self, wanted: list[UUID]) -> Response:
        offers = [
            self._described(self.books[book_id]) | {"book_id": str(book_id), "available": self.books[book_id].available}
            for book_id in wanted
            if book_id in self.books
        ]
        return JSONResponse({"currency": "GBP", "offers": offers})

    @staticmethod
    def _described(book: Book) -> dict[str, Any]:
        return {
            "title": book.title,
            "authors": ["Virginia Woolf"],
            "isbn13": "9780156949606",
            "unit_price": f"{book.price:.2f}",
        }
