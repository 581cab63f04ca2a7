"""What happens around every request: its id, its log line, its metrics, and the last resort for a fault.

One pure ASGI middleware on purpose: each ``BaseHTTPMiddleware`` would more than double the cost of a request.
"""

import functools
import json
import re
import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.body_limit import BodyLimits, limited
from service_kit.identifiers import new_id
from service_kit.languages.texts import _
from service_kit.metrics import IN_PROGRESS, REQUESTS, SECONDS
from service_kit.problems import MEDIA_TYPE, problem_body, with_language

log = structlog.get_logger("access")

_SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._~:@/+=-]{1,128}")
_QUIET = ("/health/", "/metrics", "/internal/revocations")


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


def request_id_of(scope: Scope) -> str:
    """Return the caller's ``X-Request-ID`` if it is sane, else a new one."""
    given = _header(scope, b"x-request-id")
    if given is not None and _SANE_REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return str(new_id())


def _route_of(scope: Scope) -> str:
    """Return the template of the matched route, so that ids do not become metric labels."""
    path: str = getattr(scope.get("route"), "path", "")
    return path or "unmatched"


class Edge:
    """Pure ASGI middleware: request id, trailing slash, one log line and the metrics of each request."""

    def __init__(self, app: ASGIApp, *, body_limits: BodyLimits | None = None) -> None:
        """Wrap ``app``; without ``body_limits`` it looks after the size of bodies itself."""
        self.app = app
        self._body_limits = body_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        _strip_trailing_slash(scope)
        if self._body_limits is not None:
            receive = limited(receive, scope, self._body_limits.of(scope["path"]))
        await self._serve(scope, receive, send, request_id)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # What the application says of every answer to this request, whoever makes it.
                more = scope.get("answer_headers", ())
                message["headers"] = [*message["headers"], *more, (b"x-request-id", request_id.encode("ascii"))]
            await send(message)

        IN_PROGRESS.inc()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            log.exception("unhandled error", method=scope["method"], path=scope["path"])
            if status:
                raise  # The answer has begun: only closing the connection tells the client that it is not whole.
            await _send_last_resort(scope, send_with_id, request_id)
        finally:
            IN_PROGRESS.dec()
            _record(scope, status, time.perf_counter() - started)


def _strip_trailing_slash(scope: Scope) -> None:
    # A redirect would lose the body of some clients and would show an inner host name, so both forms are one path.
    path: str = scope["path"]
    if len(path) > 1 and path.endswith("/"):
        scope["path"] = path.rstrip("/") or "/"


async def _send_last_resort(scope: Scope, send: Send, request_id: str) -> None:
    body = problem_body(
        status=500,
        code="internal_error",
        title=_("Something went wrong on our side"),
        instance=scope["path"],
        request_id=request_id,
    )
    content = json.dumps(body).encode()
    told = with_language({"content-type": MEDIA_TYPE, "content-length": str(len(content))})
    headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@functools.lru_cache(maxsize=1024)
def _meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    # Looking them up by their labels costs more than counting.
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(method, route)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = _route_of(scope)
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    answered, took = _meters(method, route, status)
    answered.inc()
    took.observe(seconds)
    if scope["path"].startswith(_QUIET):
        return
    # The path without its query: queries hold what people search for.
    log.info("request", method=method, path=scope["path"], status=status, ms=round(seconds * 1000, 1))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
