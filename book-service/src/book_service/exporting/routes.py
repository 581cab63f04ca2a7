"""``/books/export``: books as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from book_service.dependencies import Editor, Exports
from book_service.exporting.schemas import ExportQuery
from service_kit.problems import problem_responses

router = APIRouter(tags=["imports"])

_FILE = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. One that breaks off before its end was not written to the end.",
        "content": {"text/csv": _FILE, "application/jsonl": _FILE, "application/xml": _FILE},
    }
}


@router.get("/books/export", response_class=StreamingResponse, responses=_FILES | problem_responses(401, 403, 422, 503))
async def export_books(query: Annotated[ExportQuery, Query()], editor: Editor, exports: Exports) -> StreamingResponse:
    """Write all books, or those that a search finds, as CSV, JSON Lines or ONIX 3.0. It can be imported again."""
    del editor
    export = await exports.export(query)
    headers = {"Content-Disposition": f'attachment; filename="{export.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(export.content, media_type=export.media_type, headers=headers)
