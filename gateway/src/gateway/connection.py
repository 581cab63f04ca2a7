"""The wire: uvicorn's HTTP protocol with an end to the patience with clients, and its errors as problem documents.

uvicorn waits for ever for the head of a request, for the rest of a body that nobody reads, and for a client to read.
"""

import asyncio
from typing import cast

import structlog
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.config import Settings
from gateway.exchange import Departure
from gateway.lingering import LingeringTransport, closing_early
from gateway.old_clients import for_old_client
from gateway.patience import GIVEN_UP, Patience, Watch
from gateway.problems import ClientTooSlow, problem_content, problem_headers
from gateway.request_head import RequestHead
from gateway.socket_options import limit_unsent, reset_when_closed
from service_kit.draining import Draining
from service_kit.identifiers import new_id
from service_kit.metrics import REQUESTS
from service_kit.problems import DomainError

log = structlog.get_logger(__name__)

_LINGER_SECONDS = 2.0
_LINGER_BYTES = 4 << 20
_RESUMED_AFTER = 48 << 10
"""Bytes that were sent when a full write buffer takes more: from its high-water mark to its low one."""


def protocol_for(settings: Settings, draining: Draining | None = None) -> type[RequestHead]:
    """Return the protocol class that enforces the limits of ``settings``."""
    members = {"limits": settings, "watch": Watch(settings), "draining": draining or Draining()}
    return type("LimitedConnection", (Connection,), members)


class Connection(RequestHead):
    """One connection of a client."""

    watch: Watch
    draining: Draining

    waiting_since: float | None = None
    _due: float | None = None
    """When the rest of what the client has begun must be there; its body has a timer of its own while it is read."""

    _lingering = False
    _dropped_bytes = 0
    _unsent = 0
    _taken = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        limit_unsent(transport)
        self._departure = Departure()
        self.waiting_since = self.loop.time()
        self._due = self.waiting_since + self.limits.head_seconds
        self._reading = Patience(self.limits.download_seconds, self.limits.min_bytes_per_second)
        if len(self.connections) >= self.limits.max_connections:
            self.watch.make_room()
        self.watch.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.watch.remove(self)
        super().connection_lost(exc)
        self._departure.happen()

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        if self._refusal is not None or self._lingering:
            self._dropped_bytes += len(data)
            if self._dropped_bytes > _LINGER_BYTES:
                self.transport.abort()
            return
        super().data_received(data)
        if self._due is None and (self._in_head or self._is_idle()):
            self._due = self.loop.time() + self.limits.head_seconds

    def on_headers_complete(self) -> None:
        """Hand the request to the application; its body is up to whoever reads it."""
        self.scope["departure"] = self._departure  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()
        self.waiting_since = self._due = None

    def on_message_complete(self) -> None:
        """End a request."""
        super().on_message_complete()
        if self.cycle.response_complete:
            self._due = None

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self._is_idle():
            self.waiting_since = self.loop.time()

    def resume_writing(self) -> None:
        """Go on with an answer that the client was too slow for."""
        self._taken += _RESUMED_AFTER
        super().resume_writing()

    def look(self, now: float, passed: float) -> None:
        """Give up if the client sends, or reads, too slowly."""
        if self._reads_too_slowly(passed):
            GIVEN_UP.labels("reading").inc()
            reset_when_closed(self.transport)
            self.transport.abort()
        elif self._due is not None and now > self._due:
            self._give_up_on_request(now)

    def let_go(self) -> None:
        """Close a connection that waits for a request."""
        self.transport.close()

    def linger(self) -> None:
        """Close, but leave the client time to read its answer if it is still sending."""
        if self.transport.is_closing() or self._lingering:
            return
        if not self._in_body and self._refusal is None:
            self.transport.close()
            return
        self._lingering = True
        self.waiting_since = self.loop.time()
        self._due = self.waiting_since + min(_LINGER_SECONDS, self.limits.head_seconds)
        self.flow.resume_reading()
        self.transport.write_eof()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        if self.draining.begun:
            cycle.keep_alive = False
        scope = cycle.scope
        if scope["has_body"]:  # type: ignore[typeddict-item]
            app = closing_early(app, cycle)
            cycle.transport = cast("asyncio.Transport", LingeringTransport(self.transport, self))
        if scope["http_version"] != "1.1":
            app = for_old_client(app, cycle)
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]

    def _unsupported_upgrade_warning(self) -> None:
        # An offer of another protocol may be declined in silence (RFC 9110, section 7.8), but the parser stops at it.
        self.cycle.keep_alive = False

    def _is_idle(self) -> bool:
        return not self._in_body and (self.cycle is None or self.cycle.response_complete)

    def _reads_too_slowly(self, passed: float) -> bool:
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._reading.renew()
            self._unsent = self._taken = 0
            return False
        self._taken += max(0, self._unsent - unsent)
        self._reading.spend(passed if self._unsent else 0.0, self._taken)
        self._unsent, self._taken = unsent, 0
        return self._reading.left <= 0

    def _give_up_on_request(self, now: float) -> None:
        if self._lingering or self._in_body or not self._in_head:
            GIVEN_UP.labels("idle").inc()
            self.transport.close()
        elif self.flow.read_paused:
            # It is we who do not read.
            self._due = now + self.limits.head_seconds
        elif self._refusal is None:
            GIVEN_UP.labels("head").inc()
            self._refusal = ClientTooSlow()
            self._answer_refusal()

    def _answer_refusal(self) -> None:
        refusal, cycle = self._refusal, self.cycle
        if refusal is None or self.transport.is_closing():
            return
        REQUESTS.labels("OTHER", "refused", str(refusal.status)).inc()
        if cycle is None or cycle.response_complete or (self._in_body and not cycle.response_started):
            if cycle is not None:
                # Whatever the application is about to say comes too late.
                cycle.disconnected = True
                cycle.message_event.set()
                self._departure.happen()
            request_id = str(new_id())
            log.info("request refused", code=refusal.code, request_id=request_id)
            self.transport.write(_answer(refusal, request_id))
            self.linger()
        elif self._in_body:
            # Part of another answer is on its way, and all that may follow is the end of the connection.
            self.transport.close()
        else:
            # A request before this one, which was whole, gets its answer, and then the connection ends.
            cycle.keep_alive = False


def _answer(refusal: DomainError, request_id: str) -> bytes:
    content = problem_content(refusal, request_id=request_id)
    headers = {
        **dict(problem_headers(refusal, content)),
        b"x-request-id": request_id.encode("ascii"),
        b"connection": b"close",
    }
    lines = [b"%b: %b\r\n" % pair for pair in headers.items()]
    return b"".join([STATUS_LINE[refusal.status], *lines, b"\r\n", content])
