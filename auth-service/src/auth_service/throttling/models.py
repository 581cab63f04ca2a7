"""The tables of throttling. Neither holds an e-mail address or a network address, only keyed digests of them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Interval, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.orm import Base


class AttemptCounter(Base):
    """A leaky bucket (GCRA): full when ``empties_at`` is ``room`` away; an attempt moves it on by ``cost``.

    Unlogged: after a crash all may try again, and no attempt waits for the disk. Nothing but the key is indexed, so
    that updates stay within their page.
    """

    __tablename__ = "attempt_counters"
    __table_args__ = (
        CheckConstraint("octet_length(key) = 32", name="key_sha256"),
        {"prefixes": ["UNLOGGED"]},
    )

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    empties_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cost: Mapped[timedelta] = mapped_column(Interval)
    room: Mapped[timedelta] = mapped_column(Interval)


class KnownPlace(Base):
    """A client from which the owner of an account has signed in: strangers elsewhere cannot lock it out."""

    __tablename__ = "known_places"
    __table_args__ = (CheckConstraint("octet_length(client) = 32", name="client_sha256"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    client: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
