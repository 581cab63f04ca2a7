"""What staff does with orders: copies written off with an order's release, parked work found at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply. The table of work is small, and a column without a value takes no rewriting."""
    op.add_column("stock_work", sa.Column("write_off", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_check_constraint(
        op.f("stock_work_write_off_check"), "stock_work", "write_off IS NULL OR step = 'release'"
    )
    op.create_index(
        "stock_work_parked_at_idx",
        "stock_work",
        ["parked_at"],
        unique=False,
        postgresql_where=sa.text("parked_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("stock_work_parked_at_idx", table_name="stock_work")
    op.drop_constraint(op.f("stock_work_write_off_check"), "stock_work", type_="check")
    op.drop_column("stock_work", "write_off")
