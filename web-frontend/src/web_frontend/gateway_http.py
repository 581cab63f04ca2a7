"""The connections to the gateway."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from service_kit.plain_connections import PlainConnections

# An idle connection is dropped before the server does it, so that no request is sent on a dying one.
_IDLE_SECONDS = 3.0
_MOST_CONNECTIONS = 200
# A hundred books with the longest descriptions that there may be.
_LONGEST_ANSWER = 16 << 20
# What stops moving for so long is broken; a file that keeps moving may take as long as it needs.
FILE_TIMEOUT = httpx2.Timeout(30.0, connect=1.0, pool=2.0)


@dataclass(frozen=True, slots=True)
class GatewayHttp:
    """Two clients with the same habits: one for small calls, which are all but free, and one for files that flow."""

    calls: httpx2.AsyncClient
    files: httpx2.AsyncClient


@asynccontextmanager
async def open_gateway_http(
    base_url: str, *, credentials: str, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[GatewayHttp]:
    """Open the connections to the gateway, which is shown ``credentials`` with every request.

    ``transport`` takes the place of both in tests.
    """
    quick = transport or _plain_connections(base_url)
    async with AsyncExitStack() as stack:
        calls, files = [
            await stack.enter_async_context(_client(base_url, credentials, each)) for each in (quick, transport)
        ]
        yield GatewayHttp(calls, files)


def _plain_connections(base_url: str) -> httpx2.AsyncBaseTransport | None:
    if not base_url.startswith("http://"):
        return None
    return PlainConnections(most=_MOST_CONNECTIONS, idle_seconds=_IDLE_SECONDS, longest_answer=_LONGEST_ANSWER)


def _client(base_url: str, credentials: str, transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    http = httpx2.AsyncClient(
        base_url=base_url,
        headers={"Proxy-Authorization": credentials},
        transport=transport,
        # One pool serves all people, and nobody's cookie may travel with another's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx2.Timeout(5.0, connect=1.0, pool=2.0),
        limits=httpx2.Limits(
            max_connections=_MOST_CONNECTIONS, max_keepalive_connections=50, keepalive_expiry=_IDLE_SECONDS
        ),
        follow_redirects=False,
        trust_env=False,
    )
    # It is the person's that goes along; the library's own would be taken for it where there is none.
    del http.headers["User-Agent"]
    return http
