"""Second factors, challenges at signing in, and the counters of attempts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("octet_length(sealed_secret) > 28", name="ck_second_factors_sealed_secret_sealed"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_second_factors_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(code_hash) = 32", name="ck_recovery_codes_code_hash_sha256"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_recovery_codes_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name="pk_recovery_codes"),
    )
    op.create_table(
        "sign_in_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("password_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("octet_length(challenge_hash) = 32", name="ck_sign_in_challenges_challenge_hash_sha256"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sign_in_challenges_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("challenge_hash", name="pk_sign_in_challenges"),
    )
    op.create_index("ix_sign_in_challenges_account_id", "sign_in_challenges", ["account_id"])
    op.create_table(
        "attempt_counters",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("empties_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cost", sa.Interval(), nullable=False),
        sa.Column("room", sa.Interval(), nullable=False),
        sa.CheckConstraint("octet_length(key) = 32", name="ck_attempt_counters_key_sha256"),
        sa.PrimaryKeyConstraint("key", name="pk_attempt_counters"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "known_places",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(client) = 32", name="ck_known_places_client_sha256"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_known_places_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "client", name="pk_known_places"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("known_places", "attempt_counters", "sign_in_challenges", "recovery_codes", "second_factors"):
        op.drop_table(table)
