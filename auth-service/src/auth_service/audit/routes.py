"""Endpoints of the audit trail."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from auth_service.audit.schemas import AuditEventBody, AuditExportQuery, AuditQuery
from auth_service.dependencies import Administrator, Audit, CallerPlace
from auth_service.listing import page_of
from service_kit.paging import Page, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/audit", tags=["administration"])

_FILE = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. One that breaks off before its end was not written to the end.",
        "content": {"text/csv": _FILE, "application/jsonl": _FILE},
    }
}


@router.get("", summary="What has happened", responses=problem_responses(400, 401, 403, 503))
async def list_events(
    request: Request,
    response: Response,
    query: Annotated[AuditQuery, Query()],
    audit: Audit,
    _administrator: Administrator,
) -> Page[AuditEventBody]:
    """List what was done to accounts, and tried, the newest first."""
    listed = await audit.list_events(query)
    response.headers.update(link_header(request, next_cursor=listed.next_cursor, prev_cursor=listed.prev_cursor))
    return page_of(listed, AuditEventBody.of)


@router.get(
    "/export",
    summary="The audit trail as a file",
    response_class=StreamingResponse,
    responses=_FILES | problem_responses(401, 403, 422, 503),
)
async def export_events(
    query: Annotated[AuditExportQuery, Query()], audit: Audit, administrator: Administrator, place: CallerPlace
) -> StreamingResponse:
    """Write the events that match as CSV or JSON Lines, the oldest first. That they were exported is an event, too."""
    export = await audit.export(query, query.export_format, actor=administrator.account_id, place=place)
    headers = {"Content-Disposition": f'attachment; filename="{export.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(export.content, media_type=export.media_type, headers=headers)
