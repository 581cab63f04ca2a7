"""The tables that are searched. All of them can be made again from the books, their stock and its ledger."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, Index, Integer, Numeric, SmallInteger, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from book_service.orm import Base

BYTEWISE = Text(collation="C")
"""Text that is compared byte by byte, so that an index can find what begins with something."""

AT_ONCE = {"fastupdate": "off"}
"""Of a GIN index: each change is sorted in when it is made, so no question has to read a list of what waits for it."""

TOP, MIDDLE, REST, ARCHIVED = 0, 1, 2, 3
"""Tiers: the ten thousand most popular books, the next ninety thousand, all others; and what has left the catalogue."""


class SearchEntry(Base):
    """What a book is found by: narrow, and in no hurry to change. Orders do not touch it."""

    __tablename__ = "search_entries"

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    tier: Mapped[int] = mapped_column(SmallInteger)
    # The logarithm of the score, in steps, so that one more sale of a book that sells well changes nothing here.
    popularity: Mapped[float] = mapped_column(server_default="0")
    price: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    title_key: Mapped[str] = mapped_column(BYTEWISE)
    facets: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    words: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index(
            "search_entries_top_words_idx",
            "words",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("tier = 0"),
        ),
        Index(
            "search_entries_middle_words_idx",
            "words",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("tier <= 1"),
        ),
        Index(
            "search_entries_words_idx",
            "words",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("tier <= 2"),
        ),
        Index(
            "search_entries_archived_words_idx",
            "words",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("tier = 3"),
        ),
        Index("search_entries_newest_idx", "book_id", postgresql_where=text("tier <= 2")),
        Index("search_entries_archived_idx", "book_id", postgresql_where=text("tier = 3")),
        Index("search_entries_title_idx", "title_key", "book_id", postgresql_where=text("tier <= 2")),
        Index("search_entries_price_idx", "price", "book_id", postgresql_where=text("tier <= 2")),
        Index("search_entries_popularity_idx", "popularity", "book_id", postgresql_where=text("tier <= 2")),
        Index("search_entries_top_idx", "popularity", "book_id", postgresql_where=text("tier = 0")),
        Index("search_entries_middle_idx", "popularity", "book_id", postgresql_where=text("tier = 1")),
    )


class SearchFacet(Base):
    """A value that lists are narrowed by, and how many books have it."""

    __tablename__ = "search_facets"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(BYTEWISE)
    words: Mapped[str] = mapped_column(TSVECTOR)
    books: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        Index("search_facets_key_idx", "kind", "key", "id", postgresql_where=text("books > 0")),
        Index("search_facets_books_idx", "kind", "books", "id", postgresql_where=text("books > 0")),
        Index(
            "search_facets_common_words_idx",
            "words",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("books >= 20"),
        ),
        Index(
            "search_facets_words_idx",
            "words",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("books > 0"),
        ),
    )


class SearchWord(Base):
    """A word that books are found by, in how many, and by which mistakes it can be recognised."""

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    books: Mapped[int] = mapped_column(server_default="0")
    misspellings: Mapped[list[int]] = mapped_column(ARRAY(Integer))

    __table_args__ = (
        Index("search_words_misspellings_idx", "misspellings", postgresql_using="gin", postgresql_with=AT_ONCE),
    )


class SearchScore(Base):
    """How much a book sells: copies sold, of which those of ninety days ago count half."""

    __tablename__ = "search_scores"

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    score: Mapped[float]


class SearchQueued(Base):
    """A book whose entry has to be looked at again, because its stock came or went, or because it was sold."""

    __tablename__ = "search_queue"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    book_id: Mapped[UUID]
    score: Mapped[float] = mapped_column(server_default="0")


class SearchChange(Base):
    """Words and facets that a book has got or lost, not yet counted. Rows are added by edits, and taken by upkeep."""

    __tablename__ = "search_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    words_added: Mapped[list[str]] = mapped_column(ARRAY(Text))
    words_removed: Mapped[list[str]] = mapped_column(ARRAY(Text))
    facets_added: Mapped[list[str]] = mapped_column(ARRAY(Text))
    facets_removed: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class SearchWithoutResult(Base):
    """Words that somebody looked for in vain."""

    __tablename__ = "searches_without_result"

    key: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    q: Mapped[str] = mapped_column(Text)
    times: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (Index("searches_without_result_times_idx", "times", "key"),)
