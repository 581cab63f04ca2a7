"""``/books``: read and edit books."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, Response

from book_service.actors import Actor
from book_service.catalogue.representation import TaggedBook, book_path
from book_service.catalogue.schemas import Book, BookCreate, BookFields, BookPatch, Isbn
from book_service.dependencies import Catalogue, Editor, Reader, may_edit
from service_kit.conditional import is_not_modified
from service_kit.idempotency import IdempotencyKey, StoredAnswer, replay
from service_kit.problems import problem_responses

router = APIRouter(prefix="/books", tags=["books"])

IfMatch = Annotated[str | None, Header(description="The version that you read; another one gives 412.")]
IfNoneMatch = Annotated[str | None, Header(description="The version that you have; the same one gives 304.")]

_TAGGED = {200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": 'For example `"v7.s31"`.'}}}}
_READ = _TAGGED | {304: {"description": "Your copy is still good"}} | problem_responses(401, 403, 404, 422)
_WRITE = _TAGGED | problem_responses(400, 401, 403, 404, 409, 412, 413, 422)


def _tagged(response: Response, tagged: TaggedBook) -> Book:
    response.headers["ETag"] = tagged.etag
    return tagged.book


def _representation(response: Response, tagged: TaggedBook, if_none_match: str | None) -> Book | Response:
    headers = {"ETag": tagged.etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if is_not_modified(if_none_match, tagged.etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return tagged.book


@router.post("", status_code=201, response_model=Book, responses=problem_responses(400, 401, 403, 409, 413, 422))
async def create_book(
    request: Request, new: BookCreate, editor: Editor, catalogue: Catalogue, response: Response, key: IdempotencyKey
) -> Book | Response:
    """Add a book. `title` and `price` are required."""
    created = await catalogue.create(new, actor=Actor.of(editor), key=key)
    if isinstance(created, StoredAnswer):
        return replay(request, created)
    response.headers["Location"] = book_path(created.book.id)
    return _tagged(response, created)


@router.get("/isbn/{isbn}", response_model=Book, responses=_READ)
async def get_book_by_isbn(
    isbn: Annotated[Isbn, Path(examples=["978-0-15-694960-6"])],
    reader: Reader,
    catalogue: Catalogue,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> Book | Response:
    """Read the book with this ISBN (10 or 13, any hyphens)."""
    tagged = await catalogue.get_by_isbn(isbn, for_editor=may_edit(reader))
    return _representation(response, tagged, if_none_match)


@router.get("/{book_id}", response_model=Book, responses=_READ)
async def get_book(
    book_id: UUID, reader: Reader, catalogue: Catalogue, response: Response, if_none_match: IfNoneMatch = None
) -> Book | Response:
    """Read one book. An archived one is 404, but for editors."""
    return _representation(response, await catalogue.get(book_id, for_editor=may_edit(reader)), if_none_match)


@router.put("/{book_id}", responses=_WRITE)
async def replace_book(
    book_id: UUID,
    fields: BookFields,
    editor: Editor,
    catalogue: Catalogue,
    response: Response,
    if_match: IfMatch = None,
) -> Book:
    """Replace the record. What only the system keeps (stock, times, version) is ignored in the body."""
    return _tagged(response, await catalogue.replace(book_id, fields, actor=Actor.of(editor), if_match=if_match))


@router.patch("/{book_id}", responses=_WRITE)
async def patch_book(
    book_id: UUID,
    changes: BookPatch,
    editor: Editor,
    catalogue: Catalogue,
    response: Response,
    if_match: IfMatch = None,
) -> Book:
    """Change some fields (JSON Merge Patch, RFC 7396)."""
    return _tagged(response, await catalogue.patch(book_id, changes, actor=Actor.of(editor), if_match=if_match))


@router.delete("/{book_id}", status_code=204, responses=problem_responses(401, 403, 404, 412, 422))
async def archive_book(book_id: UUID, editor: Editor, catalogue: Catalogue, if_match: IfMatch = None) -> None:
    """Archive a book: it leaves the catalogue, and orders keep their copy of what it was."""
    await catalogue.archive(book_id, actor=Actor.of(editor), if_match=if_match)


@router.post("/{book_id}/restore", responses=_WRITE)
async def restore_book(
    book_id: UUID, editor: Editor, catalogue: Catalogue, response: Response, if_match: IfMatch = None
) -> Book:
    """Put an archived book back into the catalogue."""
    return _tagged(response, await catalogue.restore(book_id, actor=Actor.of(editor), if_match=if_match))
