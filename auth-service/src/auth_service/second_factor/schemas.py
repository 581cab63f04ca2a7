"""Bodies of the endpoints of the second factor."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from auth_service.accounts.schemas import PresentPassword

LONGEST_CODE = 64

Code = Annotated[
    SecretStr,
    Field(
        min_length=1,
        max_length=LONGEST_CODE,
        examples=["123456"],
        description="The six digits that the authenticator app shows, or a recovery code. Good once.",
    ),
]


class BeginSecondFactor(BaseModel):
    """The wish for a second factor, allowed by the current password."""

    model_config = ConfigDict(extra="forbid")

    current_password: PresentPassword


class ConfirmSecondFactor(BaseModel):
    """A first code, which shows that the app has the secret."""

    model_config = ConfigDict(extra="forbid")

    code: Code


class PasswordAndCode(BaseModel):
    """The current password and a code."""

    model_config = ConfigDict(extra="forbid")

    current_password: PresentPassword
    code: Code


class SecondFactorBody(BaseModel):
    """The second factor of the caller's account."""

    enabled: bool
    enabled_at: datetime | None
    required: bool = Field(description="Whether the shop wants one of everybody with this role.")
    recovery_codes_left: int = Field(examples=[10])


class NewSecretBody(BaseModel):
    """What an authenticator app is to be given. It is shown only now."""

    secret: str = Field(description="Base32, for typing.", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(
        description="For a QR code.", examples=["otpauth://totp/Quire:ann%40example.org?secret=JBSW…&issuer=Quire"]
    )


class RecoveryCodesBody(BaseModel):
    """New recovery codes; those from before are good no longer. They are shown only now."""

    recovery_codes: list[str] = Field(examples=[["2c7m-k0p9-x4tq-8wne-j6hz-5vsd"]])
