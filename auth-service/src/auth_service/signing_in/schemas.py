"""Bodies of the endpoints for signing in."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from auth_service.accounts.password_policy import LONGEST_INPUT
from auth_service.second_factor.schemas import LONGEST_CODE, Code
from service_kit.text import BlankAsNone


class LoginForm(BaseModel):
    """The form of OAuth 2.0's password grant (RFC 6749, section 4.3.2). Other parameters are ignored, as it asks."""

    username: Annotated[str, Field(max_length=LONGEST_INPUT, description="The e-mail address.")]
    password: Annotated[SecretStr, Field(max_length=LONGEST_INPUT)]
    grant_type: Literal["password"] = "password"
    code: Annotated[
        SecretStr | None,
        BlankAsNone,
        Field(max_length=LONGEST_CODE, description="A code of the second factor, to sign in in one step."),
    ] = None


class ChallengeAnswer(BaseModel):
    """The second step: what the first one gave, and a code."""

    model_config = ConfigDict(extra="forbid")

    challenge: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    code: Code
