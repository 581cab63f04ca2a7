"""``/books/imports``: books from files."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.requests import ClientDisconnect

from book_service.actors import Actor
from book_service.dependencies import Editor, Imports
from book_service.importing.errors import UploadBrokenOff
from book_service.importing.schemas import Import, ImportName, ImportPage, ImportPatch, ImportRowPage, RowOutcome
from book_service.importing.service import Upload
from book_service.importing.states import FileFormat
from service_kit.idempotency import parse_key
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/books/imports", tags=["imports"])

_READ = problem_responses(401, 403, 404, 422)
_DECIDE = problem_responses(401, 403, 404, 409, 422)
_FILE = {"requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


@router.post("", status_code=202, openapi_extra=_FILE, responses=problem_responses(400, 401, 403, 409, 413, 422))
async def send_file(
    request: Request,
    response: Response,
    editor: Editor,
    imports: Imports,
    name: Annotated[ImportName, Query(description="The file's name, for people.", examples=["books.csv"])] = "file",
    format: Annotated[FileFormat | None, Query(description="Found out from the file when absent.")] = None,  # noqa: A002 (the API's word)
    idempotency_key: Annotated[  # noqa: ARG001 (declared for the OpenAPI document; all its lines are read below)
        str | None, Header(alias="Idempotency-Key", description="With the same key and file, one import is made.")
    ] = None,
) -> Import:
    """Send a file as the body, in any `Content-Type`. It is read and checked next; you decide whether it is applied."""
    key = parse_key(request.headers.getlist("idempotency-key"))
    target = f"{request.url.path}?{request.url.query}"
    try:
        received = await imports.receive(Upload(name, format, request.stream(), key, target), Actor.of(editor))
    except ClientDisconnect as error:
        raise UploadBrokenOff from error
    response.headers["Location"] = f"/books/imports/{received.answer.id}"
    if received.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return received.answer


@router.get("", responses=problem_responses(400, 401, 403, 422))
async def list_imports(
    request: Request,
    response: Response,
    editor: Editor,
    imports: Imports,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> ImportPage:
    """List imports, newest first."""
    del editor
    page = await imports.find(limit=limit, cursor=cursor)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.get("/{import_id}", responses=_READ)
async def get_import(import_id: UUID, editor: Editor, imports: Imports) -> Import:
    """Read how far an import has come."""
    del editor
    return await imports.get(import_id)


@router.get("/{import_id}/rows", responses=problem_responses(400, 401, 403, 404, 422))
async def list_rows(
    request: Request,
    response: Response,
    import_id: UUID,
    editor: Editor,
    imports: Imports,
    outcome: RowOutcome | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> ImportRowPage:
    """List the rows that were checked, in the file's order: all of them or those with one outcome."""
    del editor
    page = await imports.rows(import_id, outcome=outcome, limit=limit, cursor=cursor)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.patch("/{import_id}", status_code=202, responses=problem_responses(400, 401, 403, 404, 409, 413, 422))
async def change_import(import_id: UUID, changes: ImportPatch, editor: Editor, imports: Imports) -> Import:
    """Say which column is which field, or what the import may do. It is then checked again."""
    del editor
    return await imports.change(import_id, changes)


@router.post("/{import_id}/apply", status_code=202, responses=_DECIDE)
async def apply_import(import_id: UUID, editor: Editor, imports: Imports) -> Import:
    """Do what the check has found. Asking again does nothing twice."""
    return await imports.apply(import_id, Actor.of(editor))


@router.post("/{import_id}/undo", status_code=202, responses=_DECIDE)
async def undo_import(import_id: UUID, editor: Editor, imports: Imports) -> Import:
    """Take the whole import back, but for books that somebody has edited since."""
    return await imports.undo(import_id, Actor.of(editor))


@router.post("/{import_id}/cancel", status_code=202, responses=_DECIDE)
async def cancel_import(import_id: UUID, editor: Editor, imports: Imports) -> Import:
    """Stop an import where it is. What was applied stays, and can be undone."""
    del editor
    return await imports.cancel(import_id)


@router.delete("/{import_id}", status_code=204, responses=_DECIDE)
async def delete_import(import_id: UUID, editor: Editor, imports: Imports) -> None:
    """Delete an import of which nothing was applied."""
    del editor
    await imports.delete(import_id)
