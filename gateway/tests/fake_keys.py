"""auth-service as the gateway sees it when it exchanges API keys."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service_kit.identifiers import new_id
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService

SECRET = "5eb63bbbe01eeed093cb22bb8f5acdc3" * 2


def new_key() -> str:
    """Return a key as auth-service makes them, which nobody knows."""
    return f"quire_{new_id().hex}_{SECRET}"


class FakeKeyService(FakeAuthService):
    """Exchanges the keys that a test gave out, slowly if told so, or not at all."""

    def __init__(self, mint: TokenMint, *, gateway_secret: str) -> None:
        super().__init__(mint)
        self.url = ""
        self.claims: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = 0
        self.seconds = 0.0
        self.lifetime = 300
        self.trouble: Response | None = None
        self.jwks_asked = 0
        self._gateway_secret = gateway_secret
        self.app.router.routes.append(Route("/internal/api-key-token", self._exchange, methods=["POST"]))

    def give_key(self, **claims: Any) -> str:
        """Return a key that is good."""
        key = new_key()
        self.claims[key] = {"sub": str(new_id()), "sid": str(UUID(key.split("_")[1])), "client_id": "api-key"} | claims
        return key

    async def _jwks(self, request: Request) -> JSONResponse:
        self.jwks_asked += 1
        return await super()._jwks(request)

    async def _exchange(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body | {"authorization": request.headers.get("authorization")})
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(self.seconds)
        self.at_once -= 1
        if self.trouble is not None:
            return self.trouble
        claims = self.claims.get(body["key"])
        if claims is None:
            return JSONResponse({"code": "invalid_api_key"}, 401)
        token = self.mint.token(**claims)
        return JSONResponse({"access_token": token, "expires_in": self.lifetime, "key_id": claims["sid"]})
