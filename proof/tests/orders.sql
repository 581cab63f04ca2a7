-- Of an account …a1: an order that is placed (…01), one cancelled (…02), one rejected (…03), one shipped (…04), one
-- returned (…05). The marks of their placements are in the delivery notes.
INSERT INTO orders (id, account_id, customer_email, status, total, currency, expected_total, delivery_name,
                    delivery_address, delivery_note, reason, version)
SELECT ('00000000-0000-7000-8000-0000000000' || right(note, 2))::uuid, '00000000-0000-7000-8000-0000000000a1',
       'c@example.org', status, total, 'GBP', expected, 'C', 'A', note, reason::jsonb, version
FROM (VALUES ('m-01', 'placed', 25.00, NULL, NULL, 2), ('m-02', 'cancelled', 10.00, NULL, NULL, 3),
             ('m-03', 'rejected', NULL, NULL, '{"code": "insufficient_stock"}', 2),
             ('m-04', 'shipped', 10.00, 10.00, NULL, 3), ('m-05', 'returned', 5.00, NULL, NULL, 5))
     AS o (note, status, total, expected, reason, version);

INSERT INTO order_lines (order_id, book_id, position, quantity, title, authors, unit_price)
SELECT ('00000000-0000-7000-8000-0000000000' || o)::uuid, ('00000000-0000-7000-8000-0000000000' || b)::uuid, p, q,
       CASE WHEN price IS NOT NULL THEN 'T' END, CASE WHEN price IS NOT NULL THEN ARRAY['A'] END, price
FROM (VALUES ('01', 'b1', 1, 2, 10.00), ('01', 'b2', 2, 1, 5.00), ('02', 'b1', 1, 1, 10.00),
             ('03', 'b2', 1, 99, NULL), ('04', 'b1', 1, 1, 10.00), ('05', 'b2', 1, 1, 5.00)) AS l (o, b, p, q, price);

INSERT INTO order_timeline (order_id, version, status, actor_role)
SELECT ('00000000-0000-7000-8000-0000000000' || o)::uuid, version, status, 'system'
FROM (VALUES ('01', ARRAY['pending', 'placed']), ('02', ARRAY['pending', 'placed', 'cancelled']),
             ('03', ARRAY['pending', 'rejected']), ('04', ARRAY['pending', 'placed', 'shipped']),
             ('05', ARRAY['pending', 'placed', 'shipped', 'delivered', 'returned'])) AS t (o, way),
     unnest(way) WITH ORDINALITY AS entry (status, version);

INSERT INTO idempotency_keys (account_id, key, fingerprint, resource_id, running_until, status)
SELECT '00000000-0000-7000-8000-0000000000a1', 'k-' || o, '\x00', ('00000000-0000-7000-8000-0000000000' || o)::uuid,
       now(), 201
FROM unnest(ARRAY['01', '02']) AS o;
