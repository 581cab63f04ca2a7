"""The language that a mail is written in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply. A column without a default is added at once, whatever the table holds."""
    op.add_column("outgoing_mails", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("outgoing_mails", "language")
