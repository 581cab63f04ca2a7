"""Tell counts from copies that moved, and the planner how many books have few copies left."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHECK = "stock_movements_counted_check"


def upgrade() -> None:
    """Apply. The new column is empty, so the check is true without reading the ledger."""
    op.add_column("stock_movements", sa.Column("counted", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f(CHECK),
        "stock_movements",
        "counted IS NULL OR counted >= 0 AND kind = 'correction'",
        postgresql_not_valid=True,
    )
    op.execute("CREATE STATISTICS IF NOT EXISTS stock_levels_available_stats ON (on_hand - reserved) FROM stock_levels")
    op.execute("ANALYZE stock_levels")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP STATISTICS IF EXISTS stock_levels_available_stats")
    op.drop_constraint(op.f(CHECK), "stock_movements", type_="check")
    op.drop_column("stock_movements", "counted")
