"""Files that browsers ask for by name."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from web_frontend.site import Site

router = APIRouter()

_NOT_FOUND = 404


def _asset(request: Request, path: str) -> Response:
    site: Site = request.app.state.site
    answer = site.assets.answer(path, request)
    if answer is None:
        raise HTTPException(_NOT_FOUND)
    return answer


@router.get("/static/{path:path}")
async def static_file(request: Request, path: str) -> Response:
    """Answer a file of the static folder."""
    return _asset(request, path)


@router.get("/favicon.svg")
async def favicon(request: Request) -> Response:
    """Answer the shop's mark."""
    return _asset(request, "favicon.svg")


@router.get("/favicon.ico")
async def favicon_of_old_browsers(request: Request) -> Response:
    """Answer the shop's mark for browsers that ask without reading the page."""
    return _asset(request, "favicon.svg")
