"""The tables of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    Sequence,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from order_service.orders.numbers import FIRST_NUMBER
from order_service.orders.states import UNPRICED, OrderStatus, StockStep
from order_service.orm import Base
from service_kit.idempotency import IdempotencyRecord

MOST_LINES = 100
HIGHEST_QUANTITY = 999

_NUMBERS = Sequence("order_numbers", start=FIRST_NUMBER, metadata=Base.metadata)


def _one_of(column: str, values: type[OrderStatus | StockStep] | frozenset[OrderStatus]) -> str:
    return f"{column} IN ({', '.join(sorted(repr(value.value) for value in values))})"


class Order(Base):
    """An order, which is its own saga state. Every change is a compare-and-set on ``status``.

    ``total`` and the prices of its lines are set when book-service holds the copies, and never change again.
    ``version`` counts the changes and is the entity tag.
    """

    __tablename__ = "orders"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, _NUMBERS, server_default=_NUMBERS.next_value())
    account_id: Mapped[UUID]
    # Null once the account is erased.
    customer_email: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    currency: Mapped[str] = mapped_column(Text)
    expected_total: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    from_cart: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    delivery_name: Mapped[str | None] = mapped_column(Text)
    delivery_address: Mapped[str | None] = mapped_column(Text)
    delivery_note: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(_one_of("status", OrderStatus), "status"),
        CheckConstraint(f"total IS NOT NULL OR {_one_of('status', UNPRICED)}", "priced"),
        CheckConstraint("total >= 0", "total"),
        CheckConstraint("expected_total >= 0", "expected_total"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency"),
        CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", "reason"),
        CheckConstraint("version >= 1", "version"),
        CheckConstraint("char_length(customer_email) <= 320", "customer_email"),
        CheckConstraint(
            "(delivery_name IS NULL) = (delivery_address IS NULL)"
            " AND (delivery_name IS NOT NULL OR delivery_note IS NULL)",
            "delivery",
        ),
        # Ids are UUIDv7, so that the order of ids is the order of time.
        Index("orders_account_id_idx", "account_id", "id"),
        Index("orders_status_idx", "status", "id"),
        Index("orders_customer_email_idx", func.lower(customer_email), "id"),
    )


class OrderLine(Base):
    """Copies of one book, with what the book was called and cost when the order was placed."""

    __tablename__ = "order_lines"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    quantity: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str | None] = mapped_column(Text)
    authors: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    isbn13: Mapped[str | None] = mapped_column(Text)
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))

    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN 1 AND {HIGHEST_QUANTITY}", "quantity"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_LINES}", "position"),
        CheckConstraint("unit_price >= 0", "unit_price"),
        CheckConstraint("unit_price IS NULL OR (title IS NOT NULL AND authors IS NOT NULL)", "priced"),
        Index("order_lines_book_id_idx", "book_id", "order_id"),
    )


class OrderedBook(Base):
    """A title under which a book has been ordered, for finding orders by it. A trigger of ``order_lines`` writes it.

    ``words`` are those of the title as ``order_search_words`` makes them.
    """

    __tablename__ = "ordered_books"

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text, primary_key=True)
    isbn13: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index("ordered_books_isbn13_idx", "isbn13"),
        Index("ordered_books_words_idx", "words", postgresql_using="gin"),
    )


class OrderingCustomer(Base):
    """An address from which something was ordered, in lower case. A trigger of ``orders`` writes it."""

    __tablename__ = "ordering_customers"

    email: Mapped[str] = mapped_column(Text, primary_key=True)

    __table_args__ = (
        Index(
            "ordering_customers_email_idx",
            "email",
            postgresql_using="gin",
            postgresql_ops={"email": "gin_trgm_ops"},
        ),
    )


class TimelineEntry(Base):
    """One change of an order's status; ``version`` is the order's version that it led to."""

    __tablename__ = "order_timeline"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor: Mapped[str | None] = mapped_column(Text)
    # Whose address ``actor`` is, where that is not the customer who placed the order.
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(_one_of("status", OrderStatus), "status"),
        Index("order_timeline_actor_id_idx", "actor_id", postgresql_where=text("actor IS NOT NULL")),
    )


class StockWork(Base):
    """Something that book-service has still to be told about an order.

    ``due_at`` is when a worker may take it: the time of the next try, or the end of the lease of the worker that has
    it, both in the database's time. ``lease`` names that worker's claim; who writes with another lease has lost it.
    ``write_off`` says which of the released copies are lost: ``{book_id, quantity, reason, actor}``.
    """

    __tablename__ = "stock_work"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lease: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)
    parked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    write_off: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint(_one_of("step", StockStep), "step"),
        CheckConstraint("attempts >= 0", "attempts"),
        CheckConstraint("write_off IS NULL OR step = 'release'", "write_off"),
        Index("stock_work_due_at_idx", "due_at", postgresql_where=text("parked_at IS NULL")),
        Index("stock_work_parked_at_idx", "parked_at", postgresql_where=text("parked_at IS NOT NULL")),
    )


class IdempotencyKeyRow(IdempotencyRecord, Base):
    """Keys of requests that placed, shipped, delivered or took back orders; ``resource_id`` is the order's id."""

    __tablename__ = "idempotency_keys"
    # The few that keep an answer, which tells of the order's customer.
    __table_args__ = (
        Index("idempotency_keys_resource_id_idx", "resource_id", postgresql_where=text("body IS NOT NULL")),
    )
