"""Bodies of the session endpoints."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from auth_service.keys.issuer import TOKEN_LIFETIME
from auth_service.listing import AnyRow
from auth_service.sessions.tokens import Tokens


class RefreshBody(BaseModel):
    """The form of a refresh (RFC 6749, section 6), or the same as JSON."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=500)]
    grant_type: Literal["refresh_token"] = "refresh_token"


class TokenPair(BaseModel):
    """An access token and what renews it (RFC 6749, section 5.1)."""

    access_token: str = Field(description="A JWT (RFC 9068), for `Authorization: Bearer`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 (the kind of token)
    expires_in: int = Field(description="Seconds.", examples=[900])
    refresh_token: str = Field(description="Good for one refresh. Opaque.")
    scope: str = Field(examples=["books:read orders:read orders:write"])

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        """Show ``tokens``."""
        return cls(
            access_token=tokens.access_token,
            expires_in=int(TOKEN_LIFETIME.total_seconds()),
            refresh_token=tokens.refresh_token,
            scope=" ".join(tokens.scopes),
        )


class SessionBody(BaseModel):
    """A session: one sign-in that goes on."""

    id: UUID
    created_at: datetime
    last_used_at: datetime = Field(description="When it was last refreshed, which is every 15 minutes while in use.")
    address: str | None = Field(description="From where it was last used.", examples=["192.0.2.7"])
    user_agent: str | None = Field(examples=["Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"])
    second_factor: bool = Field(description="Whether more than the password was shown.")
    current: bool = Field(description="Whether it is the session that asks.")

    @classmethod
    def of(cls, row: AnyRow, *, current: bool) -> Self:
        """Show a row of the list."""
        address = str(row.address) if row.address is not None else None
        return cls(**dict(row._mapping) | {"address": address, "current": current})  # noqa: SLF001 (SQLAlchemy's public name)
