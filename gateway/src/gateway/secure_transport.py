"""Strict-Transport-Security (RFC 6797) on every answer, where the gateway's public address is https."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class StrictTransport:
    """Plain ASGI: tells browsers never to come without TLS again."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _HEADER]
            await send(message)

        await self._app(scope, receive, send_strictly)
