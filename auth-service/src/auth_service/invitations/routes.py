"""Endpoints of invitations."""

from uuid import UUID

from fastapi import APIRouter, Request, Response, status

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.roles import Role
from auth_service.dependencies import Administrator, CallerPlace, Invitations
from auth_service.invitations.schemas import (
    InvitationBody,
    MadeInvitation,
    NewInvitation,
    OpenInvitation,
    PresentedInvitation,
)
from auth_service.listing import Wanted, page_of
from service_kit.paging import DEFAULT_LIMIT, CursorText, Limit, Page, link_header
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/invitations", tags=["administration"])
signup = APIRouter(prefix="/auth/signup", tags=["accounts"])


@router.get("", summary="Invitations", responses=problem_responses(400, 401, 403, 503))
async def list_invitations(
    request: Request,
    response: Response,
    invitations: Invitations,
    _administrator: Administrator,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Page[InvitationBody]:
    """List all invitations, the newest first; those that have ended for 90 days."""
    listed = await invitations.list_invitations(Wanted(limit, cursor, {}))
    response.headers.update(link_header(request, next_cursor=listed.next_cursor, prev_cursor=listed.prev_cursor))
    return page_of(listed, InvitationBody.of)


@router.post(
    "", status_code=status.HTTP_201_CREATED, summary="Invite", responses=problem_responses(400, 401, 403, 409, 503)
)
async def invite(
    new: NewInvitation, invitations: Invitations, administrator: Administrator, place: CallerPlace, response: Response
) -> MadeInvitation:
    """Make a link with which one person may sign up. It is shown this once, and mailed where there is mail."""
    made = await invitations.invite(
        EmailAddress.parse(new.email) if new.email is not None else None,
        new.role,
        days=new.expires_in_days,
        invited_by=administrator.account_id,
        place=place,
    )
    response.headers["Cache-Control"] = "no-store"
    return MadeInvitation(**InvitationBody.of(made.invitation).model_dump(), link=made.link)


@router.delete(
    "/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Withdraw an invitation",
    responses=problem_responses(401, 403, 404, 409, 503),
)
async def withdraw_invitation(
    invitation_id: UUID, invitations: Invitations, administrator: Administrator, place: CallerPlace
) -> None:
    """Make the link of an invitation useless."""
    await invitations.withdraw(invitation_id, actor=administrator.account_id, place=place)


@signup.post("/invitation", summary="What an invitation is good for", responses=problem_responses(400, 410, 503))
async def show_invitation(
    presented: PresentedInvitation, invitations: Invitations, response: Response
) -> OpenInvitation:
    """Tell who an invitation is for, and what the new account will be."""
    response.headers["Cache-Control"] = "no-store"
    found = await invitations.look_at(presented.token)
    return OpenInvitation(email=found.email, role=Role(found.role), expires_at=found.expires_at)
