"""The wire: uvicorn's HTTP protocol with limits on all that is not body, and its errors as problem documents.

uvicorn takes any number of headers of any size, reads trailers as if they were headers, forgets that a request named
another server, and answers what it cannot parse in plain text. To refuse these is the protocol's business: an
application is asked only once all headers are in memory.
"""

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.config import Settings
from gateway.problems import BadPath, HeadersTooLarge, MalformedRequest, Overloaded, TargetTooLong, problem_content
from service_kit.identifiers import new_id
from service_kit.metrics import REQUESTS
from service_kit.problems import MEDIA_TYPE, DomainError

log = structlog.get_logger(__name__)


def protocol_for(settings: Settings) -> type[HttpToolsProtocol]:
    """Return the protocol class that enforces the limits of ``settings``."""
    return type("LimitedConnection", (Connection,), {"limits": settings})


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    limits: Settings

    _in_head = False
    _headers_bytes = 0
    _bytes_without_body = 0
    _refusal: DomainError | None = None

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, and give up on headers, trailers or chunk extensions that will not end."""
        if self._refusal is not None:
            return
        self._bytes_without_body += len(data)
        super().data_received(data)
        if self._bytes_without_body > self.limits.max_header_bytes + self.limits.max_target_bytes:
            self._refusal = HeadersTooLarge()
            self._answer_refusal()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = True
        self._headers_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        super().on_url(url)
        if len(self.url) > self.limits.max_target_bytes:
            self._refuse(TargetTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Trailers come here, too: after the checks, so they are dropped (RFC 9110, section 6.5.1)."""
        if not self._in_head:
            return
        super().on_header(name, value)
        self._headers_bytes += len(name) + len(value)
        if len(self.headers) > self.limits.max_headers or self._headers_bytes > self.limits.max_header_bytes:
            self._refuse(HeadersTooLarge())

    def on_headers_complete(self) -> None:
        """Hand the request to the application, or refuse it."""
        self._in_head = False
        self._bytes_without_body = 0
        if not self.url.startswith(b"/") or b"#" in self.url:
            detail = "Only paths are taken, without a server's name before and a fragment behind."
            self._refuse(BadPath(detail))
        if len(self.connections) >= self.limits.max_connections:
            self._refuse(Overloaded())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._bytes_without_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._bytes_without_body = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser did not take: uvicorn's own name for it, but any status."""
        self._refusal = self._refusal or MalformedRequest(msg)
        self._answer_refusal()

    def _unsupported_upgrade_warning(self) -> None:
        # An offer of another protocol may be declined in silence (RFC 9110, section 7.8), but the parser stops at it.
        self.cycle.keep_alive = False

    def _refuse(self, refusal: DomainError) -> None:
        self._refusal = refusal
        # The parser stops at any exception, and uvicorn then calls send_400_response.
        raise httptools.HttpParserError(refusal.code)

    def _answer_refusal(self) -> None:
        refusal = self._refusal
        if refusal is None or self.transport.is_closing():
            return
        REQUESTS.labels("OTHER", "refused", str(refusal.status)).inc()
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            request_id = str(new_id())
            log.info("request refused", code=refusal.code, request_id=request_id)
            self.transport.write(_answer(refusal, request_id))
        # Else part of another answer is on its way, and all that may follow is the end of the connection.
        self.transport.close()


def _answer(refusal: DomainError, request_id: str) -> bytes:
    content = problem_content(refusal, request_id=request_id)
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(content)),
        "connection": "close",
        "x-request-id": request_id,
        **refusal.headers,
    }
    lines = [f"{name}: {value}\r\n".encode() for name, value in headers.items()]
    return b"".join([STATUS_LINE[refusal.status], *lines, b"\r\n", content])
