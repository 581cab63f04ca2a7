"""``/books/imports``: books from files."""

import re
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from book_service.actors import Actor
from book_service.dependencies import Editor, Imports
from book_service.importing.schemas import Import, ImportName, ImportPage, ImportPatch, ImportRowPage, RowOutcome
from book_service.importing.service import Upload
from book_service.importing.states import FileFormat
from service_kit.idempotency import parse_key
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, link_header
from service_kit.problems import problem_responses
from service_kit.streamed_body import streamed_body

PATH = "/books/imports"

router = APIRouter(prefix=PATH, tags=["imports"])

_READ = problem_responses(401, 403, 404, 422)
_DECIDE = problem_responses(401, 403, 404, 409, 422)
_REJECTED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/jsonl", "application/xml")
        }
    }
}
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
    received = await imports.receive(Upload(name, format, streamed_body(request), key, target), Actor.of(editor))
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


@router.get("/{import_id}/rejected", response_class=StreamingResponse, responses=_REJECTED | _DECIDE)
async def get_rejected_rows(import_id: UUID, editor: Editor, imports: Imports) -> StreamingResponse:
    """Get the rows that were not applied, in the format that was sent and with what is wrong with each."""
    del editor
    rejected = await imports.rejected(import_id)
    headers = {"Content-Disposition": attachment(rejected.name), "Cache-Control": "no-store"}
    return StreamingResponse(rejected.content, media_type=rejected.media_type, headers=headers)


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


def attachment(name: str) -> str:
    """Return the ``Content-Disposition`` header of a file to save under ``name`` (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
