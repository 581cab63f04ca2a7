"""The table of links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.links.purposes import LIFETIMES
from auth_service.orm import Base
from service_kit.identifiers import new_id

_PURPOSES = ", ".join(f"'{purpose}'" for purpose in LIFETIMES)


class Link(Base):
    """A link that was mailed to somebody, known by the digest of its token."""

    __tablename__ = "links"
    __table_args__ = (
        CheckConstraint(f"purpose IN ({_PURPOSES})", name="purpose_known"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),
        Index("ix_links_account_id", "account_id"),
        Index("ix_links_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # The address that the link was sent to: who follows it reads the mails of that one.
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # When it was used, or made worthless by a newer one or by another password.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
