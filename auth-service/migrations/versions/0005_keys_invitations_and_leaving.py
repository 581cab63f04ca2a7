"""API keys, invitations, what is left of erased accounts, and finding accounts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import INET

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply. Nobody can sign in while the two indexes are made: about a second per million accounts or events."""
    _create_api_keys()
    _create_invitations()
    op.create_table(
        "erased_accounts",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_erased_accounts"),
        sa.UniqueConstraint("account_id", name="uq_erased_accounts_account_id"),
    )
    op.create_index("ix_erased_accounts_erased_at", "erased_accounts", ["erased_at"])
    # When somebody last signed in is asked of the trail, which keeps it when the session is long gone.
    op.create_index(
        "ix_audit_events_sign_ins",
        "audit_events",
        ["actor", "number"],
        postgresql_where=sa.text("action = 'session.started'"),
    )
    # Trigrams find a part of an address or a name; the extension is trusted, so the database's owner may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index(
        "ix_accounts_found_by",
        "accounts",
        ["email", "full_name"],
        postgresql_using="gin",
        postgresql_ops={"email": "gin_trgm_ops", "full_name": "gin_trgm_ops"},
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_address", INET(), nullable=True),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_api_keys_name_length")),
        sa.CheckConstraint("octet_length(secret_hash) = 32", name=op.f("ck_api_keys_secret_hash_sha256")),
        sa.CheckConstraint("char_length(hint) = 4", name=op.f("ck_api_keys_hint_length")),
        sa.CheckConstraint("cardinality(scopes) >= 1", name=op.f("ck_api_keys_scopes_not_empty")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_api_keys_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_index("ix_api_keys_account_id", "api_keys", ["account_id", "id"])
    op.create_index(
        "ix_api_keys_revoked_at", "api_keys", ["revoked_at"], postgresql_where=sa.text("revoked_at IS NOT NULL")
    )
    op.create_index("ix_api_keys_expires_at", "api_keys", ["expires_at"])


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_invitations_token_hash_sha256")),
        sa.CheckConstraint("role IN ('customer', 'editor', 'staff', 'admin')", name=op.f("ck_invitations_role_known")),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", name=op.f("ck_invitations_email_with_its_key")),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_invitations_one_end")),
        sa.ForeignKeyConstraint(["invited_by"], ["accounts.id"], name="fk_invitations_invited_by", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["accounts.id"], name="fk_invitations_accepted_by", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_index("ix_invitations_invited_by", "invitations", ["invited_by"])
    op.create_index("ix_invitations_accepted_by", "invitations", ["accepted_by"])
    op.create_index("ix_invitations_email_key", "invitations", ["email_key"])


def downgrade() -> None:
    """Take back. The extension stays: somebody else may have come to need it."""
    op.drop_index("ix_accounts_found_by", table_name="accounts")
    op.drop_index("ix_audit_events_sign_ins", table_name="audit_events")
    for table in ("erased_accounts", "invitations", "api_keys"):
        op.drop_table(table)
