"""Headers that tell browsers what a page of ours may do: nothing but what it needs."""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
    "manifest-src 'self'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # ``no-referrer`` would make the Origin of our own forms null.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A year, and for names below ours, too (OWASP ASVS 5.0, 3.4.1): nobody may set cookies for us over plain HTTP there.
_OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
# An answer that is nobody's own says who may fetch it, and a mail brings styles of its own: those say so by themselves.
_SAID_BY_ANSWERS = {b"cross-origin-resource-policy", b"content-security-policy"}
_ENDS_A_HEADER = re.compile(rb"[\r\n\0]")


class SplitHeader(ValueError):
    """A header's value has a line end in it, behind which would be a header of somebody else's making."""


class SecurityHeaders:
    """ASGI middleware that puts the headers on every answer."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Wrap ``app``; ``secure`` when people reach it over TLS."""
        self.app = app
        named = _ALWAYS | (_OVER_TLS if secure else {})
        self._headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _check(message["headers"])
                said = {name for name, _value in message["headers"]} & _SAID_BY_ANSWERS
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in self._headers if pair[0] not in said),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _check(headers: Iterable[tuple[bytes, bytes]]) -> None:
    # The server writes what it is given; nothing of ours puts such a value there, and nothing ever shall.
    for name, value in headers:
        if _ENDS_A_HEADER.search(name) or _ENDS_A_HEADER.search(value):
            raise SplitHeader(name)
