"""The gateway's own pages, and the answer for everything that is not there."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.headers import OF_OWN_PAGES
from service_kit.problems import problem_response

_CODES = {404: "not_found", 405: "method_not_allowed"}


async def index(_request: Request) -> Response:
    """Tell a visitor where to go."""
    links = {"documentation": "/docs", "openapi": "/openapi.json", "health": "/health/ready"}
    return JSONResponse(links, headers=OF_OWN_PAGES)


async def http_error(request: Request, error: Exception) -> Response:
    """Answer with a problem document what Starlette refuses: an unknown path, a method that a page does not have."""
    assert isinstance(error, HTTPException)  # noqa: S101 (Starlette guarantees it)
    code = _CODES.get(error.status_code, "http_error")
    headers = {**OF_OWN_PAGES, **(error.headers or {})}
    return problem_response(request, status=error.status_code, code=code, headers=headers)


routes = [Route("/", index)]
