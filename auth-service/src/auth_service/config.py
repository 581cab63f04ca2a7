"""Settings of auth-service, read from the environment (prefix ``AUTH_``)."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from auth_service.mail.settings import MailSettings
from auth_service.throttling.limits import LimitText
from auth_service.web_address import WebAddress
from service_kit.settings import DatabaseSettings, Secret
from service_kit.text import BlankAsNone
from service_kit.tokens import SigningKey

SignUp = Literal["open", "invite", "closed"]
SecondFactorRule = Literal["nobody", "admin", "staff", "everybody"]


def _check_signing_key(value: SecretStr) -> SecretStr:
    SigningKey.from_text(value.get_secret_value())
    return value


SigningKeyText = Annotated[SecretStr, AfterValidator(_check_signing_key)]
"""An EC P-256 private key: PEM, or base64 of its PKCS#8 DER on one line."""


class AccountSettings(DatabaseSettings):
    """What reading and changing accounts needs; the operator's commands need nothing else."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")

    concurrent_hashes: int | None = Field(
        None, ge=1, le=256, description="Passwords hashed at once (19 MiB each); as many as there are cores if unset."
    )
    waiting_hashes: int = Field(
        64, ge=0, description="Sign-ins and sign-ups that may wait for their turn; more are answered 503."
    )
    data_secret: Secret = Field(
        description="Encrypts second factors, makes the links in mails, and seals the audit trail."
    )
    public_web_url: WebAddress = Field(
        "http://localhost:8080", validation_alias="PUBLIC_WEB_URL", description="Where the links in mails lead."
    )


class Settings(MailSettings, AccountSettings):
    """Settings of the service."""

    port: int = Field(8001, ge=0, le=65535, description="Port to listen on.")
    signing_key: SigningKeyText = Field(description="Signs access tokens. Its public half is published.")
    previous_signing_key: Annotated[SigningKeyText | None, BlankAsNone] = Field(
        None, description="The key in use before: published until the tokens signed with it have expired."
    )
    refresh_secret: Secret = Field(description="Derives each refresh token from the one before it.")
    order_client_secret: Secret = Field(
        validation_alias="ORDER_CLIENT_SECRET", description="With which order-service proves who it is."
    )
    gateway_client_secret: Secret = Field(
        validation_alias="GATEWAY_CLIENT_SECRET", description="With which the gateway proves who it is."
    )
    require_second_factor: SecondFactorRule = Field(
        "nobody",
        validation_alias="REQUIRE_SECOND_FACTOR",
        description="Whose role counts only with a second factor: nobody, admin, staff (and admin), everybody.",
    )
    signup: Annotated[SignUp | None, BlankAsNone] = Field(
        None,
        validation_alias="SIGNUP",
        description="Who may sign up. If unset: open in a local run or a public storefront, by invitation elsewhere.",
    )
    first_account_is_admin: Annotated[bool | None, BlankAsNone] = Field(
        None,
        validation_alias="FIRST_ACCOUNT_IS_ADMIN",
        description="Whether the first to sign up is the administrator. If unset: in a private local run.",
    )
    refresh_days: int = Field(30, ge=1, le=365, description="A session ends after so many days without use.")
    session_days: int = Field(180, ge=1, le=3650, description="A session ends after so many days in any case.")
    cleaning_seconds: float = Field(3600, ge=1, description="How often expired sessions are deleted.")
    limit_address: LimitText = Field(
        "60/15 minutes", description="Wrong passwords from one address, whatever the accounts."
    )
    limit_account_and_address: LimitText = Field(
        "10/15 minutes", description="Wrong passwords for one account from one address."
    )
    limit_account: LimitText = Field(
        "50/hour", description="Wrong passwords for one account from all addresses that it was not used from."
    )
    limit_codes_at_address: LimitText = Field(
        "10/hour", description="Wrong codes of the second factor for one account from one address."
    )
    limit_codes: LimitText = Field(
        "20/day", description="Wrong codes for one account from all addresses that it was not used from."
    )
    limit_registrations: LimitText = Field("30/hour", description="Sign-ups from one address.")
    limit_mails_from_address: LimitText = Field("20/hour", description="Mails that one address may ask for.")
    limit_mails: LimitText = Field("3/hour", description="Mails that may be asked for one account, or address.")

    @property
    def first_is_admin(self) -> bool:
        """Whether whoever signs up first becomes the administrator: where that can only be the machine's owner."""
        if self.first_account_is_admin is not None:
            return self.first_account_is_admin
        return self.local_run and self.storefront == "private"

    @model_validator(mode="after")
    def _refuse_a_stranger_as_administrator(self) -> Self:
        if self.first_account_is_admin and self.storefront == "public":
            message = "FIRST_ACCOUNT_IS_ADMIN would make a stranger administrator of a shop with STOREFRONT=public"
            raise ValueError(message)
        if self.first_account_is_admin and not self.local_run:
            message = "FIRST_ACCOUNT_IS_ADMIN would make whoever comes first administrator; only a local run may"
            raise ValueError(message)
        return self

    @property
    def effective_signup(self) -> SignUp:
        """Who may sign up, with the default that fits the installation."""
        if self.signup is not None:
            return self.signup
        return "open" if self.local_run or self.storefront == "public" else "invite"
