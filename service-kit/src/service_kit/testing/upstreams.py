"""Neighbouring services, faked as ASGI applications behind the real HTTP client."""

import time
from collections.abc import Mapping
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from service_kit.testing.tokens import TokenMint

_NOW = "2026-03-01T10:15:00.120Z"


class Upstreams(httpx2.AsyncBaseTransport):
    """Sends each request to the application that stands for its host; an unlisted host refuses the connection."""

    def __init__(self, applications: Mapping[str, ASGIApp]) -> None:
        """Take ``{"host:port": application}``."""
        self._transports = {host: httpx2.ASGITransport(app=app) for host, app in applications.items()}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Serve ``request`` in process."""
        transport = self._transports.get(request.url.netloc.decode())
        if transport is None:
            message = "connection refused"
            raise httpx2.ConnectError(message, request=request)
        return await transport.handle_async_request(request)


class FakeAuthService:
    """auth-service as the others see it: its keys, its revocation list, and tokens for services."""

    def __init__(self, mint: TokenMint) -> None:
        """Take the mint whose tokens are to be good."""
        self.mint = mint
        self.revoked_sessions: set[str] = set()
        self.erased: list[dict[str, Any]] = []
        self.app = Starlette(
            routes=[
                Route("/.well-known/jwks.json", self._jwks),
                Route("/internal/revocations", self._revocations),
                Route("/internal/token", self._token, methods=["POST"]),
                Route("/internal/erased-accounts", self._erased_accounts),
            ]
        )

    async def _jwks(self, _request: Request) -> JSONResponse:
        return JSONResponse(self.mint.jwks)

    async def _revocations(self, _request: Request) -> JSONResponse:
        return JSONResponse({"as_of": time.time(), "sessions": sorted(self.revoked_sessions), "accounts": {}})

    def erase(self, account_id: str) -> None:
        """Have an account erased."""
        self.erased.append({"number": len(self.erased) + 1, "account_id": account_id, "erased_at": _NOW})

    async def _erased_accounts(self, request: Request) -> JSONResponse:
        after, limit = int(request.query_params["after"]), int(request.query_params["limit"])
        return JSONResponse({"items": [one for one in self.erased if one["number"] > after][:limit]})

    async def _token(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {"access_token": self.mint.token("order-service"), "token_type": "bearer", "expires_in": 900}
        )
