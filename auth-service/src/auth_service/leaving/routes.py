"""Endpoints with which one takes one's data along, and leaves."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import StreamingResponse

from auth_service.dependencies import CallerPlace, Leaving, SignedIn
from auth_service.leaving.schemas import Deletion, ErasedAccountBody, ErasedAccounts, PersonalData
from service_kit.paging import INT8
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/me", tags=["accounts"])
internal = APIRouter(prefix="/internal", tags=["internal"])

_MOST_AT_ONCE = 1000


@router.get(
    "/export",
    summary="Your data",
    response_class=StreamingResponse,
    responses={200: {"model": PersonalData}, **problem_responses(401, 403, 503)},
)
async def export_me(leaving: Leaving, signed_in: SignedIn, place: CallerPlace) -> StreamingResponse:
    """Give all that auth-service knows of you, as a JSON file. Your orders are in the list of your orders."""
    content = await leaving.export(signed_in.account_id, place)
    headers = {"Content-Disposition": 'attachment; filename="account.json"', "Cache-Control": "no-store"}
    return StreamingResponse(content, media_type="application/json", headers=headers)


@router.post(
    "/delete",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Erase your account",
    responses=problem_responses(400, 401, 403, 409, 429, 503),
)
async def delete_me(deletion: Deletion, leaving: Leaving, signed_in: SignedIn, place: CallerPlace) -> None:
    """Erase the account, for good and at once. Orders under way are carried out first and then lose your name, too."""
    await leaving.erase(
        signed_in.account_id,
        password=deletion.current_password.get_secret_value(),
        code=deletion.code,
        place=place,
    )


@internal.get("/erased-accounts", summary="Accounts that are gone", responses=problem_responses(503))
async def list_erased_accounts(
    leaving: Leaving,
    response: Response,
    after: Annotated[int, Query(ge=0, le=INT8[-1])] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_AT_ONCE)] = 100,
) -> ErasedAccounts:
    """List the accounts that were erased after the one with the number ``after``, for services to erase them too."""
    response.headers["Cache-Control"] = "no-store"
    rows = await leaving.erased_after(after, limit)
    return ErasedAccounts(
        items=[ErasedAccountBody(number=row.number, account_id=row.account_id, erased_at=row.erased_at) for row in rows]
    )
