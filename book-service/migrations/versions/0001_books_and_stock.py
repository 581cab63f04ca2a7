"""Books and stock."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# ISO 2108: the digits, weighted 1 and 3 in turn, add up to a multiple of ten.
ISBN_CHECK_SUM = " + ".join(f"{1 if place % 2 else 3} * substr(isbn13, {place}, 1)::int" for place in range(1, 14))

REFUSE_CHANGES = """
CREATE FUNCTION refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""
LEDGER_IS_APPEND_ONLY = """
CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION refuse_changes()
"""


def upgrade() -> None:
    """Apply."""
    # Trigrams find a word anywhere in a text; the extension is trusted, so the database's owner may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "books",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("isbn13", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), nullable=True),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("subjects", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            f"CASE WHEN isbn13 ~ '^97[89][0-9]{{10}}$' THEN ({ISBN_CHECK_SUM}) % 10 = 0 ELSE isbn13 IS NULL END",
            name=op.f("books_isbn13_check"),
        ),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 500 AND title !~ '[[:cntrl:]]'", name=op.f("books_title_check")
        ),
        sa.CheckConstraint(
            "format IN ('hardback', 'paperback', 'e-book', 'audiobook', 'other')", name=op.f("books_format_check")
        ),
        sa.CheckConstraint("language ~ '^[a-z]{2,3}$'", name=op.f("books_language_check")),
        sa.CheckConstraint(
            "published_on ~ '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$'",
            name=op.f("books_published_on_check"),
        ),
        sa.CheckConstraint(
            "cardinality(authors) <= 50 AND array_position(authors, NULL) IS NULL", name=op.f("books_authors_check")
        ),
        sa.CheckConstraint(
            "cardinality(subjects) <= 60 AND array_position(subjects, NULL) IS NULL", name=op.f("books_subjects_check")
        ),
        sa.CheckConstraint("char_length(description) <= 20000", name=op.f("books_description_check")),
        sa.CheckConstraint("char_length(publisher) <= 300", name=op.f("books_publisher_check")),
        sa.CheckConstraint("char_length(subtitle) <= 500", name=op.f("books_subtitle_check")),
        sa.CheckConstraint("pages BETWEEN 1 AND 100000", name=op.f("books_pages_check")),
        sa.CheckConstraint("price BETWEEN 0 AND 99999.99", name=op.f("books_price_check")),
        sa.CheckConstraint("version >= 1", name=op.f("books_version_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("books_pkey")),
        sa.UniqueConstraint("isbn13", name=op.f("books_isbn13_key")),
    )
    op.create_index("books_authors_idx", "books", ["authors"], unique=False, postgresql_using="gin")
    op.create_index(
        "books_price_idx", "books", ["price", "id"], unique=False, postgresql_where=sa.text("archived_at IS NULL")
    )
    op.create_index(
        "books_search_text_idx",
        "books",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index("books_subjects_idx", "books", ["subjects"], unique=False, postgresql_using="gin")
    op.create_index(
        "books_title_key_idx",
        "books",
        ["title_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_table(
        "reservations",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("short_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'refused') = (short_lines IS NOT NULL)", name=op.f("reservations_short_lines_check")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'committed', 'returned', 'released', 'refused')", name=op.f("reservations_state_check")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("reservations_pkey")),
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
        "reservation_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("isbn13", sa.Text(), nullable=True),
        sa.Column("unit_price", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("reservation_lines_quantity_check")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("reservation_lines_book_id_fkey")),
        sa.ForeignKeyConstraint(["order_id"], ["reservations.order_id"], name=op.f("reservation_lines_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "book_id", name=op.f("reservation_lines_pkey")),
    )
    op.create_index("reservation_lines_book_id_idx", "reservation_lines", ["book_id"], unique=False)
    op.create_table(
        "stock_levels",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("on_hand <= 10000000", name=op.f("stock_levels_on_hand_check")),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name=op.f("stock_levels_reserved_check")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("stock_levels_book_id_fkey")),
        sa.PrimaryKeyConstraint("book_id", name=op.f("stock_levels_pkey")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_hand_after", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'correction', 'sold', 'returned')", name=op.f("stock_movements_kind_check")
        ),
        sa.CheckConstraint("change <> 0", name=op.f("stock_movements_change_check")),
        sa.CheckConstraint("char_length(reason) BETWEEN 1 AND 300", name=op.f("stock_movements_reason_check")),
        sa.CheckConstraint("on_hand_after >= 0", name=op.f("stock_movements_on_hand_after_check")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("stock_movements_book_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("stock_movements_pkey")),
    )
    op.create_index("stock_movements_book_id_idx", "stock_movements", ["book_id", "id"], unique=False)
    op.execute(REFUSE_CHANGES)
    op.execute(LEDGER_IS_APPEND_ONLY)


def downgrade() -> None:
    """Take back."""
    op.drop_index("stock_movements_book_id_idx", table_name="stock_movements")
    op.drop_table("stock_movements")
    op.drop_table("stock_levels")
    op.drop_index("reservation_lines_book_id_idx", table_name="reservation_lines")
    op.drop_table("reservation_lines")
    op.drop_index(op.f("idempotency_keys_created_at_idx"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("reservations")
    op.drop_index("books_title_key_idx", table_name="books", postgresql_where=sa.text("archived_at IS NULL"))
    op.drop_index("books_subjects_idx", table_name="books", postgresql_using="gin")
    op.drop_index(
        "books_search_text_idx",
        table_name="books",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index("books_price_idx", table_name="books", postgresql_where=sa.text("archived_at IS NULL"))
    op.drop_index("books_authors_idx", table_name="books", postgresql_using="gin")
    op.drop_table("books")
    op.execute("DROP FUNCTION refuse_changes")
