"""Bodies of the account endpoints."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.models import LONGEST_FULL_NAME
from auth_service.accounts.own_account import OwnAccount
from auth_service.accounts.password_policy import LONGEST, LONGEST_INPUT, SHORTEST, password_problem
from auth_service.accounts.roles import SCOPES, Role
from service_kit.text import BlankAsNone, Line

EXAMPLE_EMAIL = "ann@example.org"
_EXAMPLE_ID = "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e"


def _email(text: str) -> str:
    return EmailAddress.parse(text).text


def _check_password(password: SecretStr) -> SecretStr:
    if problem := password_problem(password.get_secret_value()):
        raise ValueError(problem)
    return password


Email = Annotated[
    str,
    AfterValidator(_email),
    Field(
        examples=[EXAMPLE_EMAIL], description="Compared without regard to case.", json_schema_extra={"format": "email"}
    ),
]
NewPassword = Annotated[
    SecretStr,
    AfterValidator(_check_password),
    Field(
        examples=["correct horse battery staple"],
        description="Any characters, none cut off. The commonest passwords are refused.",
        json_schema_extra={"minLength": SHORTEST, "maxLength": LONGEST},
    ),
]
PresentPassword = Annotated[SecretStr, Field(max_length=LONGEST_INPUT, examples=["correct horse battery staple"])]
PersonName = Annotated[Line, Field(max_length=LONGEST_FULL_NAME, examples=["Ann Reader"])]
OptionalPersonName = Annotated[PersonName | None, BlankAsNone]


class Registration(BaseModel):
    """A new account. What it may do is not for the caller to choose."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: NewPassword
    full_name: OptionalPersonName = None
    invitation: Annotated[Annotated[str, Field(max_length=200)] | None, BlankAsNone] = Field(
        None, description="What the link of an invitation carries."
    )

    @field_validator("password")
    @classmethod
    def _password_is_not_the_email(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        if problem := password_problem(password.get_secret_value(), email=info.data.get("email")):
            raise ValueError(problem)
        return password


class AccountChange(BaseModel):
    """Changes to the caller's own account (a merge patch, RFC 7396): ``null`` removes the name."""

    model_config = ConfigDict(extra="forbid")

    full_name: OptionalPersonName = None


class PasswordChange(BaseModel):
    """A new password, allowed by the current one."""

    model_config = ConfigDict(extra="forbid")

    current_password: PresentPassword
    new_password: NewPassword


class SecondFactorSummary(BaseModel):
    """What an account's page says of the second factor."""

    enabled: bool
    required: bool = Field(description="Whether the shop wants one of everybody with this role.")


class AccountBody(BaseModel):
    """An account."""

    id: UUID = Field(examples=[_EXAMPLE_ID])
    email: str = Field(examples=[EXAMPLE_EMAIL])
    full_name: str | None = Field(examples=["Ann Reader"])
    role: Role
    scopes: list[str] = Field(
        description="What the token allows: what the role does, unless a second factor is wanted and was not shown.",
        examples=[list(SCOPES[Role.CUSTOMER])],
    )
    created_at: datetime
    email_verified: bool
    second_factor: SecondFactorSummary

    @classmethod
    def of(cls, own: OwnAccount) -> Self:
        """Show an account to its owner."""
        account = own.account
        return cls(
            id=account.id,
            email=account.email,
            full_name=account.full_name,
            role=Role(account.role),
            scopes=list(own.scopes),
            created_at=account.created_at,
            email_verified=account.email_verified_at is not None,
            second_factor=SecondFactorSummary(enabled=own.second_factor_enabled, required=own.second_factor_required),
        )


class SignupBody(BaseModel):
    """Whether one can sign up, and as what."""

    open: bool = Field(description="Anybody may sign up.")
    default_role: Role = Field(description="What a new account is.")
    first_account: bool = Field(description="There is no account yet, and the first one becomes the administrator.")
    mail: bool = Field(description="Mail works, so that a forgotten password can be replaced by a link.")
    verify_email: bool = Field(description="One can sign in only once the e-mail address is verified.")
    local_mails: bool = Field(description="Mails are not sent but shown at `/auth/mails`, in a local run.")
