"""The stock's tables."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from book_service.orm import Base

HIGHEST_STOCK = 10_000_000


class StockLevel(Base):
    """How many copies of a book there are. Narrow and without indexes on purpose: each order changes it."""

    __tablename__ = "stock_levels"

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", "reserved"),
        CheckConstraint(f"on_hand <= {HIGHEST_STOCK}", "on_hand"),
        # Room on the page keeps its updates away from the index (heap-only tuples).
        {"postgresql_with": {"fillfactor": 70}},
    )


class StockMovement(Base):
    """One row of the stock ledger. Rows are only ever added; a trigger refuses anything else."""

    __tablename__ = "stock_movements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    change: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(Text)
    on_hand_after: Mapped[int]
    # Of a count, how many copies it found: its change corrects what is believed, and no copy has moved.
    counted: Mapped[int | None]
    # Not now(), which is when the transaction began: a book's rows are written while its stock is locked, so by the
    # clock they are in the order of their ids, and "what moved since ten o'clock" has one answer.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("change <> 0", "change"),
        CheckConstraint("kind IN ('received', 'correction', 'sold', 'returned')", "kind"),
        CheckConstraint("char_length(reason) BETWEEN 1 AND 300", "reason"),
        CheckConstraint("on_hand_after >= 0", "on_hand_after"),
        CheckConstraint("counted IS NULL OR counted >= 0 AND kind = 'correction'", "counted"),
        Index("stock_movements_book_id_idx", "book_id", "id"),
    )


class Reservation(Base):
    """book-service's side of an order, keyed by the order's id.

    ``released`` and ``refused`` stay for good: they are what a delayed or repeated request for the same order meets.
    """

    __tablename__ = "reservations"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    requested: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    short_lines: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("state IN ('held', 'committed', 'returned', 'released', 'refused')", "state"),
        CheckConstraint("(state = 'refused') = (short_lines IS NOT NULL)", "short_lines"),
        # Few are held at any time: who holds a book's copies, and how many are held in all, is read from this alone.
        Index("reservations_held_idx", "created_at", "order_id", postgresql_where=text("state = 'held'")),
    )


class ReservationLine(Base):
    """Copies of one book that a reservation holds, with what the book was called and cost at that moment."""

    __tablename__ = "reservation_lines"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("reservations.order_id"), primary_key=True)
    # To the stock row, which is locked anyway. A reference to the book would lock its wide row with every order, and
    # would wait for whoever edits it.
    book_id: Mapped[UUID] = mapped_column(ForeignKey("stock_levels.book_id"), primary_key=True)
    quantity: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    isbn13: Mapped[str | None] = mapped_column(Text)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(7, 2))

    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity"),
        Index("reservation_lines_book_id_idx", "book_id"),
    )
