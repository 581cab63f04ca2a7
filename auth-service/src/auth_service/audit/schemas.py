"""Bodies of the audit trail's endpoints."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from auth_service.accounts.emails import LONGEST_INPUT
from auth_service.audit.actions import Action
from auth_service.listing import AnyRow
from service_kit.text import BlankAsNone


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
SomeAccount = Annotated[
    Annotated[str, Field(max_length=LONGEST_INPUT)] | None,
    BlankAsNone,
    Field(description="An account's id, or the e-mail address that it has now."),
]


class ExportFormat(StrEnum):
    """As what the trail is written."""

    CSV = "csv"
    JSONL = "jsonl"


class AuditFilters(BaseModel):
    """Which events are wanted."""

    model_config = ConfigDict(extra="forbid")

    actor: SomeAccount = None
    subject: SomeAccount = None
    action: list[Action] = Field([], description="Any of these.")
    since: Moment | None = Field(None, description="At this time or later; in UTC if it does not say.")
    until: Moment | None = Field(None, description="Before this time.")


class AuditQuery(AuditFilters):
    """Which page of which events."""

    limit: int = Field(24, ge=1, le=100)
    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` or `prev_cursor` of a page.")


class AuditExportQuery(AuditFilters):
    """Which events, and as what."""

    export_format: ExportFormat = Field(ExportFormat.CSV, alias="format")


class NamedAccount(BaseModel):
    """An account, and its address unless it is gone."""

    id: UUID
    email: str | None


class AuditEventBody(BaseModel):
    """Something that happened."""

    number: int = Field(description="Without gaps.")
    at: datetime
    action: str = Field(examples=[Action.ROLE_CHANGED.value])
    actor: NamedAccount | None = Field(description="Who did it; null when nobody was signed in.")
    subject: NamedAccount | None = Field(description="Whose account it was done to.")
    address: str | None = Field(examples=["192.0.2.1"])
    user_agent: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, row: AnyRow) -> Self:
        """Show an event."""
        return cls(
            number=row.number,
            at=row.at,
            action=row.action,
            actor=None if row.actor is None else NamedAccount(id=row.actor, email=row.actor_email),
            subject=None if row.subject is None else NamedAccount(id=row.subject, email=row.subject_email),
            address=None if row.address is None else str(row.address),
            user_agent=row.user_agent,
            detail=row.detail,
        )
