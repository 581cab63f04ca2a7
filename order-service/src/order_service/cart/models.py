"""The cart's table."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Numeric, SmallInteger, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from order_service.orm import Base

MOST_LINES = 100
HIGHEST_QUANTITY = 99


class CartLine(Base):
    """Copies of one book in an account's cart.

    ``added_price`` is what a copy cost when it was put there. The title, the authors and ``seen_price`` are as
    book-service last told them, to show the cart while it does not answer.
    """

    __tablename__ = "cart_lines"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str] = mapped_column(Text)
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    isbn13: Mapped[str | None] = mapped_column(Text)
    added_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    seen_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN 1 AND {HIGHEST_QUANTITY}", "quantity"),
        CheckConstraint("added_price >= 0 AND seen_price >= 0", "prices"),
    )
