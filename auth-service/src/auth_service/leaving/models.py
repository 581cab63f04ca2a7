"""The table of what is left of erased accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.orm import Base


class ErasedAccount(Base):
    """An account that is gone: its id alone, so that its tokens are refused and the other services erase it too."""

    __tablename__ = "erased_accounts"

    # In the order of the commits, so that who asks for what is new misses nothing.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[UUID] = mapped_column(unique=True)
    erased_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp(), index=True
    )
