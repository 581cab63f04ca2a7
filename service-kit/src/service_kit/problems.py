"""Errors as problem documents (RFC 9457), made in one place for every service, in the language of the request.

What an error says is marked with ``N_`` where it is written and translated here, when its document is made: the same
error may be met by several people. Messages about fields are translated where they are raised.
"""

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from service_kit.languages.language import current_language
from service_kit.languages.texts import N_, _
from service_kit.validation_messages import message_of

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_TITLES = {404: N_("Not Found"), 405: N_("Method Not Allowed")}
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}


class FieldError(BaseModel):
    """One thing wrong with the input."""

    loc: list[str | int] = Field(
        description="Where: body, query, path or header, then the field.", examples=[["body", "price"]]
    )
    msg: str = Field(examples=["Input should be greater than or equal to 0"])


class Problem(BaseModel):
    """A problem document (RFC 9457). ``code`` is stable; ``title`` and ``detail`` are for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", examples=["about:blank"])
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    code: str = Field(description="Stable name of the problem, in snake_case.")
    request_id: str | None = None
    errors: list[FieldError] | None = None


class DomainError(Exception):
    """An expected failure. A feature's ``errors.py`` derives from it and names ``code``, ``status`` and ``title``."""

    code = "error"
    status = 400
    title = N_("The request could not be carried out")

    def __init__(
        self,
        detail: str | None = None,
        *,
        values: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,  # noqa: ANN401 (extension members of RFC 9457 are any JSON)
    ) -> None:
        """Take a marked sentence and the values of its ``%(name)s``, headers, and extension members."""
        self.detail = detail
        self.values = dict(values or {})
        self.headers = dict(headers or {})
        self.extra = extra
        said = detail or self.title
        super().__init__(said % self.values if self.values else said)

    def told(self) -> tuple[str, str | None]:
        """Return title and detail in the language of the request at hand."""
        return _(self.title), None if self.detail is None else _(self.detail, **self.values)


class InvalidField(DomainError):
    """A field of the body breaks a rule that only the service can check."""

    code = "invalid_input"
    status = 422
    title = N_("The input is not valid")

    def __init__(self, *, field: str, message: str) -> None:
        """Take the field of the body and what is wrong with it."""
        super().__init__(errors=[{"loc": ["body", field], "msg": message}])


class Unavailable(DomainError):
    """Something that this answer needs is away for a moment; the client may try again."""

    code = "unavailable"
    status = 503
    title = N_("The service is not available for a moment")

    def __init__(self, detail: str | None = None, *, retry_after: int = 2, **extra: Any) -> None:  # noqa: ANN401
        """Take ``retry_after`` in seconds (RFC 9110, section 10.2.3)."""
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **extra)


def problem_body(  # noqa: PLR0913 (the members of RFC 9457)
    *,
    status: int,
    code: str,
    title: str | None = None,
    detail: str | None = None,
    instance: str | None = None,
    request_id: str | None = None,
    **extra: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Build the members of a problem document."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": request_id,
    }
    return {key: value for key, value in body.items() if value is not None} | extra


def problem_response(  # noqa: PLR0913 (the members of RFC 9457)
    request: Request,
    *,
    status: int,
    code: str,
    title: str | None = None,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **extra: Any,  # noqa: ANN401
) -> Response:
    """Answer ``request`` with a problem document, whose title and detail are in its language already."""
    body = problem_body(
        status=status,
        code=code,
        title=title,
        detail=detail,
        instance=request.url.path,
        request_id=request.scope.get("request_id"),
        **jsonable_encoder(extra),
    )
    return _ProblemResponse(body, status, headers=with_language(headers or {}))


def with_language(headers: Mapping[str, str]) -> dict[str, str]:
    """Add in which language a problem is told, unless the headers say so, and that it depends on the request's."""
    by_name = {name.lower(): value for name, value in headers.items()}
    told = {name: value for name, value in headers.items() if name.lower() != "vary"}
    vary = by_name.get("vary")
    told["Vary"] = f"{vary}, Accept-Language" if vary else "Accept-Language"
    if "content-language" not in by_name:
        told["Content-Language"] = current_language().code
    return told


class _ProblemResponse(JSONResponse):
    """A document that can be sent whatever it quotes: JSON may name half of a surrogate pair, which UTF-8 cannot."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:  # noqa: ANN401 (any JSON)
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe error answers for a route's OpenAPI entry."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def add_problem_handlers(app: FastAPI) -> None:
    """Map every error that a route may raise to a problem document, once for the whole service."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _invalid_input)
    app.add_exception_handler(HTTPException, _http_error)


async def _domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 (narrows the type for the checker; Starlette guarantees it)
    title, detail = error.told()
    return problem_response(
        request,
        status=error.status,
        code=error.code,
        title=title,
        detail=detail,
        headers=error.headers,
        **error.extra,
    )


async def _invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return _malformed_json(request)
    # The input itself is not repeated: it may hold a password.
    errors = [{"loc": [_plain(part) for part in item["loc"]], "msg": message_of(item)} for item in found]
    return problem_response(request, status=422, code="invalid_input", title=_(InvalidField.title), errors=errors)


def _malformed_json(request: Request) -> Response:
    return problem_response(request, status=400, code="malformed_json", title=_("The body is not valid JSON"))


def _plain(part: object) -> str | int:
    return part if isinstance(part, int) and math.isfinite(part) else str(part)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    # What the decoder trips over besides syntax: bytes that are no text, endless digits, endless nesting.
    if error.status_code == HTTPStatus.BAD_REQUEST and isinstance(error.__cause__, ValueError | RecursionError):
        return _malformed_json(request)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {**(headers or {}), "Allow": ", ".join(_allowed_methods(request))}
    code = _CODES.get(error.status_code, "bad_request" if error.status_code == HTTPStatus.BAD_REQUEST else "http_error")
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != phrase else None
    title = _(_TITLES.get(error.status_code, phrase))
    return problem_response(request, status=error.status_code, code=code, title=title, detail=detail, headers=headers)


def _allowed_methods(request: Request) -> list[str]:
    """List the methods that this path takes (RFC 9110, section 10.2.1). A route by itself knows its own alone."""
    routes = request.app.router.routes
    scopes = ({**request.scope, "method": method} for method in _METHODS)
    allowed = {scope["method"] for scope in scopes if any(route.matches(scope)[0] is Match.FULL for route in routes)}
    return sorted(allowed | {"HEAD"} if "GET" in allowed else allowed)
