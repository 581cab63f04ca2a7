"""Erased accounts, and a history that lets a name go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LETS_A_NAME_GO = """
CREATE FUNCTION refuse_changes_but_of_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    OLD.actor_name := NULL;
    IF NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""
NEVER_CHANGED = """
CREATE TRIGGER book_revisions_never_changed BEFORE UPDATE ON book_revisions
    FOR EACH ROW EXECUTE FUNCTION {}()
"""

# Copies that an order held were written off under an address; the ledger is to name accounts by their ids.
NAME_BY_IDS = """
    WITH known AS (
        SELECT actor_name AS name, max(actor) AS actor FROM (
            SELECT actor_name, actor FROM book_revisions WHERE actor_name IS NOT NULL
            UNION ALL SELECT actor_name, actor FROM imports WHERE actor_name IS NOT NULL
        ) AS named GROUP BY actor_name
    )
    UPDATE stock_movements AS movement
    SET actor = coalesce((SELECT known.actor FROM known WHERE known.name = movement.actor), 'order-service')
    WHERE movement.actor LIKE '%@%'
"""


def upgrade() -> None:
    """Apply. Books cannot be edited meanwhile: for about a second per million versions, and rows of the ledger."""
    op.execute(LETS_A_NAME_GO)
    op.execute("DROP TRIGGER book_revisions_never_changed ON book_revisions")
    op.execute(NEVER_CHANGED.format("refuse_changes_but_of_names"))
    op.execute("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only")
    op.execute(NAME_BY_IDS)
    op.execute("ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only")
    op.create_index(
        "book_revisions_actor_idx", "book_revisions", ["actor"], postgresql_where=sa.text("actor_name IS NOT NULL")
    )
    op.create_table(
        "erasures",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("erasures_pkey")),
    )
    op.create_index(op.f("erasures_number_idx"), "erasures", ["number"])
    op.create_index(op.f("erasures_due_at_idx"), "erasures", ["due_at"])


def downgrade() -> None:
    """Take back. Names that are gone do not come back."""
    op.drop_table("erasures")
    op.drop_index("book_revisions_actor_idx", table_name="book_revisions")
    op.execute("DROP TRIGGER book_revisions_never_changed ON book_revisions")
    op.execute(NEVER_CHANGED.format("refuse_changes"))
    op.execute("DROP FUNCTION refuse_changes_but_of_names")
