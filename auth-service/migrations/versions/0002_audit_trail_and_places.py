"""The audit trail, and from where sessions are used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import INET, JSONB

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

REFUSE_CHANGES = """
CREATE FUNCTION refuse_changes_of_the_audit_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail cannot be changed' USING ERRCODE = 'insufficient_privilege';
END $$
"""
GUARD = """
CREATE TRIGGER audit_events_are_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes_of_the_audit_trail()
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("sessions", sa.Column("address", INET(), nullable=True))
    op.add_column("sessions", sa.Column("user_agent", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("second_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "audit_events",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("address", INET(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(seal) = 32", name="ck_audit_events_seal_sha256"),
        sa.CheckConstraint("char_length(user_agent) <= 300", name="ck_audit_events_user_agent_length"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_actor", "audit_events", ["actor", "number"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject", "number"])
    op.create_index("ix_audit_events_action", "audit_events", ["action", "number"])
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.execute(REFUSE_CHANGES)
    op.execute(GUARD)


def downgrade() -> None:
    """Take back."""
    op.drop_table("audit_events")
    op.execute("DROP FUNCTION refuse_changes_of_the_audit_trail()")
    for column in ("second_factor", "user_agent", "address"):
        op.drop_column("sessions", column)
