"""The tables of imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from book_service.orm import Base


def _of_import() -> ForeignKey:
    return ForeignKey("imports.id", ondelete="CASCADE")


class Import(Base):
    """One file on its way into the catalogue, and how far it has come: ``place`` in its ``state``.

    All that a worker needs to carry on is here. It holds an import by ``lease`` until ``leased_until``, by the
    database's clock, and writes progress in the transaction that makes it.
    """

    __tablename__ = "imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # When the file last grew, or a person or a worker last moved the import on.
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str | None] = mapped_column(Text)
    # Who said that it is to be applied or undone: what the histories of the books name.
    deciding_actor: Mapped[str | None] = mapped_column(Text)
    deciding_actor_name: Mapped[str | None] = mapped_column(Text)
    # Whose words its problems are told in: a language tag; none is the shop's own.
    language: Mapped[str | None] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    columns: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    mapping: Mapped[dict[str, str | None] | None] = mapped_column(JSONB(none_as_null=True))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    place: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rows: Mapped[int] = mapped_column(server_default="0")
    checked: Mapped[int] = mapped_column(server_default="0")
    new: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    bad: Mapped[int] = mapped_column(server_default="0")
    applied: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    undone: Mapped[int] = mapped_column(server_default="0")
    kept: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("format IN ('csv', 'onix', 'jsonl')", "format"),
        CheckConstraint(
            "state IN ('receiving', 'reading', 'needs_mapping', 'checking', 'checked', 'applying', 'applied',"
            " 'undoing', 'undone', 'refused', 'cancelled', 'deleting')",
            "state",
        ),
        CheckConstraint("(state = 'refused') = (problem IS NOT NULL)", "problem"),
        # The few that a worker may take up.
        Index(
            "imports_work_idx",
            "touched_at",
            postgresql_where=text(
                "state IN ('receiving', 'reading', 'checking', 'applying', 'undoing', 'deleting')",
            ),
        ),
    )


class ImportChunk(Base):
    """A piece of the file, until the file has been read. The migration keeps PostgreSQL from compressing it."""

    __tablename__ = "import_chunks"

    import_id: Mapped[UUID] = mapped_column(_of_import(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """One row of the file as it was sent: JSON text of its cells (CSV) or its fields, and an ONIX product's XML.

    Text, because the cells of a bad file hold what ``jsonb`` takes for no character.
    """

    __tablename__ = "import_rows"

    import_id: Mapped[UUID] = mapped_column(_of_import(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)


class ImportResult(Base):
    """What the check said of a row and what was done with it.

    ``changes`` is ``{field: [before, after]}``; of a new book, with nothing before. ``version`` is the book's version
    that applying the row made. A row may fail later, or be kept when the import is undone: its ``outcome`` says so.
    """

    __tablename__ = "import_results"

    import_id: Mapped[UUID] = mapped_column(_of_import(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int]
    outcome: Mapped[str] = mapped_column(Text)
    # No reference: a book that an undone import had made is gone, and its row still tells of it.
    book_id: Mapped[UUID | None]
    isbn13: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, server_default=text("'{}'"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    applied: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("outcome IN ('new', 'changed', 'unchanged', 'bad', 'failed', 'kept')", "outcome"),
        Index("import_results_outcome_idx", "import_id", "outcome", "number"),
        # Room on the page for ``applied`` and ``version``, which no index holds (heap-only tuples).
        {"postgresql_with": {"fillfactor": 80}},
    )


class ImportKey(Base):
    """What a checked row names its book by, so that a second row for the same book is noticed. Gone once checked."""

    __tablename__ = "import_keys"

    import_id: Mapped[UUID] = mapped_column(_of_import(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    line: Mapped[int]
