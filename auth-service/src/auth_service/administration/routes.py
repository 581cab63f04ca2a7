"""Endpoints with which administrators look after accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from auth_service.administration.schemas import AccountAdministration, AccountQuery, AdministeredAccount
from auth_service.dependencies import Administration, Administrator, CallerPlace
from auth_service.listing import page_of
from auth_service.sessions.schemas import SessionBody
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, Page, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/users", tags=["administration"])


@router.get("", summary="Accounts", responses=problem_responses(400, 401, 403, 503))
async def list_accounts(
    request: Request,
    response: Response,
    query: Annotated[AccountQuery, Query()],
    administration: Administration,
    _administrator: Administrator,
) -> Page[AdministeredAccount]:
    """Find accounts, the newest first."""
    listed = await administration.list_accounts(query)
    response.headers.update(link_header(request, next_cursor=listed.next_cursor, prev_cursor=listed.prev_cursor))
    return page_of(listed, AdministeredAccount.of)


@router.get("/{account_id}", summary="An account", responses=problem_responses(401, 403, 404, 503))
async def show_account(
    account_id: UUID, administration: Administration, _administrator: Administrator
) -> AdministeredAccount:
    """Show an account."""
    return await administration.get(account_id)


@router.patch(
    "/{account_id}",
    summary="Change what an account may do",
    responses=problem_responses(400, 401, 403, 404, 409, 503),
)
async def change_account(
    account_id: UUID,
    change: AccountAdministration,
    administration: Administration,
    administrator: Administrator,
    place: CallerPlace,
) -> AdministeredAccount:
    """Give another role, disable, or enable again. It holds everywhere within ten seconds.

    To disable an account revokes its API keys for good.
    """
    return await administration.change(account_id, change, actor=administrator.account_id, place=place)


@router.get("/{account_id}/sessions", summary="Its sessions", responses=problem_responses(400, 401, 403, 404, 503))
async def list_sessions_of_account(
    account_id: UUID,
    request: Request,
    response: Response,
    administration: Administration,
    administrator: Administrator,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Page[SessionBody]:
    """List where an account is signed in."""
    page = await administration.list_sessions(account_id, current=administrator.session_id, limit=limit, cursor=cursor)
    response.headers.update(link_header(request, next_cursor=page.next_cursor, prev_cursor=page.prev_cursor))
    return page


@router.delete(
    "/{account_id}/sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Sign an account out everywhere",
    responses=problem_responses(401, 403, 404, 503),
)
async def end_sessions_of_account(
    account_id: UUID, administration: Administration, administrator: Administrator, place: CallerPlace
) -> None:
    """End all sessions of an account. Its API keys stay."""
    await administration.end_sessions(account_id, actor=administrator.account_id, place=place)


@router.delete(
    "/{account_id}/second-factor",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Reset a second factor",
    responses=problem_responses(401, 403, 404, 409, 503),
)
async def remove_second_factor_of_account(
    account_id: UUID, administration: Administration, administrator: Administrator, place: CallerPlace
) -> None:
    """Take away the second factor of somebody who has lost it, and sign them out everywhere."""
    await administration.remove_second_factor(account_id, actor=administrator.account_id, place=place)


@router.post(
    "/{account_id}/password-reset",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Mail a link for another password",
    responses=problem_responses(401, 403, 404, 409, 503),
)
async def send_password_reset(
    account_id: UUID, administration: Administration, administrator: Administrator, place: CallerPlace
) -> dict[str, str]:
    """Mail the account a link with which its owner chooses another password."""
    await administration.send_password_reset(account_id, actor=administrator.account_id, place=place)
    return {}
