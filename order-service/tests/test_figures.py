"""What was sold, in figures: which orders count, on which day, and that only the last days are read."""

import datetime as dt
import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

MODULE = "order_service.orders.service.new_id"
# So many orders a day, each of two books, over more than a year.
MANY = """
    WITH one AS (
        SELECT n, date_trunc('day', now()) - make_interval(days => n / 20) AS at FROM generate_series(0, 7999) AS n
    ), placed AS (
        INSERT INTO orders (id, account_id, customer_email, status, total, currency, created_at)
        SELECT CAST(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 19, '8')
                    AS uuid),
               gen_random_uuid(), 'a@b.example', 'delivered', 7, 'GBP', at FROM one
        RETURNING id
    )
    INSERT INTO order_lines (order_id, book_id, position, quantity, title, authors, unit_price)
    SELECT id, CAST('01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b1' || position AS uuid), position, 1, 'A book', '{}', 3.5
    FROM placed CROSS JOIN (VALUES (1), (2)) AS line (position)
"""


@pytest.fixture
def staff(mint):
    return mint.headers("staff", email="morgan@example.org")


@pytest.fixture
def order(client, stock, sql, monkeypatch):
    """Give a function that orders copies of titles some days ago, and has the order come to a status."""
    books = {}

    async def place(status="placed", days_ago=0, **copies):
        for title in copies:
            books.setdefault(title, stock.add(title, price="4.50", on_hand=1000))
        at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
        monkeypatch.setattr(MODULE, lambda: id_of(at))
        items = [{"book_id": str(books[title].id), "quantity": number} for title, number in copies.items()]
        order_id = (await client.post("/orders", json={"items": items})).json()["id"]
        await sql("UPDATE orders SET status = $1, created_at = $2 WHERE id = $3", status, at, order_id)

    return place


async def test_each_day_tells_what_was_ordered_and_kept(client, staff, order):
    await order(Waves=2, Orlando=1)
    await order(Orlando=4, status="shipped")
    await order(Orlando=1, status="delivered", days_ago=2)
    for status in ("cancelled", "returned"):
        await order(Waves=50, status=status)
    await order(Waves=9, days_ago=7)
    answer = (await client.get("/orders/figures", params={"days": 7}, headers=staff)).json()
    today = dt.datetime.now(dt.UTC).date()
    assert [day["day"] for day in answer["days"]] == [str(today - dt.timedelta(days=ago)) for ago in range(6, -1, -1)]
    sold = [(day["orders"], day["copies"], day["money"]) for day in answer["days"]]
    assert sold == [(0, 0, "0.00")] * 4 + [(1, 1, "4.50"), (0, 0, "0.00"), (2, 7, "31.50")]
    assert answer["currency"] == "GBP"
    assert [(book["title"], book["copies"]) for book in answer["most_sold"]] == [("Orlando", 6), ("Waves", 2)]


async def test_money_is_that_of_the_shop_and_books_are_called_as_they_are_now(client, staff, order, sql):
    await order(Waves=2)
    await order(Waves=1)
    await sql("UPDATE orders SET currency = 'CHF' WHERE number = 1001")
    await sql("UPDATE order_lines SET title = 'The Waves' WHERE order_id = (SELECT max(id::text)::uuid FROM orders)")
    answer = (await client.get("/orders/figures", params={"days": 1}, headers=staff)).json()
    assert answer["days"][0] | {"day": ""} == {"day": "", "orders": 2, "copies": 3, "money": "4.50"}
    assert [(book["title"], book["copies"]) for book in answer["most_sold"]] == [("The Waves", 3)]


async def test_a_shop_that_sold_nothing_has_figures_too(client, staff):
    answer = (await client.get("/orders/figures", headers=staff)).json()
    assert len(answer["days"]) == 30
    assert {day["copies"] for day in answer["days"]} == {0}
    assert answer["most_sold"] == []


@pytest.mark.parametrize("days", [0, -1, 93, "x", "1.5"])
async def test_nobody_asks_for_years(client, staff, days):
    assert (await client.get("/orders/figures", params={"days": days}, headers=staff)).status_code == 422


async def test_only_staff_sees_what_is_sold(client):
    assert (await client.get("/orders/figures")).status_code == 403


async def test_what_came_before_is_not_read(client, staff, sql):
    await sql(MANY)
    await sql("ANALYZE orders, order_lines")
    statements = []
    engine = client.app.state.figures._database._engine.sync_engine  # noqa: SLF001

    def note(_connection, _cursor, statement, parameters, _context, _many):
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    answer = (await client.get("/orders/figures", params={"days": 7}, headers=staff)).json()
    assert [day["copies"] for day in answer["days"]] == [40] * 7
    assert len(statements) == 2
    for statement, parameters in statements:
        (row,) = await sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *parameters)
        for scan in scans(json.loads(row["QUERY PLAN"])[0]["Plan"]):
            # A week has 140 orders and 280 lines; the day before belongs to it, as far as ids can tell.
            assert scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) <= 340, (statement, scan)


async def test_the_summary_tells_how_long_the_oldest_order_waits_to_be_shipped(client, staff, order):
    assert (await client.get("/orders/summary", headers=staff)).json()["oldest_placed_seconds"] == 0
    await order(Waves=1, status="shipped", days_ago=3)
    await order(Waves=1, days_ago=2)
    await order(Waves=1)
    waiting = (await client.get("/orders/summary", headers=staff)).json()["oldest_placed_seconds"]
    assert 0 <= waiting - 2 * 24 * 3600 < 60


def id_of(moment):
    return UUID(f"{int(moment.timestamp() * 1000):012x}7{uuid4().hex[13:]}")


def scans(plan):
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", []):
        yield from scans(part)
