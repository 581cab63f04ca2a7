"""Bodies of the endpoints of API keys."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_service.api_keys.models import LONGEST_NAME, ApiKey
from auth_service.listing import AnyRow
from service_kit.text import Line

_EXAMPLE_ID = "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e"
_MOST_SCOPES = 20

Scope = Annotated[str, Field(max_length=50)]


class NewApiKey(BaseModel):
    """A key to be made. Whose it is, is not for the caller to choose."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=LONGEST_NAME, examples=["Stocktake scanner"])]
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=_MOST_SCOPES,
        description="What it may do: never more than you.",
        examples=[["books:read", "stock:write"]],
    )
    expires_at: AwareDatetime | None = Field(
        None, description="In 90 days if it is left out; at most 366 days from now.", examples=[None]
    )


class ApiKeyBody(BaseModel):
    """A key, without its secret."""

    id: UUID = Field(examples=[_EXAMPLE_ID])
    name: str = Field(examples=["Stocktake scanner"])
    hint: str = Field(description="How the key ends.", examples=["…3f9a"])
    scopes: list[str] = Field(examples=[["books:read", "stock:write"]])
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    last_used_address: str | None = Field(examples=["192.0.2.1"])

    @classmethod
    def of(cls, key: ApiKey | AnyRow) -> Self:
        """Show ``key``."""
        return cls(
            id=key.id,
            name=key.name,
            hint=f"…{key.hint}",
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            last_used_address=None if key.last_used_address is None else str(key.last_used_address),
        )


class MadeApiKey(ApiKeyBody):
    """A new key, with its secret: this once."""

    key: str = Field(description="For `Authorization: Bearer`. It is not shown again.", examples=["quire_0199f0a5…_…"])


class ApiKeyExchange(BaseModel):
    """A key that the gateway was sent, and by whom."""

    key: str
    address: Annotated[str | None, Field(max_length=100)] = None


class ExchangedToken(BaseModel):
    """An access token of a key."""

    access_token: str
    expires_in: int = Field(description="Seconds.", examples=[300])
    key_id: UUID
