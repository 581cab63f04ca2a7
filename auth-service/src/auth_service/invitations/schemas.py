"""Bodies of the endpoints of invitations."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from auth_service.accounts.roles import Role
from auth_service.accounts.schemas import EXAMPLE_EMAIL, Email
from auth_service.listing import AnyRow
from service_kit.text import BlankAsNone

LONGEST_DAYS = 30
USUAL_DAYS = 7
LONGEST_TOKEN = 200

Token = Annotated[str, Field(max_length=LONGEST_TOKEN, description="What the link carries.")]


class InvitationState(StrEnum):
    """What has become of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class NewInvitation(BaseModel):
    """An invitation to be made."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[Email | None, BlankAsNone] = Field(
        None, description="Who may use it. Without an address, whoever has the link."
    )
    role: Role = Field(description="What the new account is.")
    expires_in_days: int = Field(USUAL_DAYS, ge=1, le=LONGEST_DAYS)


class InvitingAccount(BaseModel):
    """Who made an invitation."""

    id: UUID
    email: str = Field(examples=[EXAMPLE_EMAIL])


class InvitationBody(BaseModel):
    """An invitation, without its link."""

    id: UUID
    email: str | None = Field(examples=[EXAMPLE_EMAIL])
    role: Role
    state: InvitationState
    created_at: datetime
    expires_at: datetime
    invited_by: InvitingAccount | None = Field(
        description="Null when the operator made it, or the account of who made it is gone."
    )

    @classmethod
    def of(cls, row: AnyRow) -> Self:
        """Show an invitation."""
        inviting = None
        if row.invited_by is not None:
            inviting = InvitingAccount(id=row.invited_by, email=row.invited_by_email)
        return cls(
            id=row.id,
            email=row.email,
            role=Role(row.role),
            state=InvitationState(row.state),
            created_at=row.created_at,
            expires_at=row.expires_at,
            invited_by=inviting,
        )


class MadeInvitation(InvitationBody):
    """A new invitation, with its link: this once."""

    link: str = Field(description="It is not shown again.", examples=["http://localhost:8080/invitation?token=…"])


class PresentedInvitation(BaseModel):
    """An invitation that somebody wants to use."""

    model_config = ConfigDict(extra="forbid")

    token: Token


class OpenInvitation(BaseModel):
    """What an invitation is good for."""

    email: str | None = Field(description="The only address that it is for.", examples=[EXAMPLE_EMAIL])
    role: Role
    expires_at: datetime
