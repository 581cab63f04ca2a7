"""The table of the audit trail. The database itself refuses to change or delete a row of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.orm import Base

LONGEST_USER_AGENT = 300


class AuditEvent(Base):
    """One event. It names accounts by id alone, so that a deleted person is not named here for ever."""

    __tablename__ = "audit_events"
    __table_args__ = (
        CheckConstraint("octet_length(seal) = 32", name="seal_sha256"),
        CheckConstraint(f"char_length(user_agent) <= {LONGEST_USER_AGENT}", name="user_agent_length"),
        Index("ix_audit_events_actor", "actor", "number"),
        Index("ix_audit_events_subject", "subject", "number"),
        Index("ix_audit_events_action", "action", "number"),
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_sign_ins", "actor", "number", postgresql_where=text("action = 'session.started'")),
    )

    # Without gaps, so that a row that was taken out is missed.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    action: Mapped[str] = mapped_column(Text)
    actor: Mapped[UUID | None]
    subject: Mapped[UUID | None]
    address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seal: Mapped[bytes] = mapped_column(LargeBinary)
