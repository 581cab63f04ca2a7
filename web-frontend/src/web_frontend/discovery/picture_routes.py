"""Pictures for those who show a link: a book's cover, its card, and the card of the shop. And the shop's manifest."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from web_frontend.discovery.answers import DAY, FOR_OTHERS, kept
from web_frontend.discovery.books import book
from web_frontend.discovery.drawing import Drawn
from web_frontend.discovery.pictures import NotDrawn, Pictures
from web_frontend.discovery.public_shop import PublicShop, Shop
from web_frontend.site import Site

router = APIRouter()

_MOST_AUTHORS = 3
_BUSY, _BUSY_SECONDS = 503, "5"


def _pictures(shop: PublicShop) -> Pictures:
    pictures: Pictures = shop.request.app.state.pictures
    return pictures


def _png(shop: PublicShop, png: bytes) -> Response:
    return kept(shop.request, png, "image/png", seconds=DAY, headers=FOR_OTHERS)


def _busy(error: Exception) -> HTTPException:
    del error
    return HTTPException(_BUSY, headers={"Retry-After": _BUSY_SECONDS})


@router.get("/card.png")
async def shop_card(shop: Shop) -> Response:
    """Show what a link to the shop looks like elsewhere."""
    try:
        return _png(shop, await _pictures(shop).shop())
    except NotDrawn as error:
        raise _busy(error) from error


@router.get("/books/{book_id}/{picture}.png")
async def book_picture(shop: Shop, book_id: UUID, picture: Literal["cover", "card"]) -> Response:
    """Show a book's cover, or what a link to it looks like elsewhere."""
    found = await book(shop, str(book_id))
    drawn = Drawn(found.isbn13, found.title, ", ".join(found.authors[:_MOST_AUTHORS]))
    pictures = _pictures(shop)
    try:
        return _png(shop, await (pictures.cover(drawn) if picture == "cover" else pictures.card(drawn)))
    except NotDrawn as error:
        raise _busy(error) from error


@router.get("/site.webmanifest")
async def manifest(request: Request) -> Response:
    """Describe the shop to phones that put it on their home screen."""
    site: Site = request.app.state.site
    drawn = (
        ("icon-192", "192x192", "any"),
        ("icon-512", "512x512", "any"),
        ("icon-maskable-512", "512x512", "maskable"),
    )
    icons = [
        {"src": site.assets.url(f"icons/{name}.png"), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in drawn
    ]
    body = {
        "id": "/",
        "name": site.settings.shop_name,
        "short_name": site.settings.shop_name,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": "#f8f9f6",
        "theme_color": "#0f3d30",
        "icons": [{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}, *icons],
    }
    headers = {"Cache-Control": "public, max-age=3600"}
    return JSONResponse(body, media_type="application/manifest+json", headers=headers)
