"""What a client may not say is refused by its name, or ignored where it may be repeated: never taken."""

import pytest
from access_matrix import ROWS

NOT_YOURS = (
    *("id", "role", "scopes", "scope", "is_admin", "owner", "account_id", "customer_id", "user_id", "email_verified"),
    *("status", "state", "unit_price", "total", "currency", "created_at", "updated_at", "disabled_at", "archived_at"),
    *("number", "version", "on_hand", "reserved", "available", "password_hash", "session_id", "actor"),
)
WITH_BODIES = [row for row in ROWS if isinstance(row.json, dict)]
MAY_BE_REPEATED = {("POST", "/books"), ("PUT", "/books/{book_id}"), ("PATCH", "/books/{book_id}")}
READ_ONLY = ("id", "currency", "on_hand", "available", "created_at", "updated_at", "archived_at", "version")


@pytest.fixture(scope="module")
def document(world) -> dict:
    return world.http.get(f"{world.shop.api}/openapi.json").json()


@pytest.mark.parametrize("row", WITH_BODIES, ids=str)
def test_a_field_that_is_not_the_callers_is_refused_by_its_name(world, document, row):
    schema = document["paths"][row.path][row.method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    unknown = [name for name in NOT_YOURS if name not in schema["properties"]]
    if (row.method, row.path) in MAY_BE_REPEATED:
        unknown = [name for name in unknown if name not in READ_ONLY]
    answer = world.send(row, world.admin, more=dict.fromkeys(unknown, "admin"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert {error["loc"][-1] for error in answer.json()["errors"]} >= set(unknown)


def test_the_price_in_a_line_of_an_order_is_refused(world):
    line = {"book_id": world.book_id, "quantity": 1, "unit_price": "0.01", "price": "0.01"}
    answer = world.http.post(f"{world.shop.api}/orders", json={"items": [line]}, headers=world.victim.headers)
    assert answer.status_code == 422
    assert {error["loc"][-1] for error in answer.json()["errors"]} == {"unit_price", "price"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_what_the_shop_keeps_of_a_book_is_ignored(world, method):
    kept = {"id": world.of_the_victim["order_id"], "currency": "XXX", "on_hand": 77, "available": 77, "version": 42}
    kept |= dict.fromkeys(("created_at", "updated_at", "archived_at"), "1999-01-01T00:00:00Z")
    book = {"title": "Between the Acts", "price": "5.00"}
    url = f"{world.shop.api}/books" + ("" if method == "POST" else f"/{world.book()}")
    before = world.http.get(url, headers=world.admin.headers).json() if method != "POST" else None
    after = world.http.request(method, url, json=book | kept, headers=world.admin.headers).raise_for_status().json()
    assert {name for name, value in kept.items() if after[name] == value} == set()
    assert after["archived_at"] is None
    if before:
        assert [after[name] for name in ("id", "created_at", "on_hand")] == [
            before[name] for name in ("id", "created_at", "on_hand")
        ]
