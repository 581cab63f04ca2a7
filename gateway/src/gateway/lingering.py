"""Answers that come before the request is whole.

Closing a connection on which bytes are still arriving resets it, and the client may never see its answer. So
the gateway says that it closes, ends its own direction, and drops what still comes for a moment (RFC 9112, 9.6).
"""

import asyncio
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Connection(Protocol):
    """What can be closed without haste."""

    def linger(self) -> None:
        """Close once the client has had time to read."""


def closing_early(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """Wrap ``app`` for the one request of ``cycle``, which has a body."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_close(message: Message) -> None:
            if message["type"] == "http.response.start" and cycle.more_body:
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await app(scope, receive, send_with_close)

    return answer


class LingeringTransport:
    """A transport that is closed without haste."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        """Take the real one, and the connection that it belongs to."""
        self._connection = connection
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.get_extra_info = transport.get_extra_info

    def close(self) -> None:
        """Close, but not in the client's face."""
        self._connection.linger()
