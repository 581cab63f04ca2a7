"""Bodies of the services' token endpoint."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class ClientCredentialsForm(BaseModel):
    """The form of the client credentials grant (RFC 6749, section 4.4.2)."""

    grant_type: Literal["client_credentials"]
    scope: Annotated[str, Field(max_length=500, description="All that the client may have, if empty.")] = ""


class ServiceToken(BaseModel):
    """An access token for a service."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 (the kind of token)
    expires_in: int = Field(description="Seconds.", examples=[900])
    scope: str = Field(examples=["stock:reserve"])
