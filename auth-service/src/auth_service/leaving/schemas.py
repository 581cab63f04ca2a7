"""Bodies of the endpoints with which one leaves."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from auth_service.accounts.schemas import PresentPassword


class Deletion(BaseModel):
    """What shows that it is really the owner who wants the account erased."""

    model_config = ConfigDict(extra="forbid")

    current_password: PresentPassword
    code: Annotated[str | None, Field(max_length=100, description="Of the second factor, where there is one.")] = None


class ErasedAccountBody(BaseModel):
    """An account that is gone."""

    number: int = Field(description="Grows with each erased account.")
    account_id: UUID
    erased_at: datetime


class ErasedAccounts(BaseModel):
    """Accounts that are gone, in the order in which they were erased."""

    items: list[ErasedAccountBody]


class PersonalData(BaseModel):
    """All that auth-service knows of a person."""

    exported_at: datetime
    account: dict[str, Any]
    sessions: list[dict[str, Any]]
    api_keys: list[dict[str, Any]]
    invitations: list[dict[str, Any]]
    second_factor: dict[str, Any] | None
    links: list[dict[str, Any]]
    mails: list[dict[str, Any]]
    events: list[dict[str, Any]]
