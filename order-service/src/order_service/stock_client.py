"""book-service's internal API: what can be had and at which price, and the copies held for an order.

Every call is bounded in time as a whole. Asking again is safe, for a reservation is keyed by the order's id; yet a
request is only sent again from here when nothing of it had been sent. Whatever else goes wrong is ``StockUnknown``: it
may have been carried out, and whoever asked has to find out later.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from uuid import UUID

import httpx2
import structlog
from pydantic import BaseModel, Field, ValidationError

from service_kit.client_credentials import ServiceTokens

CLIENT_ID = "order-service"
SCOPE = "stock:reserve"

Body = TypeVar("Body", bound=BaseModel)
UnitPrice = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]

_NOTHING_WAS_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_OK, _UNAUTHORIZED, _NOT_FOUND, _CONFLICT = 200, 401, 404, 409


class WantedLine(BaseModel):
    """Copies of one book that an order wants."""

    book_id: UUID
    quantity: int


class HeldLine(BaseModel):
    """Copies of one book that are held, and what they are."""

    book_id: UUID
    quantity: int
    title: str
    authors: list[str]
    isbn13: str | None = None
    unit_price: UnitPrice


class Reservation(BaseModel):
    """All copies that an order wants, held."""

    state: Literal["held"]
    currency: str = Field(pattern="^[A-Z]{3}$")
    lines: list[HeldLine]

    @property
    def total(self) -> Decimal:
        """What all lines cost together, in the currency."""
        return sum((line.unit_price * line.quantity for line in self.lines), Decimal(0))


class ShortLine(BaseModel):
    """A line that cannot be had, why not, and what is left; without a title when there is no such book."""

    book_id: UUID
    title: str | None = None
    wanted: int
    available: int
    problem: Literal["insufficient_stock", "unknown_book", "archived_book"] | None = None


class Offer(BaseModel):
    """What a book costs now, and how many there are."""

    book_id: UUID
    title: str
    authors: list[str]
    isbn13: str | None = None
    unit_price: UnitPrice
    available: int


class Offers(BaseModel):
    """Offers for those of the books that are in the catalogue."""

    currency: str
    offers: list[Offer]


class WriteOff(BaseModel):
    """Copies that are lost: they leave the shelf as the order that held them gives them back."""

    book_id: UUID
    quantity: int
    reason: str
    actor: str


class _Standing(BaseModel):
    state: str


class _Released(BaseModel):
    written_off: int = 0


class _Refusal(BaseModel):
    code: str
    lines: list[ShortLine] = []


class StockRefused(Exception):
    """There are not enough copies; ``lines`` are those that fall short. The same order will never be held."""

    def __init__(self, lines: Sequence[ShortLine]) -> None:
        """Take the short lines."""
        super().__init__("not enough copies")
        self.lines = lines


class ReservationReleased(Exception):
    """The order's copies were given back for good."""


class StepRefused(Exception):
    """What book-service keeps of the order does not allow this step, now or later: a person has to look at both."""


class StockUnknown(Exception):
    """No answer that says what happened: it may have been carried out or not."""


class StockClient:
    """A typed client."""

    def __init__(
        self, http: httpx2.AsyncClient, tokens: ServiceTokens, *, base_url: str, timeout_seconds: float
    ) -> None:
        """Take the HTTP client, the source of this service's own tokens, book-service's URL and the longest wait."""
        self._http = http
        self._tokens = tokens
        self._base_url = f"{base_url.rstrip('/')}/internal"
        self._timeout_seconds = timeout_seconds

    async def reserve(self, order_id: UUID, lines: Sequence[WantedLine]) -> Reservation:
        """Have all copies held for the order, or none.

        Raises ``StockRefused``, ``ReservationReleased``, ``StockUnknown``.
        """
        body = {"lines": [line.model_dump(mode="json") for line in lines]}
        answer = await self._call("PUT", f"/reservations/{order_id}", body)
        if answer.status_code == _CONFLICT:
            _raise_refusal(answer)
        return _of_lines(_parsed(Reservation, answer), lines)

    async def standing(self, order_id: UUID, lines: Sequence[WantedLine]) -> Reservation | None:
        """Return what is held for the order already, without asking for anything new. Raises ``StockUnknown``."""
        answer = await self._call("GET", f"/reservations/{order_id}")
        if answer.status_code == _NOT_FOUND:
            return None
        if _parsed(_Standing, answer).state != "held":
            return None
        return _of_lines(_parsed(Reservation, answer), lines)

    async def release(self, order_id: UUID, write_off: WriteOff | None = None) -> int:
        """Have the order's copies given back; a reservation that has not arrived yet is refused when it does.

        Return how many lost copies left the shelf in the same step: none when it had been told before.
        Raises ``StockUnknown``.
        """
        body = {"write_off": write_off.model_dump(mode="json")} if write_off else None
        answer = await self._call("POST", f"/reservations/{order_id}/release", body)
        return _parsed(_Released, answer).written_off

    async def commit(self, order_id: UUID) -> None:
        """Tell that the order's copies have been shipped. Raises ``StepRefused``, ``StockUnknown``."""
        await self._tell(order_id, "commit")

    async def take_back(self, order_id: UUID) -> None:
        """Tell that the order's copies have come back. Raises ``StepRefused``, ``StockUnknown``."""
        await self._tell(order_id, "return")

    async def offers(self, book_ids: Sequence[UUID]) -> Offers:
        """Fetch the offers for some books. Raises ``StockUnknown``."""
        answer = await self._call("POST", "/offers", {"book_ids": [str(book_id) for book_id in book_ids]})
        return _parsed(Offers, answer)

    async def _tell(self, order_id: UUID, what: str) -> None:
        answer = await self._call("POST", f"/reservations/{order_id}/{what}")
        if answer.status_code == _CONFLICT:
            refusal = _parsed(_Refusal, answer, status=_CONFLICT)
            message = f"book-service refuses to {what}: {refusal.code}"
            raise StepRefused(message)
        if answer.status_code != _OK:
            raise _unexpected(answer)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        try:
            # The client's own limits are per read: a peer that sends a byte a second would keep within them for ever.
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._send(method, path, body)
                if answer.status_code == _UNAUTHORIZED:
                    self._tokens.forget()
                    answer = await self._send(method, path, body)
                return answer
        except TimeoutError as error:
            message = f"no answer within {self._timeout_seconds} s"
            raise StockUnknown(message) from error
        except (httpx2.HTTPError, ValidationError) as error:
            message = f"{type(error).__name__}: {error}"
            raise StockUnknown(message) from error

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {await self._tokens.token()}", **_request_id()}
        request = self._http.build_request(
            method, self._base_url + path, json=body, headers=headers, timeout=self._timeout_seconds
        )
        try:
            return await self._http.send(request)
        except _NOTHING_WAS_SENT:
            return await self._http.send(request)


def _of_lines(reservation: Reservation, lines: Sequence[WantedLine]) -> Reservation:
    held = {line.book_id: line.quantity for line in reservation.lines}
    if held != {line.book_id: line.quantity for line in lines}:
        message = "the reservation holds other lines than were wanted"
        raise StockUnknown(message)
    return reservation


def _request_id() -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"X-Request-ID": request_id} if request_id else {}


def _raise_refusal(answer: httpx2.Response) -> NoReturn:
    refusal = _parsed(_Refusal, answer, status=_CONFLICT)
    if refusal.code == "insufficient_stock" and refusal.lines:
        raise StockRefused(refusal.lines)
    if refusal.code == "reservation_released":
        raise ReservationReleased
    raise _unexpected(answer)


def _parsed(kind: type[Body], answer: httpx2.Response, *, status: int = _OK) -> Body:
    if answer.status_code != status:
        raise _unexpected(answer)
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        message = f"an answer that is no {kind.__name__.strip('_').lower()}: {error.error_count()} errors"
        raise StockUnknown(message) from error


def _unexpected(answer: httpx2.Response) -> StockUnknown:
    return StockUnknown(f"status {answer.status_code}: {answer.text[:200]}")
