"""Erased accounts, and what names people in a way that they can be taken out again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Whose address an entry of the staff has is from now on written down. Of the older ones, an order tells it if they have
# ever ordered something themselves.
NAME_THE_STAFF = """
    UPDATE order_timeline AS entry
    SET actor_id = (SELECT account_id FROM orders WHERE lower(customer_email) = lower(entry.actor)
                    ORDER BY id DESC LIMIT 1)
    FROM orders AS theirs
    WHERE entry.order_id = theirs.id AND entry.actor <> theirs.customer_email
"""


def upgrade() -> None:
    """Apply. Orders cannot be written meanwhile: for about two seconds per million changes of orders."""
    op.alter_column("orders", "customer_email", existing_type=sa.Text(), nullable=True)
    op.add_column("order_timeline", sa.Column("actor_id", sa.Uuid(), nullable=True))
    op.execute(NAME_THE_STAFF)
    op.create_index(
        "order_timeline_actor_id_idx", "order_timeline", ["actor_id"], postgresql_where=sa.text("actor IS NOT NULL")
    )
    op.create_index(
        "idempotency_keys_resource_id_idx",
        "idempotency_keys",
        ["resource_id"],
        postgresql_where=sa.text("body IS NOT NULL"),
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
    """Take back. Who was erased stays so: an order without an address gets an empty one."""
    op.drop_table("erasures")
    op.drop_index("idempotency_keys_resource_id_idx", table_name="idempotency_keys")
    op.drop_index("order_timeline_actor_id_idx", table_name="order_timeline")
    op.drop_column("order_timeline", "actor_id")
    op.execute("UPDATE orders SET customer_email = '' WHERE customer_email IS NULL")
    op.alter_column("orders", "customer_email", existing_type=sa.Text(), nullable=False)
