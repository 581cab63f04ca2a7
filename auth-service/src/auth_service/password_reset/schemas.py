"""Bodies of the endpoints of password reset."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from auth_service.accounts.schemas import EXAMPLE_EMAIL, Email, NewPassword
from auth_service.links.tokens import LONGEST_TOKEN

LinkToken = Annotated[str, Field(max_length=8 * LONGEST_TOKEN, description="The `token` of the link in the mail.")]


class ResetRequest(BaseModel):
    """Whose password is forgotten."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class TokenBody(BaseModel):
    """A link that was followed."""

    model_config = ConfigDict(extra="forbid")

    token: LinkToken


class ResetConfirmation(TokenBody):
    """The new password, allowed by the link."""

    password: NewPassword


class ResetBody(BaseModel):
    """Whose password the link changes."""

    email: str = Field(examples=[EXAMPLE_EMAIL])


class Accepted(BaseModel):
    """Nothing: whether there is such an account is not told."""
