"""The history's table."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from book_service.orm import Base

RevisionKind = Literal["created", "edited", "archived", "restored", "reverted", "imported", "import_undone"]


class BookRevision(Base):
    """One version of a book's record and what it changed.

    Rows are only ever added. A trigger refuses to change one, but lets the name go of an actor whose account is erased.

    ``changes`` is ``{field: [before, after]}`` in the API's names and JSON values. So a version's content is the record
    as it is now with the changes of all later versions undone, newest first.
    """

    __tablename__ = "book_revisions"

    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str | None] = mapped_column(Text)
    # Not now(), which is when the transaction began: an editor may have waited for the one before.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, server_default=text("'{}'"))
    import_id: Mapped[UUID | None]
    source_version: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("version >= 1", "version"),
        CheckConstraint(
            "kind IN ('created', 'edited', 'archived', 'restored', 'reverted', 'imported', 'import_undone')", "kind"
        ),
        CheckConstraint("jsonb_typeof(changes) = 'object'", "changes"),
        CheckConstraint("(kind = 'reverted') = (source_version IS NOT NULL)", "source_version"),
        Index("book_revisions_actor_idx", "actor", postgresql_where=text("actor_name IS NOT NULL")),
        Index("book_revisions_import_id_idx", "import_id", "book_id", postgresql_where=text("import_id IS NOT NULL")),
    )
