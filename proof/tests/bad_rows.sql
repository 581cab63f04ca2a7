-- Bad rows, one case after the other. A case begins with the check that has to find it, the database, and what is wrong.

-- I1 books: stock without a row in the ledger
UPDATE stock_levels SET on_hand = 9
WHERE book_id = '00000000-0000-7000-8000-0000000000b1';

-- I1 books: promised copies that nobody holds
UPDATE stock_levels SET reserved = 3
WHERE book_id = '00000000-0000-7000-8000-0000000000b1';

-- I1 books: more promised than there are
UPDATE stock_levels SET reserved = 9
WHERE book_id = '00000000-0000-7000-8000-0000000000b1';
UPDATE reservation_lines SET quantity = 9
WHERE order_id = '00000000-0000-7000-8000-000000000001' AND book_id = '00000000-0000-7000-8000-0000000000b1';

-- I1 books: a ledger that skips
UPDATE stock_movements SET on_hand_after = 7
WHERE reason = 's-1';

-- I1b books: copies that are sold twice
INSERT INTO stock_movements (book_id, change, kind, reason, order_id, actor, on_hand_after)
VALUES ('00000000-0000-7000-8000-0000000000b1', -1, 'sold', 'x', '00000000-0000-7000-8000-000000000004', 'x', 7);
UPDATE stock_levels SET on_hand = 7
WHERE book_id = '00000000-0000-7000-8000-0000000000b1';

-- I2 orders: an acknowledged order that is gone
DELETE FROM order_lines
WHERE order_id = '00000000-0000-7000-8000-000000000003';
DELETE FROM orders
WHERE id = '00000000-0000-7000-8000-000000000003';
DELETE FROM order_timeline
WHERE order_id = '00000000-0000-7000-8000-000000000003';

-- I2 orders: other lines than acknowledged
UPDATE order_lines SET quantity = 98
WHERE order_id = '00000000-0000-7000-8000-000000000003';

-- I2 orders: another reason than was told
UPDATE orders SET reason = '{"code": "x"}'
WHERE id = '00000000-0000-7000-8000-000000000003';

-- I3 orders: a key of no order
UPDATE idempotency_keys SET resource_id = '00000000-0000-7000-8000-0000000000ff'
WHERE key = 'k-01';

-- I4 books: a placed order that holds nothing
UPDATE reservations SET state = 'released'
WHERE order_id = '00000000-0000-7000-8000-000000000001';

-- I4 books: a cancelled order that holds
UPDATE reservations SET state = 'held'
WHERE order_id = '00000000-0000-7000-8000-000000000002';

-- I4 books: a shipped order that still holds
UPDATE reservations SET state = 'held'
WHERE order_id = '00000000-0000-7000-8000-000000000004';

-- I4 books: other lines held than ordered
UPDATE reservation_lines SET quantity = 1
WHERE order_id = '00000000-0000-7000-8000-000000000001';

-- I5 books: a hold of no order
INSERT INTO reservations (order_id, state)
VALUES ('00000000-0000-7000-8000-0000000000ff', 'held');

-- I5 orders: work that is left
INSERT INTO stock_work (order_id, step, due_at)
VALUES ('00000000-0000-7000-8000-000000000002', 'release', now());

-- I5 orders: an order that is still pending
UPDATE orders SET status = 'pending', version = 1, total = NULL
WHERE id = '00000000-0000-7000-8000-000000000003';
DELETE FROM order_timeline
WHERE order_id = '00000000-0000-7000-8000-000000000003' AND version = 2;

-- I6 orders: two outcomes
INSERT INTO order_timeline (order_id, version, status, actor_role)
VALUES ('00000000-0000-7000-8000-000000000003', 3, 'placed', 'x');

-- I6 orders: a gap in the timeline
DELETE FROM order_timeline
WHERE order_id = '00000000-0000-7000-8000-000000000004' AND version = 2;

-- I6 orders: a status without an entry
UPDATE orders SET status = 'delivered'
WHERE id = '00000000-0000-7000-8000-000000000004';

-- S1 books: a change of stock twice
INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)
VALUES ('00000000-0000-7000-8000-0000000000b1', -1, 'correction', 's-1', 'x', 7);
UPDATE stock_levels SET on_hand = 7
WHERE book_id = '00000000-0000-7000-8000-0000000000b1';

-- S1 books: a refused change of stock
INSERT INTO stock_movements (book_id, change, kind, reason, actor, on_hand_after)
VALUES ('00000000-0000-7000-8000-0000000000b1', -2, 'correction', 's-2', 'x', 6);
UPDATE stock_levels SET on_hand = 6
WHERE book_id = '00000000-0000-7000-8000-0000000000b1';

-- S4 books: a price that nobody set
UPDATE reservation_lines SET unit_price = 1
WHERE order_id = '00000000-0000-7000-8000-000000000004';

-- S4 orders: another total than agreed
UPDATE orders SET expected_total = 9.99
WHERE id = '00000000-0000-7000-8000-000000000004';
