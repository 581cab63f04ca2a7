"""What placing an order asks of the database: each statement more is a round trip that a customer waits for."""

import pytest

from service_kit.testing.statement_log import Statement, logged_statements

KEY = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


@pytest.fixture
async def client(replica):
    """Give a client of a replica with one connection, on which all has been prepared that an order needs."""
    async with replica(database_pool=1) as customer:
        yield customer


@pytest.fixture
async def order(client, stock):
    books = [str(stock.add().id) for _ in range(3)]
    for book in books:
        await client.put(f"/cart/items/{book}", json={"quantity": 2})
    delivery = {"name": "Ada Lovelace", "address": "12 St James's Square"}
    items = [{"book_id": book, "quantity": 2} for book in books]
    assert (await client.post("/orders", json={"items": items}, headers={"Idempotency-Key": "first"})).is_success
    return {"items": items, "delivery": delivery, "expected_total": "59.94", "from_cart": True}


def kinds(statements: list[Statement]) -> list[str]:
    # Without BEGIN, a statement is a transaction; with it, that would be here too.
    return [told.sql.split()[0] for told in statements if told.database == "orders"]


async def test_an_order_is_two_statements_that_each_commit_by_themselves(client, postgres, order):
    with logged_statements(postgres) as statements:
        answer = await client.post("/orders", json=order, headers=KEY)
    assert (answer.status_code, answer.json()["total"]) == (201, "59.94")
    assert kinds(statements) == ["WITH", "WITH"]
    assert (await client.get("/cart")).json()["items"] == []


async def test_an_order_that_is_refused_is_no_more(client, postgres, stock, order):
    next(iter(stock.books.values())).on_hand = 1
    with logged_statements(postgres) as statements:
        assert (await client.post("/orders", json=order, headers=KEY)).status_code == 409
    assert kinds(statements) == ["WITH", "WITH"]


async def test_a_repeated_order_is_only_looked_up(client, postgres, order):
    await client.post("/orders", json=order, headers=KEY)
    with logged_statements(postgres) as statements:
        assert (await client.post("/orders", json=order, headers=KEY)).status_code == 201
    assert kinds(statements) == ["WITH", "SELECT", "SELECT"]
