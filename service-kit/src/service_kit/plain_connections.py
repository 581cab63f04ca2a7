"""Connections from one service to another, kept open between requests.

An order and a page each wait for one small request and its answer. httpx2's own connections cost three times as much
processor time for it as all that is left of such a call without them.
"""

import asyncio
import time
from typing import Final, cast

import httptools
import httpx2

LONGEST_ANSWER: Final = 1 << 20
_FIRST_FINAL_STATUS: Final = 200
_LEFT_OUT = frozenset({b"connection", b"accept-encoding"})

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class PlainConnections(httpx2.AsyncBaseTransport):
    """A transport for httpx2: HTTP/1.1 over plain TCP, with bodies that are held in memory.

    Times are the caller's business: a call that is cancelled closes its connection. Raises ``httpx2.ConnectError``
    when nothing was sent, ``ReadError`` or ``RemoteProtocolError`` when the request may have been carried out.
    """

    def __init__(self, *, most: int = 100, idle_seconds: float = 4.0, longest_answer: int = LONGEST_ANSWER) -> None:
        """Take how many connections there are at the most, how long one may lie idle, and how many bytes an answer has.

        uvicorn closes a connection that was idle for five seconds; one that it is about to close is not to be used.
        """
        self._slots = asyncio.Semaphore(most)
        self._idle_seconds = idle_seconds
        self._longest_answer = longest_answer
        self._idle: dict[tuple[str, int], list[_Connection]] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return the whole answer."""
        content = await request.aread()
        place = (request.url.host, request.url.port or 80)
        async with self._slots:
            connection = self._take_idle(place) or await self._connect(place, request)
            try:
                status, headers, body = await connection.exchange(_head(request) + content)
            except BaseException:
                connection.close()
                raise
            self._give_back(place, connection)
        return httpx2.Response(status, headers=headers, content=body)

    async def aclose(self) -> None:
        """Close the idle connections."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    async def _connect(self, place: tuple[str, int], request: httpx2.Request) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(lambda: _Connection(self._longest_answer), *place)
        except OSError as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        return connection

    def _take_idle(self, place: tuple[str, int]) -> "_Connection | None":
        connections = self._idle.get(place, [])
        while connections:
            # The one that was used last: the others may grow too old, and are closed when they are met.
            connection = connections.pop()
            if connection.is_usable and time.monotonic() - connection.used_at < self._idle_seconds:
                return connection
            connection.close()
        return None

    def _give_back(self, place: tuple[str, int], connection: "_Connection") -> None:
        if connection.is_usable:
            connection.used_at = time.monotonic()
            self._idle.setdefault(place, []).append(connection)
        else:
            connection.close()


class _Connection(asyncio.Protocol):
    """One connection, with at most one request under way. The names of its methods are asyncio's and httptools'."""

    def __init__(self, longest_answer: int) -> None:
        self.used_at = 0.0
        self._longest_answer = longest_answer
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._keeps_alive = True

    @property
    def is_usable(self) -> bool:
        """Tell whether another request may be sent."""
        return self._keeps_alive and self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        """Send a request; wait for its answer."""
        if self._transport is None or self._transport.is_closing():
            message = "the connection was closed before the request"
            raise httpx2.ConnectError(message)
        self._waiting = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._begin_answer()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Close it, whatever is under way."""
        self._waiting = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is one in all but name

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer. What comes unasked must not become the answer to the next request."""
        if self._waiting is None or self._waiting.done():
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(httpx2.RemoteProtocolError(f"no HTTP answer: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that nothing more will come."""
        self._keeps_alive = False
        self._fail(httpx2.ReadError(f"the connection broke: {exc or 'closed by the other side'}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((name, value))
        self._count(len(name) + len(value))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += body
        self._count(len(body))

    def on_message_complete(self) -> None:
        """Take the end of an answer."""
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            self._begin_answer()
            return
        if self._waiting is None or self._waiting.done():  # a second answer to one request
            self._keeps_alive = False
            return
        self._keeps_alive = self._keeps_alive and self._parser.should_keep_alive()
        self._waiting.set_result((status, self._headers, bytes(self._body)))

    def _begin_answer(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._size = 0

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > self._longest_answer:
            self._fail(httpx2.RemoteProtocolError("the answer is too long"))

    def _fail(self, error: Exception) -> None:
        self._keeps_alive = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % (name, value) for name, value in request.headers.raw if name.lower() not in _LEFT_OUT]
    return b"\r\n".join([*lines, b"", b""])
