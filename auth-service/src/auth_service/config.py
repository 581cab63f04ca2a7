"""Settings of auth-service, read from the environment (prefix ``AUTH_``)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

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
    public_web_url: str = Field(
        "http://localhost:8080", validation_alias="PUBLIC_WEB_URL", description="Where the links in mails lead."
    )


class Settings(AccountSettings):
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
    require_verified_email: bool = Field(
        default=False,
        validation_alias="REQUIRE_VERIFIED_EMAIL",
        description="Whether one can sign in only once the e-mail address is verified.",
    )
    signup: Annotated[SignUp | None, BlankAsNone] = Field(
        None,
        validation_alias="SIGNUP",
        description="Who may sign up. If unset: open in a local run or a public storefront, by invitation elsewhere.",
    )
    refresh_days: int = Field(30, ge=1, le=365, description="A session ends after so many days without use.")
    session_days: int = Field(180, ge=1, le=3650, description="A session ends after so many days in any case.")
    cleaning_seconds: float = Field(3600, ge=1, description="How often expired sessions are deleted.")

    @property
    def effective_signup(self) -> SignUp:
        """Who may sign up, with the default that fits the installation."""
        if self.signup is not None:
            return self.signup
        return "open" if self.local_run or self.storefront == "public" else "invite"
