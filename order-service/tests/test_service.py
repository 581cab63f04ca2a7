"""The service as a whole: migrations, constraints, settings, health, its OpenAPI document."""

from pathlib import Path

import asyncpg
import pytest

from order_service.config import Settings
from service_kit.settings import load_settings
from service_kit.testing.databases import alembic, alembic_steps

SERVICE = Path(__file__).parents[1]
SECRET = "a-credential-for-tests-9f3b7c1d5e2a8064"


def test_migrations_make_what_the_models_say(postgres, database_url):
    assert "No new upgrade operations" in alembic(SERVICE, "ORDER_DATABASE_URL", database_url, "check").stdout
    postgres.create_role_and_database("orders_round_trip", "test")
    url = postgres.url("orders_round_trip", "orders_round_trip", "test")
    alembic_steps(SERVICE, "ORDER_DATABASE_URL", url, "upgrade head", "downgrade base", "upgrade head")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET status = 'lost'",
        "UPDATE orders SET total = NULL",
        "UPDATE orders SET total = -0.01",
        "UPDATE orders SET expected_total = -1",
        "UPDATE orders SET status = 'rejected', reason = NULL",
        "UPDATE orders SET currency = 'gbp'",
        "UPDATE orders SET delivery_name = 'Ada'",
        "UPDATE orders SET version = 0",
        "UPDATE order_lines SET quantity = 0",
        "UPDATE order_lines SET quantity = 1000",
        "UPDATE order_lines SET position = 101",
        "UPDATE order_lines SET unit_price = -1",
        "UPDATE order_lines SET title = NULL",
        "UPDATE order_timeline SET status = 'lost'",
        "INSERT INTO stock_work (order_id, step, due_at) SELECT id, 'forget', now() FROM orders",
        "UPDATE cart_lines SET quantity = 0",
        "UPDATE cart_lines SET quantity = 100",
        "UPDATE cart_lines SET seen_price = -1",
    ],
)
async def test_the_database_holds_what_validation_promises(client, stock, sql, statement):
    book = stock.add()
    await client.put(f"/cart/items/{book.id}", json={"quantity": 1})
    assert (await client.post("/orders", json={"book_id": str(book.id), "quantity": 1})).status_code == 201
    with pytest.raises(asyncpg.CheckViolationError):
        await sql(statement)


async def test_it_is_ready_when_all_that_it_needs_is_there(client):
    ready = (await client.get("/health/ready")).json()
    assert (ready["status"], set(ready["checks"])) == ("ready", {"database", "keys", "revocations", "reconciler"})


def test_it_does_not_start_with_a_weak_credential(monkeypatch, capsys):
    monkeypatch.setenv("ORDER_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("ORDER_CLIENT_SECRET", "change-me")
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings)
    assert ended.value.code == 2
    assert "ORDER_CLIENT_SECRET" in capsys.readouterr().err


async def test_the_openapi_document_is_true(client):
    document = (await client.get("/openapi.json")).json()
    operations = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {
        ("post", "/orders"),
        ("get", "/orders"),
        ("get", "/orders/summary"),
        ("get", "/orders/figures"),
        ("post", "/orders/bulk"),
        ("get", "/orders/parked"),
        ("post", "/orders/parked/{order_id}/{step}/retry"),
        ("post", "/orders/parked/{order_id}/{step}/resolve"),
        ("post", "/orders/write-offs"),
        ("get", "/orders/{order_id}"),
        ("post", "/orders/{order_id}/cancel"),
        *(("post", f"/orders/{{order_id}}/{what}") for what in ("ship", "deliver", "return")),
        ("get", "/cart"),
        ("delete", "/cart"),
        ("put", "/cart/items/{book_id}"),
        ("delete", "/cart/items/{book_id}"),
    }
    placing = operations["post", "/orders"]
    assert set(placing["responses"]) == {"200", "201", "202", "400", "401", "403", "409", "413", "422", "503"}
    assert [parameter["name"] for parameter in placing["parameters"]] == ["Idempotency-Key"]
    shipping = operations["post", "/orders/{order_id}/ship"]
    assert set(shipping["responses"]) == {"200", "400", "401", "403", "404", "409", "413", "422", "503"}
    for changing in (shipping, operations["post", "/orders/{order_id}/cancel"]):
        assert {parameter["name"] for parameter in changing["parameters"]} == {"order_id", "Idempotency-Key"}
    for staff_only in ("bulk", "write-offs"):
        assert [parameter["name"] for parameter in operations["post", f"/orders/{staff_only}"]["parameters"]] == [
            "Idempotency-Key"
        ]
    assert {"from", "to", "status", "customer", "all", "q", "book", "sort", "limit", "cursor"} == {
        parameter["name"] for parameter in operations["get", "/orders"]["parameters"]
    }
    for operation in operations.values():
        assert operation["security"]
