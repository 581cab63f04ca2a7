"""The wire: uvicorn's HTTP protocol with an end to what a head may hold and how long a browser may take to send.

uvicorn takes any number of headers of any size, and of Hosts, reads trailers as if they were headers, and waits for
ever for the rest of a request. The application is asked only once all headers are in memory, so this is the protocol's
business.
"""

import asyncio

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web_frontend.security_headers import CONTENT_SECURITY_POLICY

LONGEST_TARGET = 16 * 1024
MOST_HEADERS = 100
MOST_HEADER_BYTES = 64 * 1024
"""What was typed before signing in travels in cookies of up to 32 KiB, so this is more than most servers take."""
HEAD_SECONDS = 15.0
BODY_SECONDS = 30.0
"""How long nothing may come in the middle of a body; a file has a shorter patience of its own that ends in a page."""

_BAD_REQUEST = "400 Bad Request"
_TARGET_TOO_LONG = "414 URI Too Long"
_HEADERS_TOO_LARGE = "431 Request Header Fields Too Large"
_TOO_SLOW = "408 Request Timeout"
_HEADERS = (
    "content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncache-control: no-store\r\n"
    f"x-content-type-options: nosniff\r\ncontent-security-policy: {CONTENT_SECURITY_POLICY}\r\n"
)


class Connection(HttpToolsProtocol):
    """One connection of a browser."""

    _in_head = False
    _in_body = False
    _head_bytes = 0
    _refusal = _BAD_REQUEST
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the browser sent, and give up on a head, or on trailers, that will not end."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MOST_HEADER_BYTES + LONGEST_TARGET and not self.transport.is_closing():
            self._answer(_HEADERS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._in_body = True, False
        self._wait(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's address."""
        super().on_url(url)
        if len(self.url) > LONGEST_TARGET:
            self._refuse(_TARGET_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Trailers come here, too: after the checks, so they are dropped (RFC 9110, section 6.5.1)."""
        if not self._in_head:
            return
        super().on_header(name, value)
        if (
            len(self.headers) > MOST_HEADERS
            or sum(len(part) for pair in self.headers for part in pair) > MOST_HEADER_BYTES
        ):
            self._refuse(_HEADERS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Hand the request to the application, unless it names no server or several."""
        self._in_head, self._in_body = False, True
        self._head_bytes = 0
        if [name for name, _ in self.headers].count(b"host") != 1:
            self._refuse(_BAD_REQUEST)
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._head_bytes = 0
        self._wait(BODY_SECONDS)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._in_body = False
        self._head_bytes = 0
        self._stop_waiting()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what was refused, or what the parser did not take: uvicorn's own name for it, but any status."""
        del msg
        self._answer(self._refusal)

    def _refuse(self, status: str) -> None:
        self._refusal = status
        # The parser stops at any exception, and uvicorn then calls send_400_response.
        raise httptools.HttpParserError(status)

    def _answer(self, status: str) -> None:
        # Where part of an answer is on its way, or all of one whose request is not, only the end may follow: another
        # answer would be taken for that to the next request.
        is_answered = self.cycle is not None and self.cycle.response_started
        if not is_answered or (self.cycle.response_complete and not self._in_body):
            text = status.partition(" ")[2] + "\n"
            self.transport.write(f"HTTP/1.1 {status}\r\n{_HEADERS}content-length: {len(text)}\r\n\r\n{text}".encode())
        self.transport.close()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._give_up, seconds)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self, seconds: float) -> None:
        if self.flow.read_paused:
            # It is us who do not read on, as the gateway is slow to take a file.
            self._wait(seconds)
        elif not self.transport.is_closing():
            self._answer(_TOO_SLOW)
