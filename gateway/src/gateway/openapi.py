"""``/openapi.json``: the services' documents as one, kept for a while."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as PageRoute

from gateway.config import Settings
from gateway.openapi_access import describe_access
from gateway.openapi_merge import Part, merge, public_part
from gateway.routing import Route, RouteTable, services_of

log = structlog.get_logger(__name__)

KEEP_SECONDS = 30.0
KEEP_SECONDS_WITH_GAPS = 3.0
_FETCH_SECONDS = 3.0


class SystemDocument:
    """The OpenAPI document of the whole system. A service that is down contributes what it said last."""

    def __init__(self, http: httpx2.AsyncClient, settings: Settings, routes: list[Route]) -> None:
        """Take the client that fetches, and what is public."""
        self._http = http
        self._title = f"{settings.shop_name} API"
        self._table = RouteTable(routes)
        self._services = services_of(routes)
        self._has_limits = any((settings.limit_account, settings.limit_key, settings.limit_address))
        self._last_seen: dict[str, dict[str, Any]] = {}
        self._content = b""
        self._good_until = 0.0
        self._building = asyncio.Lock()

    async def content(self) -> bytes:
        """Return the document as JSON."""
        async with self._building:
            if time.monotonic() >= self._good_until:
                silent = await self._fetch_all()
                self._content = json.dumps(self._build(silent), ensure_ascii=False).encode()
                self._good_until = time.monotonic() + (KEEP_SECONDS_WITH_GAPS if silent else KEEP_SECONDS)
        return self._content

    async def _fetch_all(self) -> list[str]:
        """Fetch all documents at once; return the services that gave none."""
        answered = await asyncio.gather(*(self._fetch(service, url) for service, url in self._services.items()))
        return [service for service, ok in zip(self._services, answered, strict=True) if not ok]

    async def _fetch(self, service: str, url: str) -> bool:
        try:
            answer = await self._http.get(f"{url}/openapi.json", timeout=_FETCH_SECONDS)
            answer.raise_for_status()
            document = answer.json()
            public_part(service, document, lambda _: True)
        except (httpx2.HTTPError, ValueError, AttributeError, TypeError) as error:
            log.warning("no OpenAPI document", service=service, error=f"{type(error).__name__}: {error}")
            return False
        self._last_seen[service] = document
        return True

    def _build(self, silent: Sequence[str]) -> dict[str, Any]:
        merged = merge([self._part(service) for service in self._services if service in self._last_seen])
        if "Problem" in merged["components"].get("schemas", {}):
            describe_access(merged, self._table, has_limits=self._has_limits)
        for scheme in merged["components"].get("securitySchemes", {}).values():
            _point_to_login(scheme)
        info = {"title": self._title, "version": "0.1.0", "description": self._description(silent)}
        return {"openapi": "3.1.0", "info": info, "servers": [{"url": "/"}], **merged}

    def _part(self, service: str) -> Part:
        return public_part(service, self._last_seen[service], lambda path: self._belongs(path, service))

    def _belongs(self, path: str, service: str) -> bool:
        route = self._table.find(path)
        return route is not None and route.service == service

    def _description(self, silent: Sequence[str]) -> str:
        sentences = ["Books, stock, carts and orders. Errors are problem documents (RFC 9457)."]
        for service in silent:
            has_part = service in self._last_seen
            rest = "its part is as it was last seen" if has_part else "its part is missing"
            sentences.append(f"The {service} does not answer at the moment: {rest}.")
        return " ".join(sentences)


def _point_to_login(scheme: Mapping[str, Any]) -> None:
    password = scheme.get("flows", {}).get("password")
    if password is not None:
        password.update(tokenUrl="/auth/login/", refreshUrl="/auth/refresh/")


async def openapi(request: Request) -> Response:
    """Answer the document."""
    document: SystemDocument = request.app.state.document
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(await document.content(), media_type="application/json", headers=headers)


routes = [PageRoute("/openapi.json", openapi)]
