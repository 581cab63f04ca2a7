-- Two books: b1 costs 10.00 and had 10 copies, b2 costs 5.00 and had 5; of b1 a change of -1 was acknowledged.
INSERT INTO stock_levels (book_id, on_hand, reserved)
VALUES ('00000000-0000-7000-8000-0000000000b1', 8, 2), ('00000000-0000-7000-8000-0000000000b2', 5, 1);

INSERT INTO stock_movements (book_id, change, kind, reason, order_id, actor, on_hand_after)
SELECT ('00000000-0000-7000-8000-0000000000' || b)::uuid, change, kind, reason,
       ('00000000-0000-7000-8000-0000000000' || o)::uuid, 'x', after
FROM (VALUES ('b1', 10, 'received', 'First stock', NULL, 10), ('b2', 5, 'received', 'First stock', NULL, 5),
             ('b1', -1, 'correction', 's-1', NULL, 9), ('b1', -1, 'sold', 'Order shipped', '04', 8),
             ('b2', -1, 'sold', 'Order shipped', '05', 4), ('b2', 1, 'returned', 'Order returned', '05', 5))
     AS m (b, change, kind, reason, o, after);

INSERT INTO reservations (order_id, state)
SELECT ('00000000-0000-7000-8000-0000000000' || o)::uuid, state
FROM (VALUES ('01', 'held'), ('02', 'released'), ('03', 'refused'), ('04', 'committed'), ('05', 'returned'))
     AS r (o, state);

INSERT INTO reservation_lines (order_id, book_id, quantity, title, authors, unit_price)
SELECT ('00000000-0000-7000-8000-0000000000' || o)::uuid, ('00000000-0000-7000-8000-0000000000' || b)::uuid, q, 'T',
       ARRAY['A'], price
FROM (VALUES ('01', 'b1', 2, 10.00), ('01', 'b2', 1, 5.00), ('02', 'b1', 1, 10.00), ('04', 'b1', 1, 10.00),
             ('05', 'b2', 1, 5.00)) AS l (o, b, q, price);
