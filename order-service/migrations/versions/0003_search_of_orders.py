"""Finding orders by book and by words: an index of the orders of each book, and what has ever been ordered by whom.

A title or an address is looked up in the small tables of what there has been, and the orders are found by those; an
index of words on the lines themselves would have to be written with every order.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Without case and accents; an apostrophe does not end a word: "Ender’s" is found as "enders".
SEARCH_WORDS = r"""
CREATE FUNCTION order_search_words(phrase text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_remove(
        regexp_split_to_array(
            regexp_replace(normalize(lower(phrase), NFKD), '[\u0300-\u036f''’]', '', 'g'), '[^[:alnum:]]+'
        ), ''
    )
$$
"""

# All words have to be there; the last one may not have been typed to its end. Ten words are enough to tell books apart.
SEARCH_QUERY = """
CREATE FUNCTION order_search_query(phrase text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    WITH wanted AS (
        SELECT word, place FROM unnest(order_search_words(phrase)) WITH ORDINALITY AS words (word, place)
        ORDER BY place LIMIT 10
    )
    SELECT string_agg(
        quote_literal(word)
        || CASE WHEN place = (SELECT max(place) FROM wanted) AND char_length(word) > 1 THEN ':*' ELSE '' END, ' & '
    )::tsquery FROM wanted
$$
"""

NOTE_BOOKS = """
CREATE FUNCTION note_ordered_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- In the order of the key, so that no two orders wait for each other.
    INSERT INTO ordered_books (book_id, title, isbn13, words)
    SELECT told.book_id, left(told.title, 500), max(told.isbn13),
           array_to_tsvector(order_search_words(left(told.title, 500)))
    FROM told
    WHERE told.title IS NOT NULL AND NOT EXISTS (
        SELECT FROM ordered_books AS known
        WHERE known.book_id = told.book_id AND known.title = left(told.title, 500)
              AND (told.isbn13 IS NULL OR known.isbn13 = told.isbn13)
    )
    GROUP BY told.book_id, left(told.title, 500)
    ORDER BY told.book_id, left(told.title, 500)
    ON CONFLICT (book_id, title) DO UPDATE SET isbn13 = coalesce(excluded.isbn13, ordered_books.isbn13);
    RETURN NULL;
END
$$
"""
# Lines have no title before their order is settled, so they need no looking at when they are written first.
BOOKS_ARE_NOTED = """
CREATE TRIGGER order_lines_note_books AFTER UPDATE ON order_lines
    REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION note_ordered_books()
"""

NOTE_CUSTOMER = """
CREATE FUNCTION note_ordering_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ordering_customers (email) VALUES (lower(NEW.customer_email)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
CUSTOMERS_ARE_NOTED = """
CREATE TRIGGER orders_note_customer AFTER INSERT ON orders
    FOR EACH ROW EXECUTE FUNCTION note_ordering_customer()
"""


def upgrade() -> None:
    """Apply. Orders cannot be written meanwhile: for about two seconds per million lines."""
    # Trigrams find a part of an address; the extension is trusted, so the database's owner may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index("order_lines_book_id_idx", "order_lines", ["book_id", "order_id"], unique=False)
    op.execute(SEARCH_WORDS)
    op.execute(SEARCH_QUERY)
    op.create_table(
        "ordered_books",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("isbn13", sa.Text(), nullable=True),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "title", name=op.f("ordered_books_pkey")),
    )
    op.create_table(
        "ordering_customers",
        sa.Column("email", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("ordering_customers_pkey")),
    )
    for statement in (NOTE_BOOKS, BOOKS_ARE_NOTED, NOTE_CUSTOMER, CUSTOMERS_ARE_NOTED):
        op.execute(statement)
    op.execute("""
        INSERT INTO ordered_books (book_id, title, isbn13, words)
        SELECT book_id, left(title, 500), max(isbn13), array_to_tsvector(order_search_words(left(title, 500)))
        FROM order_lines WHERE title IS NOT NULL GROUP BY book_id, left(title, 500)
    """)
    op.execute("INSERT INTO ordering_customers SELECT DISTINCT lower(customer_email) FROM orders")
    op.create_index("ordered_books_isbn13_idx", "ordered_books", ["isbn13"], unique=False)
    op.create_index("ordered_books_words_idx", "ordered_books", ["words"], unique=False, postgresql_using="gin")
    op.create_index(
        "ordering_customers_email_idx",
        "ordering_customers",
        ["email"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"email": "gin_trgm_ops"},
    )
    op.execute("ANALYZE ordered_books, ordering_customers")


def downgrade() -> None:
    """Take back. The extension stays: somebody else may have come to need it."""
    op.execute("DROP TRIGGER orders_note_customer ON orders")
    op.execute("DROP TRIGGER order_lines_note_books ON order_lines")
    op.execute("DROP FUNCTION note_ordering_customer, note_ordered_books")
    op.drop_table("ordering_customers")
    op.drop_table("ordered_books")
    op.execute("DROP FUNCTION order_search_query, order_search_words")
    op.drop_index("order_lines_book_id_idx", table_name="order_lines")
