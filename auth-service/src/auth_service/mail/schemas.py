"""Bodies of the endpoints that show the mails of a local run."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from auth_service.mail.local_mails import KeptMail


class MailBody(BaseModel):
    """A mail that a shop with a mail server would have sent."""

    id: UUID
    to: str = Field(examples=["ann@example.org"])
    subject: str = Field(examples=["Quire: choose a new password"])
    sent_at: datetime
    text: str
    html: str

    @classmethod
    def of(cls, mail: KeptMail) -> Self:
        """Show ``mail``."""
        return cls(**asdict(mail))


class MailsBody(BaseModel):
    """The latest mails, newest first. Older ones are in the folder."""

    items: list[MailBody]
    next_cursor: None = None
    prev_cursor: None = None
    total: int

    @classmethod
    def of(cls, mails: Sequence[KeptMail], total: int) -> Self:
        """Show ``mails``, which are of ``total``."""
        return cls(items=[MailBody.of(mail) for mail in mails], total=total)
