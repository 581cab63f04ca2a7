"""Files that browsers and robots ask for by name."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

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


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Let robots read the public shop's books, and nothing of a private one."""
    site: Site = request.app.state.site
    if site.settings.storefront == "public":
        kept_out = (
            "/account",
            "/cart",
            "/checkout",
            "/orders",
            "/staff",
            "/sign-in",
            "/sign-up",
            "/suggestions",
            "/admin",
        )
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in kept_out)]
    else:
        lines = ["User-agent: *", "Disallow: /"]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/site.webmanifest")
async def manifest(request: Request) -> Response:
    """Describe the shop to phones that put it on their home screen."""
    site: Site = request.app.state.site
    body = {
        "name": site.settings.shop_name,
        "short_name": site.settings.shop_name,
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": "#f8f9f6",
        "theme_color": "#0f3d30",
        "icons": [{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }
    headers = {"Cache-Control": "public, max-age=3600"}
    return JSONResponse(body, media_type="application/manifest+json", headers=headers)
