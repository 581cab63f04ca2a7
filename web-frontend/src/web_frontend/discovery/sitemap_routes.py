"""``/robots.txt`` and the sitemaps that it names."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from web_frontend.browse.kinds import KINDS
from web_frontend.discovery.answers import HOUR, kept
from web_frontend.discovery.public_shop import Shop
from web_frontend.discovery.sitemaps import MEDIA_TYPE, Sitemaps, ends_of
from web_frontend.site import Site

router = APIRouter()

_NOT_FOUND = 404
_KEPT_OUT = (
    *("/account", "/admin", "/cart", "/checkout", "/orders", "/staff", "/local"),
    *("/sign-in", "/sign-out", "/sign-up", "/forgot-password", "/reset-password", "/verify-email", "/invitation"),
    *("/suggestions", "/theme", "/language"),
    # Several filters, orders and places at once are endless; the books have addresses of their own.
    "/books?*&",
)


def _sitemaps(shop: Shop) -> Sitemaps:
    sitemaps: Sitemaps = shop.request.app.state.sitemaps
    return sitemaps


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Let robots read the public shop's books, and nothing of a private one."""
    site: Site = request.app.state.site
    lines = ["User-agent: *", "Disallow: /"]
    if site.settings.storefront == "public":
        address = f"{site.settings.public_web_url.rstrip('/')}/sitemap.xml"
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _KEPT_OUT), "", f"Sitemap: {address}"]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/sitemap.xml")
async def sitemap_index(shop: Shop) -> Response:
    """Name all sitemaps."""
    return kept(shop.request, await _sitemaps(shop).index(shop), MEDIA_TYPE, seconds=HOUR)


@router.get("/sitemaps/pages.xml")
async def sitemap_of_pages(shop: Shop) -> Response:
    """Name the pages that lead to all others."""
    return kept(shop.request, _sitemaps(shop).pages(shop), MEDIA_TYPE, seconds=HOUR)


@router.get("/sitemaps/books/{after}/{until}.xml")
async def sitemap_of_books(shop: Shop, after: str, until: str) -> Response:
    """Name a stretch of the books."""
    try:
        ends = ends_of(after, until)
    except ValueError as error:
        raise HTTPException(_NOT_FOUND) from error
    pieces = await _sitemaps(shop).books(shop, *ends)
    return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers={"Cache-Control": f"public, max-age={HOUR}"})


@router.get("/sitemaps/{kind}.xml")
async def sitemap_of_shelves(shop: Shop, kind: str) -> Response:
    """Name the pages of authors, subjects or publishers."""
    if kind not in KINDS:
        raise HTTPException(_NOT_FOUND)
    return kept(shop.request, await _sitemaps(shop).shelves(shop, KINDS[kind]), MEDIA_TYPE, seconds=HOUR)
