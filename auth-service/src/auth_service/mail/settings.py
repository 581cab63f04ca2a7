"""Settings of mail."""

import email.errors
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from auth_service.accounts.emails import EmailAddress
from service_kit.addresses import parse_address
from service_kit.settings import ServiceSettings
from service_kit.text import BlankAsNone, Line

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


def sender_of(text: str) -> Address:
    """Read ``Name <name@example.org>`` or an address alone. Raises ``ValueError``."""
    header = EmailMessage(policy=SMTP)
    try:
        header["From"] = text
        [address] = header["From"].addresses
        EmailAddress.parse(address.addr_spec)
    except (ValueError, IndexError, email.errors.MessageError) as error:
        message = "is not an e-mail address, like Quire <shop@example.org>"
        raise ValueError(message) from error
    sender: Address = address
    return sender


def _check_sender(text: str) -> str:
    sender_of(text)
    return text


class MailSettings(ServiceSettings):
    """How mail leaves. Without ``SMTP_HOST`` none does; a local run puts it into a folder."""

    smtp_host: Annotated[str | None, BlankAsNone] = Field(
        None, validation_alias="SMTP_HOST", description="The server that takes mail. Unset: no mail."
    )
    smtp_port: Annotated[int | None, BlankAsNone] = Field(
        None, ge=1, le=65535, validation_alias="SMTP_PORT", description="If unset, the usual one: 587, 465 or 25."
    )
    smtp_security: Security = Field(
        "starttls", validation_alias="SMTP_SECURITY", description="starttls, tls (from the first byte on) or none."
    )
    smtp_username: Annotated[str | None, BlankAsNone] = Field(None, validation_alias="SMTP_USERNAME")
    smtp_password: Annotated[SecretStr | None, BlankAsNone] = Field(None, validation_alias="SMTP_PASSWORD")
    smtp_timeout_seconds: float = Field(
        20, gt=0, le=30, validation_alias="SMTP_TIMEOUT_SECONDS", description="Longest time to hand over one mail."
    )
    mail_from: Annotated[Annotated[Line, AfterValidator(_check_sender)] | None, BlankAsNone] = Field(
        None, validation_alias="MAIL_FROM", description="Who mails are from: Quire <shop@example.org>."
    )
    mail_dir: Annotated[Path | None, BlankAsNone] = Field(
        None, description="A local run without SMTP_HOST puts its mails there, as .eml files."
    )
    mail_poll_seconds: float = Field(1, gt=0, le=60, description="How often the service looks for mail to send.")
    require_verified_email: bool = Field(
        default=False,
        validation_alias="REQUIRE_VERIFIED_EMAIL",
        description="Whether one can sign in only once the e-mail address is verified.",
    )

    @property
    def mails_are_kept_here(self) -> bool:
        """Whether mails end in a folder of this machine, where its user reads them."""
        return self.local_run and self.smtp_host is None and self.mail_dir is not None

    @property
    def mail_works(self) -> bool:
        """Whether mail leaves at all."""
        return self.smtp_host is not None or self.mails_are_kept_here

    @property
    def effective_smtp_port(self) -> int:
        """The port to connect to."""
        return self.smtp_port or _PORTS[self.smtp_security]

    @model_validator(mode="after")
    def _refuse_what_cannot_work(self) -> Self:
        if problem := self._mail_problem():
            raise ValueError(problem)
        return self

    def _mail_problem(self) -> str | None:
        if self.require_verified_email and not self.mail_works:
            return "REQUIRE_VERIFIED_EMAIL is true, but without SMTP_HOST no mail can be sent to verify an address"
        if self.smtp_host is None:
            return None
        if self.mail_from is None:
            return "SMTP_HOST is set, but MAIL_FROM does not say whom mails are from"
        if (self.smtp_username is None) != (self.smtp_password is None):
            return "SMTP_USERNAME and SMTP_PASSWORD belong together; set both or none"
        if self.smtp_password is not None and self.smtp_security == "none" and not _is_loopback(self.smtp_host):
            return (
                "SMTP_SECURITY is none, so SMTP_PASSWORD would cross the network in clear; use starttls or tls"
                " (only a server on this machine may do without)"
            )
        return None


def _is_loopback(host: str) -> bool:
    address = parse_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)
