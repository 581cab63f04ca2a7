"""The connections to the gateway."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode

import httpx2

from service_kit.plain_connections import PlainConnections

# An idle connection is dropped before the server does it, so that no request is sent on a dying one.
_IDLE_SECONDS = 3.0
_MOST_CONNECTIONS = 200
# A hundred books with the longest descriptions that there may be.
_LONGEST_ANSWER = 16 << 20
# What stops moving for so long is broken; a file that keeps moving may take as long as it needs.
FILE_TIMEOUT = httpx2.Timeout(30.0, connect=1.0, pool=2.0)
_TIMES = {"timeout": httpx2.Timeout(5.0, connect=1.0, pool=2.0).as_dict()}
_LIMITS = httpx2.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=50, keepalive_expiry=_IDLE_SECONDS)


class QuickCalls:
    """Small calls: requests that are given to the transport as they are.

    httpx2's client merges addresses, headers, cookies, parameters and times, and looks after redirects, sign-ins and
    hooks, of which such a call needs nothing: more than half of what a call costs.
    """

    def __init__(self, base_url: str, credentials: str, transport: httpx2.AsyncBaseTransport) -> None:
        """Take the gateway's address, what to show it with every request, and the connections."""
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "*/*", "Proxy-Authorization": credentials}
        self._transport = transport

    async def request(  # noqa: PLR0913 (what a request may have)
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: Any = None,  # noqa: ANN401 (any JSON)
        form: dict[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Return the whole answer. Raises ``httpx2.HTTPError``."""
        address = f"{self._base_url}{path}?{urlencode(params)}" if params else f"{self._base_url}{path}"
        sent = {**self._headers, **(headers or {})}
        request = httpx2.Request(method, address, headers=sent, json=json, data=form, extensions=_TIMES)
        response = await self._transport.handle_async_request(request)
        response.request = request
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response


@dataclass(frozen=True, slots=True)
class GatewayHttp:
    """Two ways with the same habits: one for small calls, which are all but free, and one for files that flow."""

    calls: QuickCalls
    files: httpx2.AsyncClient


@asynccontextmanager
async def open_gateway_http(
    base_url: str, *, credentials: str, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[GatewayHttp]:
    """Open the connections to the gateway, which is shown ``credentials`` with every request.

    ``transport`` takes the place of both in tests.
    """
    async with AsyncExitStack() as stack:
        quick = await stack.enter_async_context(transport or _quick_connections(base_url))
        files = await stack.enter_async_context(_client(base_url, credentials, transport))
        yield GatewayHttp(QuickCalls(base_url, credentials, quick), files)


def _quick_connections(base_url: str) -> httpx2.AsyncBaseTransport:
    if base_url.startswith("http://"):
        return PlainConnections(most=_MOST_CONNECTIONS, idle_seconds=_IDLE_SECONDS, longest_answer=_LONGEST_ANSWER)
    return httpx2.AsyncHTTPTransport(limits=_LIMITS, trust_env=False)


def _client(base_url: str, credentials: str, transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    http = httpx2.AsyncClient(
        base_url=base_url,
        headers={"Proxy-Authorization": credentials},
        transport=transport,
        # One pool serves all people, and nobody's cookie may travel with another's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        limits=_LIMITS,
        follow_redirects=False,
        trust_env=False,
    )
    # It is the person's that goes along; the library's own would be taken for it where there is none.
    del http.headers["User-Agent"]
    return http
