"""A book's history, and putting an earlier version back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from service_kit.languages.texts import _
from web_frontend.catalogue.client import CatalogueClient
from web_frontend.dependencies import EditorPage, SignedInForm
from web_frontend.editing.client import EditConflict, IsbnTaken
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.history.client import HistoryClient
from web_frontend.history.revisions import shown_changes
from web_frontend.links import with_query
from web_frontend.pages import Page

router = APIRouter()

_OK = 200
_CONFLICT = 409
_PRECONDITION_FAILED = 412
_CURSOR_LENGTH = 2000
_HIGHEST_VERSION = 2**31 - 1

VersionNumber = Annotated[int, Path(ge=1, le=_HIGHEST_VERSION)]


@router.get("/books/{book_id}/history")
async def history_page(page: EditorPage, book_id: UUID) -> Response:
    """Show who changed what, newest first."""
    path = f"/books/{book_id}/history"
    cursor = page.request.query_params.get("cursor", "")[:_CURSOR_LENGTH]
    # The book last: what is offered to be put back is not newer than the history that is shown.
    try:
        history = await HistoryClient(page.gateway).of_book(str(book_id), [("cursor", cursor)] if cursor else [])
    except Refused as error:
        if error.code != "invalid_cursor" or not cursor:
            raise
        return await page.go(path)
    book = (await CatalogueClient(page.gateway).book(str(book_id))).book
    previous, following = (
        with_query(path, [("cursor", place)]) if place else "" for place in (history.prev_cursor, history.next_cursor)
    )
    return await page.show(
        "history/history.html",
        book=book,
        history=history,
        shown_changes=shown_changes,
        previous=previous,
        following=following,
    )


@router.get("/books/{book_id}/history/{version}")
async def version_page(page: EditorPage, book_id: UUID, version: VersionNumber) -> Response:
    """Show what putting a version back would change, and ask whether to do it."""
    return await _show_version(page, str(book_id), version)


@router.post("/books/{book_id}/history/{version}")
async def restore_version(page: EditorPage, form: SignedInForm, book_id: UUID, version: VersionNumber) -> Response:
    """Put the version back, if the book is still what the person saw."""
    try:
        book = await HistoryClient(page.gateway).restore(str(book_id), version, etag=form["version"])
    except EditConflict:
        return await _show_version(page, str(book_id), version, status=_PRECONDITION_FAILED)
    except IsbnTaken as taken:
        return await _show_version(page, str(book_id), version, status=_CONFLICT, taken=taken)
    except NotFound as error:
        return await _unknown_version(page, str(book_id), version, error)
    except Refused as error:
        if error.code != "book_archived":
            raise
        page.flash("bad", _("This book was archived meanwhile. Put it back into the catalogue first."))
    else:
        page.flash("ok", _("Version %(number)s of “%(title)s” is put back.", number=version, title=book.title))
    return await page.go(f"/books/{book_id}/history")


async def _show_version(
    page: Page, book_id: str, version: int, *, status: int = _OK, taken: IsbnTaken | None = None
) -> Response:
    # The book first: a change that comes in between is then met by the old entity tag, and shown.
    tagged = await CatalogueClient(page.gateway).book(book_id)
    try:
        found = await HistoryClient(page.gateway).version(book_id, version)
    except NotFound as error:
        return await _unknown_version(page, book_id, version, error)
    return await page.show(
        "history/version.html",
        status=status,
        book=tagged.book,
        etag=tagged.etag,
        version=version,
        changes=shown_changes(found.restoring, tagged.book.currency),
        was_changed=status == _PRECONDITION_FAILED,
        taken=taken,
    )


async def _unknown_version(page: Page, book_id: str, version: int, error: NotFound) -> Response:
    if error.code != "revision_not_found":
        raise error
    page.flash(
        "bad", _("What this book said at version %(number)s is not known, so it cannot be put back.", number=version)
    )
    return await page.go(f"/books/{book_id}/history")
