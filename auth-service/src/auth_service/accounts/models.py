"""The table of accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.accounts.roles import Role
from auth_service.orm import Base
from service_kit.identifiers import new_id

LONGEST_EMAIL = 254
LONGEST_FULL_NAME = 200
EMAIL_KEY_CONSTRAINT = "uq_accounts_email_key"
_ROLES = ", ".join(f"'{role}'" for role in Role)


class Account(Base):
    """Somebody who can sign in."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(f"char_length(email) BETWEEN 3 AND {LONGEST_EMAIL}", name="email_length"),
        # The key can be longer than the address: its domain is in ASCII.
        CheckConstraint("char_length(email_key) BETWEEN 3 AND 320", name="email_key_length"),
        CheckConstraint(
            f"char_length(full_name) BETWEEN 1 AND {LONGEST_FULL_NAME}",
            name="full_name_length",
        ),
        CheckConstraint("password_hash LIKE '$argon2id$%'", name="password_hash_argon2id"),
        CheckConstraint(f"role IN ({_ROLES})", name="role_known"),
        CheckConstraint("tokens_not_before >= 0", name="tokens_not_before_not_negative"),
        Index(
            "ix_accounts_tokens_not_before",
            "tokens_not_before",
            postgresql_where=text("tokens_not_before > 0"),
        ),
        # Trigrams, for finding a part of either.
        Index(
            "ix_accounts_found_by",
            "email",
            "full_name",
            postgresql_using="gin",
            postgresql_ops={"email": "gin_trgm_ops", "full_name": "gin_trgm_ops"},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    full_name: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Unix seconds. Access tokens issued before are refused: what they say of the account is no longer true.
    tokens_not_before: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
