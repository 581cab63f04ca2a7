"""The language that an import's problems are told in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply. A column without a default is added at once, whatever the table holds."""
    op.add_column("imports", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("imports", "language")
