"""Which pages of other origins may call the gateway from a browser (CORS, Fetch standard); none unless named.

Without credentials: a browser attaches nothing by itself, so a page can do no more here than with a token of its own.
"""

import re
from typing import Annotated

from pydantic import AfterValidator
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.problems import send_problem
from service_kit.languages.choice import Languages
from service_kit.languages.texts import N_
from service_kit.problems import DomainError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS = ("Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-ID")
EXPOSED_HEADERS = (
    *("ETag", "Link", "Location", "Idempotent-Replayed", "X-Request-ID"),
    *("RateLimit", "RateLimit-Policy", "Retry-After"),
)
_REMEMBER_SECONDS = 600

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
_DEFAULT_PORT = re.compile(r"http:.*:80|https:.*:443")


def parse_origins(text: str) -> tuple[str, ...]:
    """Read a setting like ``https://shop.example, http://localhost:3000``. Raises ``ValueError``."""
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        # As browsers write it (RFC 6454, section 6.1): another spelling would never match.
        if not _ORIGIN.fullmatch(origin) or _DEFAULT_PORT.fullmatch(origin):
            message = f"has {origin!r}, which is no origin like https://shop.example or http://localhost:3000"
            raise ValueError(message)
    return origins


def _checked(text: str) -> str:
    parse_origins(text)
    return text


OriginsText = Annotated[str, AfterValidator(_checked)]
"""A setting: origins with commas between them."""


class OriginRefused(DomainError):
    """A page asked before a call that it may not make."""

    code = "cross_origin_refused"
    status = 403
    title = N_("This page may not call the API so")


class CrossOrigin(CORSMiddleware):
    """Answers what browsers ask before a call, and tells them which pages may read an answer."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...], languages: Languages) -> None:
        """Wrap ``app`` for pages of these origins, exactly as browsers send them."""
        super().__init__(
            app,
            allow_origins=frozenset(origins),
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            max_age=_REMEMBER_SECONDS,
        )
        self._languages = languages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await super().__call__(scope, receive, send)
        except OriginRefused as refusal:
            await send_problem(refusal, scope, send, self._languages)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer without content, or refuse as everything here is refused."""
        answer = super().preflight_response(request_headers)
        if answer.status_code != 200:  # noqa: PLR2004 (what Starlette says when all is well)
            raise OriginRefused(bytes(answer.body).decode(), headers={"Vary": answer.headers["vary"]})
        kept = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        return Response(status_code=204, headers=kept)
