"""The gateway's own pages, and the answer for everything that is not there."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.headers import OF_OWN_PAGES
from service_kit.languages.language import speak
from service_kit.languages.texts import N_, _
from service_kit.problems import problem_response

_TITLES = {404: N_("Not Found"), 405: N_("Method Not Allowed")}
_CODES = {404: "not_found", 405: "method_not_allowed"}


async def index(_request: Request) -> Response:
    """Tell a visitor where to go."""
    links = {"documentation": "/docs", "openapi": "/openapi.json", "health": "/health/ready"}
    return JSONResponse(links, headers=OF_OWN_PAGES)


async def http_error(request: Request, error: Exception) -> Response:
    """Answer with a problem document what Starlette refuses: an unknown path, a method that a page does not have."""
    assert isinstance(error, HTTPException)  # noqa: S101 (Starlette guarantees it)
    speak(request.app.state.languages.asked_for(request.scope))
    code = _CODES.get(error.status_code, "http_error")
    headers = {**OF_OWN_PAGES, **(error.headers or {})}
    title = _(_TITLES.get(error.status_code, HTTPStatus(error.status_code).phrase))
    return problem_response(request, status=error.status_code, code=code, title=title, headers=headers)


routes = [Route("/", index)]
