"""Where mails go: to an SMTP server, or into a folder of a local run. The only module that knows aiosmtplib."""

import asyncio
import contextlib
import os
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

import aiosmtplib

from auth_service.accounts.emails import envelope_address
from auth_service.mail.settings import MailSettings

_PERMANENT = 500
_MOST_KEPT = 200


class MailRefused(Exception):
    """The server will not take this mail, however often it is offered."""


class Transport(Protocol):
    """Takes one mail at a time."""

    async def send(self, mail_id: UUID, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand the mail over. Raises ``MailRefused``, or anything else when another try may do."""


def transport_for(settings: MailSettings, public_web_url: str) -> Transport | None:
    """Return where this installation's mails go, or None where there is no mail."""
    if settings.smtp_host is not None:
        return SmtpTransport(settings, settings.smtp_host, urlsplit(public_web_url).hostname or "localhost")
    if settings.mails_are_kept_here and settings.mail_dir is not None:
        return FolderTransport(settings.mail_dir)
    return None


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """One connection per mail to an SMTP server; ``own_name`` is how we greet it."""

    settings: MailSettings
    host: str
    own_name: str

    async def send(self, mail_id: UUID, message: EmailMessage, *, sender: str, recipient: str) -> None:  # noqa: ARG002 (the message names itself)
        """Hand the mail over within the time that the settings allow in all, however slowly the server talks."""
        client = self._client()
        try:
            async with asyncio.timeout(self.settings.smtp_timeout_seconds):
                await client.connect()
                await _hand_over(client, message, sender, envelope_address(recipient))
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self.settings
        password = settings.smtp_password
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=settings.effective_smtp_port,
            use_tls=settings.smtp_security == "tls",
            # True and False, never None: with None a server that leaves STARTTLS out of its greeting gets it in clear.
            start_tls=settings.smtp_security == "starttls",
            username=settings.smtp_username,
            password=password.get_secret_value() if password is not None else None,
            local_hostname=self.own_name,
            timeout=settings.smtp_timeout_seconds,
        )


async def _hand_over(client: aiosmtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> None:
    options, content = _serialised(message, recipient)
    try:
        if options:
            await client.ehlo()
            _check_that_utf8_is_taken(client)
        await client.sendmail(sender, [recipient], content, mail_options=options)
    except aiosmtplib.SMTPRecipientsRefused as error:
        _raise_if_permanent(error.recipients[0].code)
        raise
    except aiosmtplib.SMTPDataError as error:
        _raise_if_permanent(error.code)
        raise
    with contextlib.suppress(aiosmtplib.SMTPException):
        await client.quit()


def _check_that_utf8_is_taken(client: aiosmtplib.SMTP) -> None:
    if not client.supports_extension("smtputf8"):
        refusal = "the server does not take addresses beyond ASCII (SMTPUTF8)"
        raise MailRefused(refusal)


def _raise_if_permanent(code: int) -> None:
    if code >= _PERMANENT:
        message = f"answer {code}"
        raise MailRefused(message)


def _serialised(message: EmailMessage, recipient: str) -> tuple[list[str], bytes]:
    if recipient.isascii():
        return [], message.as_bytes(policy=SMTP)
    return ["SMTPUTF8", "BODY=8BITMIME"], message.as_bytes(policy=SMTPUTF8)


@dataclass(frozen=True, slots=True)
class FolderTransport:
    """Keeps the latest mails as files, for the user of this machine alone."""

    folder: Path

    async def send(self, mail_id: UUID, message: EmailMessage, *, sender: str, recipient: str) -> None:  # noqa: ARG002 (the message names both)
        """Write the mail. Its file is named for its id, which holds nothing that anybody typed."""
        _, content = _serialised(message, recipient)
        await asyncio.to_thread(self._write, mail_id, content)

    def _write(self, mail_id: UUID, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.folder / f".{mail_id}"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        unfinished.rename(self.folder / f"{mail_id}.eml")
        # Ids begin with the time, so that names sort by it.
        for old in sorted(self.folder.glob("*.eml"))[:-_MOST_KEPT]:
            old.unlink(missing_ok=True)
