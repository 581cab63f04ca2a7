"""The table of challenges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.orm import Base


class SignInChallenge(Base):
    """A sign-in that still wants a code, known only by the digest of what the client was given."""

    __tablename__ = "sign_in_challenges"
    __table_args__ = (CheckConstraint("octet_length(challenge_hash) = 32", name="challenge_hash_sha256"),)

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    # Of the password hash at that time: with another password the challenge is void.
    password_digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
