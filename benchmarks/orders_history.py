"""The past of a shop: orders that were placed, shipped and delivered over the last year, written by SQL alone."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from orders_system import BOOKS, Shop, System

# Of a hundred orders 96 were delivered, two cancelled; the two newest are shipped and placed. ``n`` counts from 1.
_PAST = """
    CREATE TEMPORARY TABLE past AS
    SELECT n,
           (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
               || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id,
           md5('account ' || hashint8(n) % 20000)::uuid AS account_id,
           'customer' || abs(hashint8(n) % 20000) || '@example.org' AS email,
           CASE WHEN n > {orders} - {orders} / 100 THEN 'placed' WHEN n > {orders} - {orders} / 50 THEN 'shipped'
                WHEN n % 50 = 0 THEN 'cancelled' ELSE 'delivered' END AS status,
           ('0190b00c-0000-7000-8000-' || lpad((1 + abs(hashint8(n)::bigint) % {half})::text, 12, '0'))::uuid AS first,
           ('0190b00c-0000-7000-8000-' || lpad(({half} + 1 + abs(hashint8(-n)::bigint) % {half})::text, 12, '0'))::uuid
               AS second,
           at
    FROM generate_series(1, {orders}) AS n,
         LATERAL (SELECT now() - interval '365 days' + n * (interval '365 days' / ({orders} + 1)) AS at) AS moment;
    CREATE TEMPORARY TABLE past_lines AS
    SELECT n, id, status, at, position, CASE position WHEN 1 THEN first ELSE second END AS book_id,
           (1 + n % 2)::int AS quantity
    FROM past, generate_series(1, 2) AS position;
"""
_ORDERS = """
    INSERT INTO orders (id, number, account_id, customer_email, status, total, currency, delivery_name,
                        delivery_address, version, created_at, updated_at)
    SELECT id, 1000 + n, account_id, email, status, 19.98, 'GBP', 'Ada Lovelace', '12 St James''s Square, London',
           CASE status WHEN 'placed' THEN 2 WHEN 'delivered' THEN 4 ELSE 3 END, at, at + interval '2 days'
    FROM past ORDER BY n;
    SELECT setval('order_numbers', {orders} + 1000);
    INSERT INTO order_lines (order_id, book_id, position, quantity, title, authors, isbn13, unit_price)
    SELECT id, book_id, position, quantity, 'The Collected Letters, Volume ' || right(book_id::text, 4)::int,
           ARRAY['Author', 'Editor'], '9780000000000', 9.99
    FROM past_lines ORDER BY n, position;
    INSERT INTO order_timeline (order_id, version, status, at, actor, actor_role)
    SELECT id, version, CASE version WHEN 1 THEN 'pending' WHEN 2 THEN 'placed' WHEN 4 THEN status
                                     ELSE CASE status WHEN 'cancelled' THEN status ELSE 'shipped' END END,
           at + version * interval '6 hours', email, 'customer'
    FROM past, generate_series(1, CASE status WHEN 'placed' THEN 2 WHEN 'delivered' THEN 4 ELSE 3 END) AS version
    ORDER BY n, version;
    INSERT INTO idempotency_keys (account_id, key, fingerprint, resource_id, running_until, status)
    SELECT account_id::text, gen_random_uuid(), sha256(id::text::bytea), id, at, 201 FROM past
    WHERE n > {orders} - least({orders} / 2, 100000) ORDER BY n;
    INSERT INTO ordering_customers SELECT DISTINCT email FROM past ON CONFLICT DO NOTHING;
    INSERT INTO ordered_books (book_id, title, isbn13, words)
    SELECT DISTINCT book_id, 'The Collected Letters, Volume ' || right(book_id::text, 4)::int, '9780000000000',
           array_to_tsvector(ARRAY['the', 'collected', 'letters', 'volume']) FROM past_lines ON CONFLICT DO NOTHING;
"""
_BOOKS = """
    INSERT INTO reservations (order_id, state, requested, created_at, updated_at)
    SELECT id, CASE status WHEN 'placed' THEN 'held' WHEN 'cancelled' THEN 'released' ELSE 'committed' END,
           jsonb_build_array(jsonb_build_object('book_id', first, 'quantity', 1 + n % 2),
                             jsonb_build_object('book_id', second, 'quantity', 1 + n % 2)), at, at
    FROM past ORDER BY n;
    INSERT INTO reservation_lines (order_id, book_id, quantity, title, authors, isbn13, unit_price)
    SELECT id, book_id, quantity, 'The Collected Letters, Volume ' || right(book_id::text, 4)::int,
           ARRAY['Author', 'Editor'], '9780000000000', 9.99
    FROM past_lines ORDER BY n, position;
    INSERT INTO stock_movements (book_id, change, kind, reason, order_id, actor, on_hand_after, created_at)
    SELECT book_id, -quantity, 'sold', 'Order shipped', id, 'order-service', 1000000, at FROM past_lines
    WHERE status IN ('shipped', 'delivered') ORDER BY n, position;
    UPDATE stock_levels AS level
    SET on_hand = on_hand - coalesce(sold, 0), reserved = reserved + coalesce(held, 0)
    FROM (SELECT book_id, sum(quantity) FILTER (WHERE status IN ('shipped', 'delivered')) AS sold,
                 sum(quantity) FILTER (WHERE status = 'placed') AS held FROM past_lines GROUP BY book_id) AS moved
    WHERE level.book_id = moved.book_id;
"""
# Foreign keys need no checking here, and the triggers that keep what is looked up are replaced by one statement each.
_QUICKLY = "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB';"
_CLEAN_UP = "VACUUM (ANALYZE)"


def write(system: System, shop: Shop, orders: int) -> None:
    """Write the past of ``orders`` orders into both databases of a shop, side by side."""
    scripts = {shop.orders: (_PAST, _ORDERS), shop.books: (_PAST, _BOOKS)}
    with ThreadPoolExecutor() as workers:
        written = [workers.submit(_write, system, database, parts, orders) for database, parts in scripts.items()]
        for each in written:
            each.result()
    system.postgres.run_sql("CHECKPOINT")


def _write(system: System, database: str, parts: Iterable[str], orders: int) -> None:
    script = "".join(part.format(orders=orders, half=BOOKS // 2) for part in parts)
    system.postgres.run_sql(_QUICKLY + script, database)
    system.postgres.run_sql(_CLEAN_UP, database)
