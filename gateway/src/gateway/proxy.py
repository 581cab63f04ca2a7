"""The hot path: passes a request to its service and the answer back, streaming both ways.

Plain ASGI and aiohttp's client: measured, a framework or another client in between costs most of the throughput.
"""

import asyncio
from collections.abc import Mapping

import aiohttp
import structlog
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.config import Settings
from gateway.exchange import ClientLeft, Exchange, RequestBody
from gateway.headers import headers_for_client, headers_for_service
from gateway.problems import BadGateway, ServiceTimeout, ServiceUnavailable
from gateway.routing import Route
from gateway.service_connections import KeptConnectionClosed
from gateway.service_link import ServiceLink
from service_kit.problems import DomainError

log = structlog.get_logger(__name__)

_SMALLEST_FINAL_STATUS = 200
_SAFE = frozenset({"GET", "HEAD"})
"""Nothing is lost when such a request was carried out after all."""


class Proxy:
    """Passes requests on."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings, links: Mapping[str, ServiceLink]) -> None:
        """Take the open connections, and the link to each service by its name."""
        self._session = session
        self._settings = settings
        self._links = links

    async def forward(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises ``DomainError`` as long as no answer has begun.

        An answer that breaks off is left unfinished, upon which the server closes the connection to the client:
        that alone tells it that the answer is not whole.
        """
        limit = route.max_body_bytes or self._settings.max_body_bytes
        body = RequestBody(scope, receive, self._settings, limit=limit)
        link = self._links[route.service]
        answering = Answering(send, self._settings.answer_seconds)
        try:
            if not body.is_empty:
                link.check()
                with Exchange(scope) as exchange:
                    await body.take_beginning(exchange)
            with link.call() as call, Exchange(scope) as exchange:
                answer = await self._ask(route, scope, body, exchange)
                try:
                    call.answered()
                    body.answered()
                    await answering.pass_on(answer, route.service)
                finally:
                    # Whole, its connection is free already; else closing it tells the service to stop.
                    answer.close()
        except ClientLeft:
            return
        except DomainError as error:
            if not answering.begun:
                raise
            log.warning("answer broken off", service=route.service, reason=error.code)
        finally:
            body.stop_timer()

    async def _ask(self, route: Route, scope: Scope, body: RequestBody, exchange: Exchange) -> aiohttp.ClientResponse:
        method = scope["method"]
        url = _url(route, scope)
        headers = headers_for_service(scope)
        try:
            if not body.is_empty:
                data = body.whole if body.whole is not None else body.chunks(exchange, route.service)
                return await self._session.request(method, url, headers=headers, data=data, allow_redirects=False)
            return await self._ask_without_body(method, url, headers)
        except aiohttp.ClientError as error:
            raise _problem_of(error, route.service) from error

    async def _ask_without_body(self, method: str, url: URL, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        try:
            return await self._session.request(method, url, headers=headers, allow_redirects=False)
        except (KeptConnectionClosed, aiohttp.ClientConnectionResetError):
            # The service closed the connection in this very moment, most likely without having seen the request.
            if method not in _SAFE:
                raise
            return await self._session.request(method, url, headers=headers, allow_redirects=False)


class Answering:
    """The answer to one client."""

    def __init__(self, send: Send, longest_silence: float) -> None:
        """Take the request's ASGI ``send``, and how many seconds the service may be silent."""
        self._send = send
        self._longest_silence = longest_silence
        self.begun = False

    async def pass_on(self, answer: aiohttp.ClientResponse, service: str) -> None:
        """Send the service's answer as it comes. Raises ``BadGateway`` or ``ServiceTimeout``."""
        content = answer.content
        try:
            headers = headers_for_client(answer.raw_headers, answer.status)
        except ValueError as error:
            raise BadGateway(service) from error
        # Broken already, before anything was sent: this can still be told properly.
        if answer.status < _SMALLEST_FINAL_STATUS or content.exception() is not None:
            raise BadGateway(service)
        self.begun = True
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        try:
            more = True
            while more:
                chunk = content.read_nowait() or await self._next(content)
                more = not content.at_eof()
                await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _problem_of(error, service) from error

    async def _next(self, content: aiohttp.StreamReader) -> bytes:
        # aiohttp has a timeout of its own, but forgets it, and to wake us, after a chunk that it cannot parse.
        async with asyncio.timeout(self._longest_silence):
            try:
                return await content.readany()
            except RuntimeError as error:
                # What it says of a connection that was lost before we asked.
                raise aiohttp.ClientPayloadError(str(error)) from error


def _url(route: Route, scope: Scope) -> URL:
    target: bytes = scope["raw_path"]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    # Encoded: yarl keeps every byte as it is.
    return URL(route.base_url + target.decode("ascii"), encoded=True)


def _problem_of(error: Exception, service: str) -> DomainError:
    log.warning("service failed", service=service, error=f"{type(error).__name__}: {error}")
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return ServiceUnavailable(service)
    if isinstance(error, asyncio.TimeoutError):
        return ServiceTimeout(service)
    return BadGateway(service)
