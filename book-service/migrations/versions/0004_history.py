"""The history of each book's record."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from book_service.catalogue.languages import language_code
from book_service.catalogue.sorting import title_key

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A revision goes with its book, so it may be deleted; what it says may never be changed.
NEVER_CHANGED = """
CREATE TRIGGER book_revisions_never_changed BEFORE UPDATE ON book_revisions
    FOR EACH ROW EXECUTE FUNCTION refuse_changes()
"""


def upgrade() -> None:
    """Apply. The table is new and empty: books keep their versions, and their history begins with the next change."""
    op.create_table(
        "book_revisions",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("source_version", sa.Integer(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("book_revisions_version_check")),
        sa.CheckConstraint(
            "kind IN ('created', 'edited', 'archived', 'restored', 'reverted', 'imported', 'import_undone')",
            name=op.f("book_revisions_kind_check"),
        ),
        sa.CheckConstraint("jsonb_typeof(changes) = 'object'", name=op.f("book_revisions_changes_check")),
        sa.CheckConstraint(
            "(kind = 'reverted') = (source_version IS NOT NULL)", name=op.f("book_revisions_source_version_check")
        ),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("book_revisions_book_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("book_id", "version", name=op.f("book_revisions_pkey")),
    )
    op.create_index(
        "book_revisions_import_id_idx",
        "book_revisions",
        ["import_id", "book_id"],
        unique=False,
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.execute(NEVER_CHANGED)
    _write_languages_in_three_letters()


def _write_languages_in_three_letters() -> None:
    """Bring ``en`` and ``ger`` to ``eng`` and ``deu``. A code that nobody knows stays until somebody mends the book."""
    connection = op.get_bind()
    # Reads the table once; only rows with another spelling are written.
    found = connection.scalars(sa.text("SELECT DISTINCT language FROM books WHERE language IS NOT NULL")).all()
    for old in found:
        try:
            new = language_code(old)
        except ValueError:
            continue
        if new != old:
            books = connection.execute(sa.text("SELECT id, title FROM books WHERE language = :old"), {"old": old})
            for book in books.all():
                # Which article a title begins with depends on its language.
                connection.execute(
                    sa.text("UPDATE books SET language = :new, title_key = :key WHERE id = :id"),
                    {"new": new, "key": title_key(book.title, new), "id": book.id},
                )


def downgrade() -> None:
    """Take back."""
    op.drop_table("book_revisions")
