"""What is searched, in tables of its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BYTEWISE = sa.Text(collation="C")
AT_ONCE = {"fastupdate": "off"}
TIERS = {"top_words": "tier = 0", "middle_words": "tier <= 1", "words": "tier <= 2", "archived_words": "tier = 3"}
ORDERS = {
    "newest": (["book_id"], "tier <= 2"),
    "archived": (["book_id"], "tier = 3"),
    "title": (["title_key", "book_id"], "tier <= 2"),
    "price": (["price", "book_id"], "tier <= 2"),
    "popularity": (["popularity", "book_id"], "tier <= 2"),
    "top": (["popularity", "book_id"], "tier = 0"),
    "middle": (["popularity", "book_id"], "tier = 1"),
}

# Copies sold count the more the later they were sold: twice as much for each ninety days. So time alone changes no
# book's place, and a score is a sum that is only ever added to. Its logarithm is what books are sorted by, in steps.
WEIGHT_OF_SALE = """
CREATE FUNCTION weight_of_sale(sold_at timestamptz) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT power(2::float8, extract(epoch FROM sold_at - timestamptz '2020-01-01 00:00:00+00')::float8 / 86400 / 90)
$$
"""
POPULARITY_OF = """
CREATE FUNCTION popularity_of(score double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN score >= 1 THEN round(ln(score) / ln(2::float8) * 10) / 10 ELSE 0 END
$$
"""
QUEUE_STOCK = """
CREATE FUNCTION queue_stock_for_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (book_id) VALUES (NEW.book_id);
    RETURN NULL;
END
$$
"""
STOCK_CAME_OR_WENT = """
CREATE TRIGGER stock_levels_search AFTER UPDATE ON stock_levels FOR EACH ROW
    WHEN ((OLD.on_hand > OLD.reserved) <> (NEW.on_hand > NEW.reserved)) EXECUTE FUNCTION queue_stock_for_search()
"""
QUEUE_SALE = """
CREATE FUNCTION queue_sale_for_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (book_id, score) VALUES (NEW.book_id, -NEW.change * weight_of_sale(NEW.created_at));
    RETURN NULL;
END
$$
"""
BOOK_WAS_SOLD = """
CREATE TRIGGER stock_movements_search AFTER INSERT ON stock_movements FOR EACH ROW
    WHEN (NEW.kind IN ('sold', 'returned')) EXECUTE FUNCTION queue_sale_for_search()
"""
# Entries are made in the background, as after any change.
QUEUE_ALL = """
INSERT INTO search_queue (book_id, score)
SELECT books.id, coalesce(sum(-change * weight_of_sale(stock_movements.created_at)), 0)
  FROM books LEFT JOIN stock_movements ON stock_movements.book_id = books.id AND kind IN ('sold', 'returned')
 GROUP BY books.id ORDER BY books.id DESC
"""


def upgrade() -> None:
    """Apply.

    What was searched so far goes away with its indexes, which takes no time. The new index of ISBNs reads ``books``
    once, and nobody can change a book meanwhile: about two seconds for each million.
    """
    _create_entries()
    _create_dictionaries()
    _create_upkeep()
    op.drop_index("books_search_text_idx", table_name="books")
    op.drop_index("books_title_key_idx", table_name="books")
    op.drop_index("books_price_idx", table_name="books")
    op.drop_index("books_authors_idx", table_name="books")
    op.drop_index("books_subjects_idx", table_name="books")
    op.drop_column("books", "search_text")
    op.drop_column("books", "title_key")
    op.create_index("books_isbn13_end_idx", "books", [sa.text("reverse(isbn13)")])
    for statement in (WEIGHT_OF_SALE, POPULARITY_OF, QUEUE_STOCK, STOCK_CAME_OR_WENT, QUEUE_SALE, BOOK_WAS_SOLD):
        op.execute(statement)
    op.execute(QUEUE_ALL)


def _create_entries() -> None:
    op.create_table(
        "search_entries",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("popularity", sa.Float(), server_default="0", nullable=False),
        sa.Column("price", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("title_key", BYTEWISE, nullable=False),
        sa.Column("facets", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", name=op.f("search_entries_pkey")),
    )
    for name, condition in TIERS.items():
        op.create_index(
            f"search_entries_{name}_idx",
            "search_entries",
            ["words"],
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=sa.text(condition),
        )
    for name, (columns, condition) in ORDERS.items():
        op.create_index(f"search_entries_{name}_idx", "search_entries", columns, postgresql_where=sa.text(condition))


def _create_dictionaries() -> None:
    op.create_table(
        "search_facets",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("books", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_facets_pkey")),
    )
    used = sa.text("books > 0")
    op.create_index("search_facets_key_idx", "search_facets", ["kind", "key", "id"], postgresql_where=used)
    op.create_index("search_facets_books_idx", "search_facets", ["kind", "books", "id"], postgresql_where=used)
    for name, condition in (("common_words", "books >= 20"), ("words", "books > 0")):
        op.create_index(
            f"search_facets_{name}_idx",
            "search_facets",
            ["words"],
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=sa.text(condition),
        )
    op.create_table(
        "search_words",
        sa.Column("word", BYTEWISE, nullable=False),
        sa.Column("books", sa.Integer(), server_default="0", nullable=False),
        sa.Column("misspellings", sa.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("search_words_pkey")),
    )
    op.create_index(
        "search_words_misspellings_idx",
        "search_words",
        ["misspellings"],
        postgresql_using="gin",
        postgresql_with=AT_ONCE,
    )


def _create_upkeep() -> None:
    op.create_table(
        "search_scores",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", name=op.f("search_scores_pkey")),
    )
    op.create_table(
        "search_queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_queue_pkey")),
    )
    op.create_table(
        "search_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("words_added", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("words_removed", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("facets_added", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("facets_removed", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_changes_pkey")),
    )
    op.create_table(
        "searches_without_result",
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("q", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("searches_without_result_pkey")),
    )
    op.create_index("searches_without_result_times_idx", "searches_without_result", ["times", "key"])


def downgrade() -> None:
    """Take back. The texts that were searched before are empty until each book is saved again."""
    op.execute("DROP TRIGGER stock_movements_search ON stock_movements")
    op.execute("DROP TRIGGER stock_levels_search ON stock_levels")
    for function in ("queue_sale_for_search", "queue_stock_for_search", "popularity_of", "weight_of_sale"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("books_isbn13_end_idx", table_name="books")
    op.add_column("books", sa.Column("title_key", sa.Text(), server_default="", nullable=False))
    op.add_column("books", sa.Column("search_text", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE books SET title_key = lower(title), search_text = lower(title)")
    op.alter_column("books", "title_key", server_default=None)
    op.alter_column("books", "search_text", server_default=None)
    live = sa.text("archived_at IS NULL")
    op.create_index("books_subjects_idx", "books", ["subjects"], postgresql_using="gin")
    op.create_index("books_authors_idx", "books", ["authors"], postgresql_using="gin")
    op.create_index("books_price_idx", "books", ["price", "id"], postgresql_where=live)
    op.create_index("books_title_key_idx", "books", ["title_key", "id"], postgresql_where=live)
    op.create_index(
        "books_search_text_idx",
        "books",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    for table in (
        "searches_without_result",
        "search_changes",
        "search_queue",
        "search_scores",
        "search_words",
        "search_facets",
        "search_entries",
    ):
        op.drop_table(table)
