"""The table of mails that are to be sent, and of those that were sent of late."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.mail.kinds import MailKind
from auth_service.orm import Base
from service_kit.identifiers import new_id
from service_kit.languages.language import ORIGINAL, current_language


def _spoken() -> str | None:
    """Return the tag of the language of the request that the mail comes from; a command of the operator has none."""
    language = current_language()
    return None if language is ORIGINAL else language.tag


_KINDS = ", ".join(f"'{kind}'" for kind in MailKind)


class OutgoingMail(Base):
    """A mail. Its text is made when it is sent; the row holds what the text is made from, and no token."""

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
        Index("ix_outgoing_mails_due_at", "due_at", postgresql_where=text("done_at IS NULL")),
        Index("ix_outgoing_mails_account_id", "account_id", "kind", "created_at"),
        Index("ix_outgoing_mails_done_at", "done_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    # As the caller wrote it. Whose it is, and whether it is anybody's, is found out when the mail is sent.
    recipient: Mapped[str] = mapped_column(Text)
    # Without an account: that of the recipient, if there is one. An invitation goes to somebody who has none.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # The link or the invitation that the mail carries, once there is one.
    link_id: Mapped[UUID | None]
    # Whose words it is written in: a language tag. None: of nobody who was asked, so the shop's own.
    language: Mapped[str | None] = mapped_column(Text, default=_spoken)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # When it is tried next. Who takes it moves this into the future, so that nobody else does meanwhile.
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    # Sent, given up or needless. Such rows are kept for a day: they say how many mails somebody got.
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None] = mapped_column(Text)
