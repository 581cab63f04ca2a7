"""The connections to the services: kept open, shared by all requests, and holding nothing between two of them."""

import asyncio
import functools
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from gateway.config import Settings

_READ_BUFFER = 1 << 16
_IDLE_SECONDS = 4.0
"""Shorter than uvicorn keeps an idle connection (5 s), so that a request seldom meets one that is just being closed."""


class KeptConnectionClosed(aiohttp.ServerDisconnectedError):
    """The service closed a connection that it had kept, and no byte of an answer came."""


class ConnectionToService(ResponseHandler):
    """A connection that knows whether the service has said anything to the request that it carries.

    It is not used again after the service sent something unasked. aiohttp would keep it and give what was sent to the
    next request, which is another person's.
    """

    _requests = 0
    _heard = False

    def is_connected(self) -> bool:
        """Tell whether the next request may go over this connection."""
        return super().is_connected() and not self.should_close

    def set_response_params(self, **params: Any) -> None:  # noqa: ANN401 (aiohttp's own)
        """Begin with the next request."""
        self._requests += 1
        self._heard = False
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take what the service sent."""
        self._heard = True
        super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: Any) -> None:  # noqa: ANN401 (aiohttp's own)
        """Fail the request."""
        if self._requests > 1 and not self._heard and isinstance(exc, _CLOSED):
            exc = KeptConnectionClosed()
        super().set_exception(exc, *cause)


_HEADER_BYTES = 1 << 16
"""Longest header of an answer. A service may repeat of a request what its head can hold, and that is no fault of it."""

_CLOSED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


def open_session(settings: Settings) -> aiohttp.ClientSession:
    """Open a client without memory: no cookies, no headers of its own, no redirects followed, no bytes changed."""
    connector = aiohttp.TCPConnector(
        limit=0,  # Who calls has counted already, and waits for nobody.
        limit_per_host=0,
        keepalive_timeout=_IDLE_SECONDS,
        ttl_dns_cache=10,
    )
    connection: type[ResponseHandler] = ConnectionToService
    connector._factory = functools.partial(connection, loop=asyncio.get_running_loop())  # noqa: SLF001 (no public way)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=settings.connect_seconds, sock_read=settings.answer_seconds),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        auto_decompress=False,
        trust_env=False,
        read_bufsize=_READ_BUFFER,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )
    # aiohttp would send PUT and DELETE again, too, although the service may have carried them out already.
    session._retry_connection = False  # noqa: SLF001 (there is no public way)
    return session
