"""Imports of files into the catalogue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTS = ("rows", "checked", "new", "changed", "unchanged", "bad", "applied", "failed", "undone", "kept")
STATES = (
    "state IN ('receiving', 'reading', 'needs_mapping', 'checking', 'checked', 'applying', 'applied',"
    " 'undoing', 'undone', 'refused', 'cancelled', 'deleting')"
)
WORKING = "state IN ('receiving', 'reading', 'checking', 'applying', 'undoing', 'deleting')"


def _timestamp(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    default = None if nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def _json(name: str, default: str | None = None) -> sa.Column[postgresql.JSONB]:
    return sa.Column(
        name,
        postgresql.JSONB(astext_type=sa.Text()),
        server_default=None if default is None else sa.text(default),
        nullable=default is None,
    )


def _of_import(table: str, *columns: sa.Column[object], key: str = "number") -> None:
    fillfactor = {"postgresql_with": {"fillfactor": 80}} if table == "import_results" else {}
    op.create_table(
        table,
        sa.Column("import_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f(f"{table}_import_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", key, name=op.f(f"{table}_pkey")),
        **fillfactor,
    )


def upgrade() -> None:
    """Apply.

    The index on ``books`` holds the few without an ISBN. Making it reads the table once, a second or so for a million
    books, and edits wait for so long.
    """
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        _timestamp("created_at", nullable=False),
        _timestamp("touched_at", nullable=False),
        _timestamp("finished_at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column("deciding_actor", sa.Text(), nullable=True),
        sa.Column("deciding_actor_name", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        _json("columns"),
        _json("mapping"),
        _json("options", "'{}'"),
        _json("problem"),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        _timestamp("leased_until"),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTS),
        sa.CheckConstraint("format IN ('csv', 'onix', 'jsonl')", name=op.f("imports_format_check")),
        sa.CheckConstraint(STATES, name=op.f("imports_state_check")),
        sa.CheckConstraint("(state = 'refused') = (problem IS NOT NULL)", name=op.f("imports_problem_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("imports_pkey")),
    )
    op.create_index("imports_work_idx", "imports", ["touched_at"], unique=False, postgresql_where=sa.text(WORKING))
    _of_import(
        "import_chunks",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    # It is read once and goes away: to compress it would be work for nothing.
    op.execute("ALTER TABLE import_chunks ALTER COLUMN data SET STORAGE EXTERNAL")
    _of_import(
        "import_rows",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
    )
    _of_import(
        "import_results",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=True),
        sa.Column("isbn13", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        _json("changes", "'{}'"),
        _json("problems", "'[]'"),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('new', 'changed', 'unchanged', 'bad', 'failed', 'kept')",
            name=op.f("import_results_outcome_check"),
        ),
    )
    op.create_index("import_results_outcome_idx", "import_results", ["import_id", "outcome", "number"], unique=False)
    _of_import(
        "import_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        key="key",
    )
    op.create_index(
        "books_without_isbn_idx", "books", ["title"], unique=False, postgresql_where=sa.text("isbn13 IS NULL")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("books_without_isbn_idx", table_name="books", postgresql_where=sa.text("isbn13 IS NULL"))
    for table in ("import_keys", "import_results", "import_rows", "import_chunks", "imports"):
        op.drop_table(table)
