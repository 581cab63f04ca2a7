"""Endpoints of sessions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from auth_service.dependencies import CallerPlace, Revocations, Sessions, SignedIn
from auth_service.sessions.schemas import RefreshBody, SessionBody, TokenPair
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, Page, link_header
from service_kit.problems import problem_responses
from service_kit.revocations import RevocationList

router = APIRouter(prefix="/auth", tags=["sessions"])
internal = APIRouter(prefix="/internal", tags=["internal"])

_REFRESH_SCHEMA = {"schema": RefreshBody.model_json_schema()}
_REFRESH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": _REFRESH_SCHEMA, "application/json": _REFRESH_SCHEMA},
    }
}


async def refresh_body(request: Request) -> RefreshBody:
    """Read the body as JSON or as a form, whichever it says it is."""
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            return RefreshBody.model_validate_json(await request.body())
        async with request.form() as form:
            return RefreshBody.model_validate(dict(form))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in found]) from error


@router.post(
    "/refresh",
    summary="Renew the access token",
    responses=problem_responses(400, 401, 422, 503),
    openapi_extra=_REFRESH_BODY,
)
async def refresh(
    body: Annotated[RefreshBody, Depends(refresh_body)], sessions: Sessions, place: CallerPlace, response: Response
) -> TokenPair:
    """Give new tokens for a refresh token, which is used up by that.

    The same token again within 30 seconds gives the same refresh token again; later, it ends the session.
    """
    response.headers["Cache-Control"] = "no-store"
    return TokenPair.of(await sessions.refresh(body.refresh_token, place))


@router.post(
    "/logout",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Sign out",
    responses=problem_responses(401, 403, 503),
)
async def sign_out(sessions: Sessions, signed_in: SignedIn, place: CallerPlace) -> None:
    """End the session of the access token. Its tokens are refused here at once, and everywhere within ten seconds."""
    await sessions.sign_out(signed_in.account_id, signed_in.session_id, place)


@router.get("/sessions", summary="Where you are signed in", responses=problem_responses(400, 401, 403, 422, 503))
async def list_sessions(
    request: Request,
    response: Response,
    sessions: Sessions,
    signed_in: SignedIn,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Page[SessionBody]:
    """List your sessions that go on, newest first."""
    page = await sessions.list(signed_in.account_id, current=signed_in.session_id, limit=limit, encoded_cursor=cursor)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.delete(
    "/sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Sign out everywhere",
    responses=problem_responses(401, 403, 422, 503),
)
async def end_sessions(
    sessions: Sessions,
    signed_in: SignedIn,
    place: CallerPlace,
    keep_current: Annotated[bool, Query(description="Stay signed in here.")] = False,
) -> None:
    """End all your sessions, or all others. Their tokens are refused everywhere within ten seconds."""
    but = signed_in.session_id if keep_current else None
    await sessions.end_all(signed_in.account_id, but=but, place=place)


@router.delete(
    "/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Sign out somewhere",
    responses=problem_responses(401, 403, 404, 422, 503),
)
async def end_session(session_id: UUID, sessions: Sessions, signed_in: SignedIn, place: CallerPlace) -> None:
    """End one of your sessions. Its tokens are refused everywhere within ten seconds."""
    await sessions.end(signed_in.account_id, session_id, place)


@internal.get("/revocations", summary="What ended before its tokens did", responses=problem_responses(503))
async def show_revocations(revocations: Revocations, response: Response) -> RevocationList:
    """List the sessions and accounts whose access tokens are to be refused though they have not expired."""
    response.headers["Cache-Control"] = "no-store"
    return await revocations.current()
