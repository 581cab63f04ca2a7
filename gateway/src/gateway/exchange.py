"""One request under way: what ends it early, and its body as it passes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from starlette.types import Receive, Scope

from gateway.config import Settings
from gateway.headers import header
from gateway.patience import Patience
from gateway.problems import BodyTooLarge, ClientTooSlow, ServiceTimeout
from service_kit.problems import DomainError

_BEGINNING_BYTES = 1 << 16


class ClientLeft(Exception):
    """The client closed its connection; nobody waits for an answer."""


class Departure:
    """Tells that the client has closed its connection; one for all requests of a connection, which come in a row.

    A task per request that waits for it would cost a tenth of the request, and leave a cycle for the garbage collector,
    whose pauses were what made the slowest percent of requests slow.
    """

    __slots__ = ("_listener", "has_happened")

    def __init__(self) -> None:
        """Begin with a client that is there."""
        self.has_happened = False
        self._listener: Callable[[], None] | None = None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call the listener once the client has left, or now."""
        self._listener = listener
        if self.has_happened:
            listener()

    def forget(self) -> None:
        """Call nobody."""
        self._listener = None

    def happen(self) -> None:
        """Note that the client has left."""
        self.has_happened = True
        if self._listener is not None:
            self._listener()


class Exchange:
    """A block that is cancelled, and left with the reason, when the request has to end early.

    Cancelling is what makes aiohttp's client close its connection to the service at once.
    """

    def __init__(self, scope: Scope) -> None:
        """Take the request's ASGI ``scope``; a server other than ours does not tell when a client leaves."""
        self._departure: Departure = scope.get("departure") or Departure()
        self._reason: Exception | None = None
        self._over = False

    def __enter__(self) -> Self:
        """Begin, in the task that serves the request."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (we are in a coroutine)
        self._task = task
        self._departure.listen(self._leave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End. An interruption raises its reason in place of the cancellation that carried it."""
        self._over = True
        self._departure.forget()
        if self._reason is not None:
            self._task.uncancel()
            raise self._reason from error

    def interrupt(self, reason: Exception) -> None:
        """End the block early."""
        if not self._over and self._reason is None:
            self._reason = reason
            self._task.cancel()

    def _leave(self) -> None:
        self.interrupt(ClientLeft())


class RequestBody:
    """The client's body, counted and timed as it passes."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings, *, limit: int) -> None:
        """Take the limit in bytes. Raise ``BodyTooLarge`` when the declared length is past the limit already."""
        self._receive = receive
        self._limit = limit
        self._received = 0
        self._beginning: list[bytes] = []
        self.whole: bytes | None = None
        self._patience = Patience(settings.upload_seconds, settings.min_bytes_per_second)
        self._service_seconds = settings.answer_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._finished = False
        self._answered = False
        length = header(scope, b"content-length")
        if length is not None and int(length) > self._limit:
            raise BodyTooLarge(self._limit)
        self.is_empty = (length is None and header(scope, b"transfer-encoding") is None) or length == "0"

    async def take_beginning(self, exchange: Exchange) -> None:
        """Take the body, or the first part of a larger one, so that no service waits while it trickles in."""
        while not self._finished and self._received < _BEGINNING_BYTES:
            self._beginning.append(await self._next(exchange))
        self.stop_timer()
        if self._finished:
            self.whole = b"".join(self._beginning)

    async def chunks(self, exchange: Exchange, service: str) -> AsyncIterator[bytes]:
        """Yield a larger body as it arrives; whatever goes wrong interrupts the exchange."""
        self._expect_within(self._service_seconds, exchange, ServiceTimeout(service))
        yield b"".join(self._beginning)
        while not self._finished:
            chunk = await self._next(exchange)
            self._expect_within(self._service_seconds, exchange, ServiceTimeout(service))
            yield chunk
        if self._answered:
            self.stop_timer()

    async def _next(self, exchange: Exchange) -> bytes:
        clock = asyncio.get_running_loop().time
        self._expect_within(self._patience.left, exchange, ClientTooSlow())
        asked_at = clock()
        message = await self._receive()
        if message["type"] == "http.disconnect":
            exchange.interrupt(ClientLeft())
            raise ClientLeft
        chunk: bytes = message["body"]
        self._received += len(chunk)
        self._patience.spend(clock() - asked_at, len(chunk))
        if self._received > self._limit:
            exchange.interrupt(BodyTooLarge(self._limit))
            raise BodyTooLarge(self._limit)
        self._finished = not message["more_body"]
        return chunk

    def answered(self) -> None:
        """Note that the answer has begun, so that the service owes nothing but to read on."""
        self._answered = True
        if self._finished:
            self.stop_timer()

    def stop_timer(self) -> None:
        """Stop waiting for either side."""
        if self._timer is not None:
            self._timer.cancel()

    def _expect_within(self, seconds: float, exchange: Exchange, otherwise: DomainError) -> None:
        self.stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, exchange.interrupt, otherwise)
