"""Bodies of the administration's endpoints."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from auth_service.accounts.roles import Role
from auth_service.accounts.schemas import EXAMPLE_EMAIL
from auth_service.listing import AnyRow
from service_kit.text import BlankAsNone, Line

LONGEST_SEARCH = 200


class AccountQuery(BaseModel):
    """Which accounts a list shows."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Annotated[Line, Field(max_length=LONGEST_SEARCH)] | None, BlankAsNone] = Field(
        None, description="A part of the e-mail address or of the name."
    )
    role: list[Role] = Field([], description="Any of these.")
    disabled: bool | None = Field(None, description="Only those that are disabled, or only those that are not.")
    limit: int = Field(24, ge=1, le=100)
    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` or `prev_cursor` of a page.")


class AdministeredAccount(BaseModel):
    """An account as administrators see it."""

    id: UUID
    email: str = Field(examples=[EXAMPLE_EMAIL])
    full_name: str | None
    role: Role
    created_at: datetime
    email_verified: bool
    disabled_at: datetime | None
    second_factor: bool
    last_signed_in_at: datetime | None
    sessions: int = Field(description="How many are open.")

    @classmethod
    def of(cls, row: AnyRow) -> Self:
        """Show an account."""
        return cls(
            id=row.id,
            email=row.email,
            full_name=row.full_name,
            role=Role(row.role),
            created_at=row.created_at,
            email_verified=row.email_verified_at is not None,
            disabled_at=row.disabled_at,
            second_factor=row.second_factor,
            last_signed_in_at=row.last_signed_in_at,
            sessions=row.sessions,
        )


class AccountAdministration(BaseModel):
    """Changes to somebody's account (a merge patch, RFC 7396). What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    disabled: bool | None = None
