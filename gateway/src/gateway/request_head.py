"""The head of a request: limits on all that is not body, and nothing that could be read in two ways.

uvicorn takes any number of headers of any size, reads trailers as if they were headers, forgets that a request named
another server, and answers what it cannot parse in plain text. To refuse these is the protocol's business: an
application is asked only once all headers are in memory.
"""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.config import Settings
from gateway.problems import (
    BadPath,
    CodingNotImplemented,
    ExpectationFailed,
    HeadersTooLarge,
    MalformedRequest,
    Overloaded,
    TargetTooLong,
    VersionNotSupported,
)
from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class RequestHead(HttpToolsProtocol):
    """A connection that reads heads with care."""

    limits: Settings

    _in_head = False
    _in_body = False
    _has_body = False
    _headers_bytes = 0
    _bytes_without_body = 0
    _refusal: DomainError | None = None

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, and give up on headers, trailers or chunk extensions that will not end."""
        self._bytes_without_body += len(data)
        super().data_received(data)
        if self._bytes_without_body > self.limits.max_header_bytes + self.limits.max_target_bytes:
            self._refusal = HeadersTooLarge()
            self._answer_refusal()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = True
        self._has_body = False
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
        self._headers_bytes += len(name) + len(value)
        if len(self.headers) >= self.limits.max_headers or self._headers_bytes > self.limits.max_header_bytes:
            self._refuse(HeadersTooLarge())
        name = name.lower()
        if b"_" in name:
            # A service might take it for the one with a dash, which the gateway strips or sets.
            return
        if name == b"content-length":
            self._has_body = value != b"0"
        elif name == b"transfer-encoding":
            if self._has_body or value.lower() != b"chunked":
                self._refuse(CodingNotImplemented())
            self._has_body = True
        elif name == b"expect":
            if value.lower() != b"100-continue":
                self._refuse(ExpectationFailed())
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hand the request to the application, or refuse it."""
        self._in_head = False
        self._bytes_without_body = 0
        if not self.url.startswith(b"/") or b"#" in self.url:
            detail = N_("Only paths are taken, without a server's name before and a fragment behind.")
            self._refuse(BadPath(detail))
        version = self.parser.get_http_version()
        if version != "1.1":
            self._take_old_version(version)
        if len(self.connections) >= self.limits.max_connections:
            self._refuse(Overloaded())
        self._in_body = True
        self.scope["has_body"] = self._has_body  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._bytes_without_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._bytes_without_body = 0
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser did not take: uvicorn's own name for it, but any status."""
        self._refusal = self._refusal or MalformedRequest(msg)
        self._answer_refusal()

    def _take_old_version(self, version: str) -> None:
        if version != "1.0":
            self._refuse(VersionNotSupported())
        if any(name == b"transfer-encoding" for name, _ in self.headers):
            # RFC 9112, section 6.1: the framing is faulty.
            self._refuse(MalformedRequest(N_("HTTP/1.0 knows no transfer codings.")))
        self.expect_100_continue = False

    def _refuse(self, refusal: DomainError) -> None:
        self._refusal = refusal
        # The parser stops at any exception, and uvicorn then calls send_400_response.
        raise httptools.HttpParserError(refusal.code)

    def _answer_refusal(self) -> None:
        raise NotImplementedError
