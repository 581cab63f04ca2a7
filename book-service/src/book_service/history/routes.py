"""``/books/{id}/history``: what happened to a book, and putting an earlier version back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, Response

from book_service.actors import Actor
from book_service.catalogue.schemas import Book
from book_service.dependencies import Editor, Histories
from book_service.history.schemas import History, Version
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, link_header
from service_kit.problems import problem_responses

HIGHEST_VERSION = 2**31 - 1

router = APIRouter(prefix="/books/{book_id}/history", tags=["books"])

VersionNumber = Annotated[int, Path(ge=1, le=HIGHEST_VERSION)]


@router.get("", responses=problem_responses(400, 401, 403, 404, 422))
async def get_history(
    request: Request,
    response: Response,
    book_id: UUID,
    editor: Editor,
    histories: Histories,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> History:
    """Read who changed what of a book and when, newest first."""
    del editor
    history = await histories.of_book(book_id, limit=limit, encoded_cursor=cursor)
    response.headers.update(link_header(request, next_cursor=history.next_cursor, prev_cursor=history.prev_cursor))
    return history


@router.get("/{version}", responses=problem_responses(401, 403, 404, 422))
async def get_version(book_id: UUID, version: VersionNumber, editor: Editor, histories: Histories) -> Version:
    """Read what a book said at a version, and what putting it back would change."""
    del editor
    return await histories.version(book_id, version)


@router.post("/{version}/restore", responses=problem_responses(401, 403, 404, 409, 412, 422))
async def restore_version(
    book_id: UUID,
    version: VersionNumber,
    editor: Editor,
    histories: Histories,
    response: Response,
    if_match: Annotated[str | None, Header(description="The version that you read; another one gives 412.")] = None,
) -> Book:
    """Put an earlier version back, as a new version of its own. Where it says the same as now nothing changes.

    An archived book is 409 `book_archived`: put it back into the catalogue first (`POST /books/{id}/restore`).
    """
    restored = await histories.restore(book_id, version, actor=Actor.of(editor), if_match=if_match)
    response.headers["ETag"] = restored.etag
    return restored.book
