"""Bodies of the session endpoints."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from auth_service.accounts.password_policy import LONGEST_INPUT


class LoginForm(BaseModel):
    """The form of OAuth 2.0's password grant (RFC 6749, section 4.3.2). Other parameters are ignored, as it asks."""

    username: Annotated[str, Field(max_length=LONGEST_INPUT, description="The e-mail address.")]
    password: Annotated[SecretStr, Field(max_length=LONGEST_INPUT)]
    grant_type: Literal["password"] = "password"


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
