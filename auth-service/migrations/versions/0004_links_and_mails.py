"""Links in mails, and mails that are to be sent."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NOW = sa.text("now()")
KINDS = (
    "'reset_password', 'verify_email', 'change_email', 'invitation', 'password_changed', 'password_reset',"
    " 'email_changed', 'second_factor_enabled', 'second_factor_disabled', 'recovery_code_used', 'api_key_created'"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('reset_password', 'verify_email', 'change_email')", name="ck_links_purpose_known"
        ),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="ck_links_token_hash_sha256"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_links_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("token_hash", name="uq_links_token_hash"),
    )
    op.create_index("ix_links_account_id", "links", ["account_id"])
    op.create_index("ix_links_expires_at", "links", ["expires_at"])
    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("data", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_outgoing_mails_kind_known"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_outgoing_mails_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_mails"),
    )
    op.create_index("ix_outgoing_mails_account_id", "outgoing_mails", ["account_id", "kind", "created_at"])
    op.create_index("ix_outgoing_mails_done_at", "outgoing_mails", ["done_at"])
    op.create_index(
        "ix_outgoing_mails_due_at", "outgoing_mails", ["due_at"], postgresql_where=sa.text("done_at IS NULL")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("outgoing_mails")
    op.drop_table("links")
