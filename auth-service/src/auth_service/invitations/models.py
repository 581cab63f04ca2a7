"""The table of invitations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.accounts.roles import Role
from auth_service.orm import Base
from service_kit.identifiers import new_id

_ROLES = ", ".join(f"'{role}'" for role in Role)


class Invitation(Base):
    """An invitation, known only by the SHA-256 digest of its token. Without ``email`` anybody may use the link."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),
        CheckConstraint(f"role IN ({_ROLES})", name="role_known"),
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_with_its_key"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        Index("ix_invitations_invited_by", "invited_by"),
        Index("ix_invitations_accepted_by", "accepted_by"),
        Index("ix_invitations_email_key", "email_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    email: Mapped[str | None] = mapped_column(Text)
    email_key: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    # Nobody: the operator, or an administrator whose account is gone.
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
