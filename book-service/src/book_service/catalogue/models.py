"""The catalogue's table."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from book_service.orm import Base

PUBLISHED_ON = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"

_ISBN_CHECK_SUM = " + ".join(f"{1 if place % 2 else 3} * substr(isbn13, {place}, 1)::int" for place in range(1, 14))
"""ISO 2108: the digits, weighted 1 and 3 in turn, add up to a multiple of ten."""
HIGHEST_PRICE = Decimal("99999.99")


class Book(Base):
    """One edition of a book."""

    __tablename__ = "books"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    isbn13: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    subtitle: Mapped[str | None] = mapped_column(Text)
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    publisher: Mapped[str | None] = mapped_column(Text)
    published_on: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int | None]
    subjects: Mapped[list[str]] = mapped_column(ARRAY(Text))
    description: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("isbn13"),
        # CASE, because only digits can be added up.
        CheckConstraint(
            f"CASE WHEN isbn13 ~ '^97[89][0-9]{{10}}$' THEN ({_ISBN_CHECK_SUM}) % 10 = 0 ELSE isbn13 IS NULL END",
            "isbn13",
        ),
        CheckConstraint("char_length(title) BETWEEN 1 AND 500 AND title !~ '[[:cntrl:]]'", "title"),
        CheckConstraint("char_length(subtitle) <= 500", "subtitle"),
        CheckConstraint("cardinality(authors) <= 50 AND array_position(authors, NULL) IS NULL", "authors"),
        CheckConstraint("cardinality(subjects) <= 60 AND array_position(subjects, NULL) IS NULL", "subjects"),
        CheckConstraint("char_length(publisher) <= 300", "publisher"),
        CheckConstraint(f"published_on ~ '{PUBLISHED_ON}'", "published_on"),
        CheckConstraint("language ~ '^[a-z]{2,3}$'", "language"),
        CheckConstraint("format IN ('hardback', 'paperback', 'e-book', 'audiobook', 'other')", "format"),
        CheckConstraint("pages BETWEEN 1 AND 100000", "pages"),
        CheckConstraint("char_length(description) <= 20000", "description"),
        CheckConstraint("price BETWEEN 0 AND 99999.99", "price"),
        CheckConstraint("version >= 1", "version"),
        # The last digits of an ISBN are what people read off a cover.
        Index("books_isbn13_end_idx", text("reverse(isbn13)")),
        # An import finds a book that has no ISBN by its title.
        Index("books_without_isbn_idx", "title", postgresql_where=text("isbn13 IS NULL")),
    )
