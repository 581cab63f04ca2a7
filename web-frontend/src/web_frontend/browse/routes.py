"""``/authors``, ``/subjects``, ``/publishers``: all of them, and the books of each; ``/new``."""

from fastapi import APIRouter
from starlette.responses import Response

from web_frontend.browse.kinds import KINDS, Kind
from web_frontend.browse.names import show_names
from web_frontend.browse.new_arrivals import show_new_arrivals
from web_frontend.browse.shelf import show_shelf
from web_frontend.dependencies import ReaderPage
from web_frontend.pages import Page

router = APIRouter()


@router.get("/new")
async def new_arrivals(page: ReaderPage) -> Response:
    """Show the books that came last into the catalogue."""
    return await show_new_arrivals(page)


@router.get("/authors")
@router.get("/subjects")
@router.get("/publishers")
async def names(page: ReaderPage) -> Response:
    """Show all names; or the shelf of ``name``, where the address has one that no path can carry."""
    name = page.request.query_params.get("name", "")
    if name.strip():
        return await show_shelf(page, _kind(page), name)
    return await show_names(page, _kind(page))


@router.get("/authors/{name:path}")
@router.get("/subjects/{name:path}")
@router.get("/publishers/{name:path}")
async def shelf(page: ReaderPage, name: str) -> Response:
    """Show the books of an author, a subject or a publisher."""
    return await show_shelf(page, _kind(page), name)


def _kind(page: Page) -> Kind:
    return KINDS[page.request.url.path.split("/")[1]]
