"""Endpoints of sessions."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from auth_service.dependencies import CallerPlace, Revocations, Sessions, SignedIn
from auth_service.keys.issuer import TOKEN_LIFETIME
from auth_service.sessions.schemas import LoginForm, RefreshBody, TokenPair
from auth_service.sessions.service import Tokens
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


@router.post("/login", summary="Sign in", responses=problem_responses(400, 401, 403, 503))
async def sign_in(
    form: Annotated[LoginForm, Form()], sessions: Sessions, place: CallerPlace, response: Response
) -> TokenPair:
    """Start a session with e-mail address and password (OAuth 2.0 password form)."""
    tokens = await sessions.sign_in(email=form.username, password=form.password.get_secret_value(), place=place)
    return _token_pair(tokens, response)


@router.post(
    "/refresh",
    summary="Renew the access token",
    responses=problem_responses(400, 401, 422, 503),
    openapi_extra=_REFRESH_BODY,
)
async def refresh(
    body: Annotated[RefreshBody, Depends(refresh_body)], sessions: Sessions, response: Response
) -> TokenPair:
    """Give new tokens for a refresh token, which is used up by that.

    The same token again within 30 seconds gives the same refresh token again; later, it ends the session.
    """
    return _token_pair(await sessions.refresh(body.refresh_token), response)


@router.post(
    "/logout",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Sign out",
    responses=problem_responses(401, 403, 503),
)
async def sign_out(sessions: Sessions, signed_in: SignedIn) -> None:
    """End the session of the access token. Its tokens are refused here at once, and everywhere within ten seconds."""
    await sessions.sign_out(signed_in.session_id)


@internal.get("/revocations", summary="What ended before its tokens did", responses=problem_responses(503))
async def show_revocations(revocations: Revocations, response: Response) -> RevocationList:
    """List the sessions and accounts whose access tokens are to be refused though they have not expired."""
    response.headers["Cache-Control"] = "no-store"
    return await revocations.current()


def _token_pair(tokens: Tokens, response: Response) -> TokenPair:
    response.headers["Cache-Control"] = "no-store"
    return TokenPair(
        access_token=tokens.access_token,
        expires_in=int(TOKEN_LIFETIME.total_seconds()),
        refresh_token=tokens.refresh_token,
        scope=" ".join(tokens.scopes),
    )
