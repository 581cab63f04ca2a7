"""Reads the mails that a local run kept in its folder."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from uuid import UUID

from auth_service.mail.errors import MailNotFound


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as its file has it."""

    id: UUID
    to: str
    subject: str
    sent_at: datetime
    text: str
    html: str


class LocalMails:
    """The folder of mails."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there yet."""
        self._folder = folder

    async def latest(self, limit: int) -> tuple[list[KeptMail], int]:
        """Return up to ``limit`` mails, newest first, and how many there are."""
        return await asyncio.to_thread(self._latest, limit)

    async def get(self, mail_id: UUID) -> KeptMail:
        """Return one mail. Raises ``MailNotFound``."""
        try:
            return await asyncio.to_thread(_read, self._folder / f"{mail_id}.eml")
        except FileNotFoundError as error:
            raise MailNotFound from error

    def _latest(self, limit: int) -> tuple[list[KeptMail], int]:
        paths = sorted(self._folder.glob("????????-????-????-????-????????????.eml"), reverse=True)
        return [_read(path) for path in paths[:limit]], len(paths)


def _read(path: Path) -> KeptMail:
    message = message_from_bytes(path.read_bytes(), EmailMessage, policy=SMTPUTF8)
    return KeptMail(
        id=UUID(path.stem),
        to=str(message["To"]),
        subject=str(message["Subject"]).strip(),
        sent_at=message["Date"].datetime,
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    # The file has the line ends of the wire.
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
