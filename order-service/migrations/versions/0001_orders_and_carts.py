"""Orders and carts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("order_numbers", start=1001)))
    op.create_table(
        "cart_lines",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("isbn13", sa.Text(), nullable=True),
        sa.Column("added_price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("seen_price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("added_price >= 0 AND seen_price >= 0", name=op.f("cart_lines_prices_check")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 99", name=op.f("cart_lines_quantity_check")),
        sa.PrimaryKeyConstraint("account_id", "book_id", name=op.f("cart_lines_pkey")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("running_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("idempotency_keys_pkey")),
    )
    op.create_index(op.f("idempotency_keys_created_at_idx"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("nextval('order_numbers')"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("customer_email", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expected_total", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("from_cart", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("delivery_name", sa.Text(), nullable=True),
        sa.Column("delivery_address", sa.Text(), nullable=True),
        sa.Column("delivery_note", sa.Text(), nullable=True),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("orders_currency_check")),
        sa.CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name=op.f("orders_reason_check")),
        sa.CheckConstraint(
            "status IN ('cancelled', 'delivered', 'pending', 'placed', 'rejected', 'returned', 'shipped')",
            name=op.f("orders_status_check"),
        ),
        sa.CheckConstraint(
            "total IS NOT NULL OR status IN ('cancelled', 'pending', 'rejected')", name=op.f("orders_priced_check")
        ),
        sa.CheckConstraint(
            "(delivery_name IS NULL) = (delivery_address IS NULL)"
            " AND (delivery_name IS NOT NULL OR delivery_note IS NULL)",
            name=op.f("orders_delivery_check"),
        ),
        sa.CheckConstraint("char_length(customer_email) <= 320", name=op.f("orders_customer_email_check")),
        sa.CheckConstraint("expected_total >= 0", name=op.f("orders_expected_total_check")),
        sa.CheckConstraint("total >= 0", name=op.f("orders_total_check")),
        sa.CheckConstraint("version >= 1", name=op.f("orders_version_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("orders_pkey")),
        sa.UniqueConstraint("number", name=op.f("orders_number_key")),
    )
    op.execute("ALTER SEQUENCE order_numbers OWNED BY orders.number")
    op.create_index("orders_account_id_idx", "orders", ["account_id", "id"], unique=False)
    op.create_index(
        "orders_customer_email_idx", "orders", [sa.literal_column("lower(customer_email)"), "id"], unique=False
    )
    op.create_index("orders_status_idx", "orders", ["status", "id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("isbn13", sa.Text(), nullable=True),
        sa.Column("unit_price", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.CheckConstraint("position BETWEEN 1 AND 100", name=op.f("order_lines_position_check")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("order_lines_quantity_check")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("order_lines_unit_price_check")),
        sa.CheckConstraint(
            "unit_price IS NULL OR (title IS NOT NULL AND authors IS NOT NULL)", name=op.f("order_lines_priced_check")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("order_lines_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "book_id", name=op.f("order_lines_pkey")),
    )
    op.create_table(
        "order_timeline",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('cancelled', 'delivered', 'pending', 'placed', 'rejected', 'returned', 'shipped')",
            name=op.f("order_timeline_status_check"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("order_timeline_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "version", name=op.f("order_timeline_pkey")),
    )
    op.create_table(
        "stock_work",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("step IN ('commit', 'release', 'reserve', 'return')", name=op.f("stock_work_step_check")),
        sa.CheckConstraint("attempts >= 0", name=op.f("stock_work_attempts_check")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("stock_work_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "step", name=op.f("stock_work_pkey")),
    )
    op.create_index(
        "stock_work_due_at_idx", "stock_work", ["due_at"], unique=False, postgresql_where=sa.text("parked_at IS NULL")
    )


def downgrade() -> None:
    """Take back."""
    for table in ("stock_work", "order_timeline", "order_lines", "orders", "idempotency_keys", "cart_lines"):
        op.drop_table(table)
