import datetime as dt
from uuid import UUID

import pytest


@pytest.fixture
def place(client, stock):
    """Give a function that places orders and returns their numbers."""
    book = stock.add(on_hand=1000)

    async def place_some(count, **headers):
        order = {"book_id": str(book.id), "quantity": 1}
        return [(await client.post("/orders", json=order, headers=headers)).json()["number"] for _ in range(count)]

    return place_some


async def numbers(client, query="", **headers) -> list[str]:
    answer = await client.get(f"/orders?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [order["number"] for order in answer.json()["items"]]


async def test_numbers_begin_at_1001_and_the_own_orders_come_newest_first(client, place, mint):
    await place(3)
    await place(1, **mint.headers("customer"))
    assert await numbers(client) == ["Q-1003", "Q-1002", "Q-1001"]
    assert (await client.get("/orders/")).json()["total"] == 3


async def test_pages_go_forth_and_back_without_gaps(client, place):
    await place(5)
    first = await client.get("/orders?limit=2")
    assert [order["number"] for order in first.json()["items"]] == ["Q-1005", "Q-1004"]
    assert (first.json()["prev_cursor"], first.json()["total"]) == (None, 5)
    assert 'rel="next"' in first.headers["link"]
    second = await client.get(first.headers["link"].partition(">")[0][1:])
    assert [order["number"] for order in second.json()["items"]] == ["Q-1003", "Q-1002"]
    await place(1)
    third = (await client.get(f"/orders?limit=2&cursor={second.json()['next_cursor']}")).json()
    assert ([order["number"] for order in third["items"]], third["next_cursor"]) == (["Q-1001"], None)
    back = (await client.get(f"/orders?limit=2&cursor={third['prev_cursor']}")).json()
    assert [order["number"] for order in back["items"]] == ["Q-1003", "Q-1002"]
    newest = (await client.get(f"/orders?limit=9&cursor={back['prev_cursor']}")).json()
    assert [order["number"] for order in newest["items"]] == ["Q-1006", "Q-1005", "Q-1004"]
    assert newest["prev_cursor"] is None


async def test_a_cursor_of_another_list_is_400(client, place, mint):
    await place(3)
    cursor = (await client.get("/orders?limit=1")).json()["next_cursor"]
    for query in (f"status=placed&cursor={cursor}", "cursor=nonsense", f"cursor={cursor[:-2]}"):
        answer = await client.get(f"/orders?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    answer = await client.get(f"/orders?cursor={cursor}", headers=mint.headers("customer"))
    assert answer.status_code == 400


async def test_orders_are_found_by_status(client, place):
    await place(2)
    newest = (await client.get("/orders?limit=1")).json()["items"][0]["id"]
    await client.post(f"/orders/{newest}/cancel")
    assert await numbers(client, "status=cancelled") == ["Q-1002"]
    assert await numbers(client, "status=placed") == ["Q-1001"]
    assert await numbers(client, "status=placed&status=cancelled") == ["Q-1002", "Q-1001"]
    assert await numbers(client, "status=shipped") == []
    assert (await client.get("/orders?status=lost")).status_code == 422


@pytest.fixture
def date_back(sql):
    """Give a function that makes an order one of an earlier time: its id tells of it, too."""

    async def move(number, moment):
        created = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
        (row,) = await sql("SELECT id FROM orders WHERE number = $1", number)
        dated = UUID(f"{int(created.timestamp() * 1000):012x}7{row['id'].hex[13:]}")
        await sql(
            "INSERT INTO orders SELECT (jsonb_populate_record(orders,"
            " jsonb_build_object('id', $1::uuid, 'number', -number, 'created_at', $2::timestamptz))).*"
            " FROM orders WHERE id = $3",
            dated,
            created,
            row["id"],
        )
        for table in ("order_lines", "order_timeline"):
            await sql(f"UPDATE {table} SET order_id = $1 WHERE order_id = $2", dated, row["id"])  # noqa: S608
        await sql("DELETE FROM orders WHERE id = $1", row["id"])
        await sql("UPDATE orders SET number = -number WHERE id = $1", dated)

    return move


async def test_orders_are_found_by_day_and_by_moment(client, place, date_back):
    await place(3)
    for number, moment in ((1001, "2026-01-31T23:59:59"), (1002, "2026-02-01T00:00:00"), (1003, "2026-02-02T12:00:00")):
        await date_back(number, moment)
    assert await numbers(client, "from=2026-02-01") == ["Q-1003", "Q-1002"]
    assert await numbers(client, "from=2026-02-01&to=2026-02-01") == ["Q-1002"]
    assert await numbers(client, "to=2026-01-31") == ["Q-1001"]
    assert await numbers(client, "from=2026-02-02T13:00:00%2B01:00") == ["Q-1003"]
    assert await numbers(client, "from=2026-02-02T12:00:01Z") == []
    assert await numbers(client, "from=0001-01-01&to=9999-12-31") == ["Q-1003", "Q-1002", "Q-1001"]
    for edge in ("from=0001-01-01T00:00:00%2B14:00", "to=9999-12-31T23:59:59-12:00"):
        assert (await client.get(f"/orders?{edge}")).status_code in {200, 422}
    for nonsense in ("from=yesterday", "to=2026-02-30", "from=2026-02-01T25:00:00Z", "from=1"):
        assert (await client.get(f"/orders?{nonsense}")).status_code == 422


async def test_staff_see_everybodys_orders_and_find_them_by_customer(client, place, mint):
    await place(1)
    ada = "019a0000-0000-7000-8000-0000000000ad"
    await place(1, **mint.headers("customer", account_id=ada, email="Ada@example.org"))
    staff = mint.headers("staff")
    assert await numbers(client, **staff) == []
    assert await numbers(client, "all=true", **staff) == ["Q-1002", "Q-1001"]
    assert await numbers(client, "customer=ada%40EXAMPLE.org", **staff) == ["Q-1002"]
    assert await numbers(client, f"all=true&customer={ada}", **staff) == ["Q-1002"]
    assert await numbers(client, "customer=nobody%40example.org", **staff) == []


async def test_a_customer_is_a_line_of_text(client, mint):
    assert (await client.get("/orders?customer=%00", headers=mint.headers("staff"))).status_code == 422


@pytest.mark.parametrize("query", ["all=true", "customer=customer%40example.org", "all=true&status=placed"])
@pytest.mark.parametrize("role", ["customer", "editor"])
async def test_others_may_not_ask_for_everybodys_orders(client, mint, query, role):
    answer = await client.get(f"/orders?{query}", headers=mint.headers(role))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_somebody_elses_order_is_not_found_but_staff_see_it(client, place, mint):
    await place(1)
    order = (await client.get("/orders")).json()["items"][0]
    for role in ("customer", "editor"):
        answer = await client.get(f"/orders/{order['id']}", headers=mint.headers(role))
        assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
    for role in ("staff", "admin"):
        seen = (await client.get(f"/orders/{order['id']}", headers=mint.headers(role))).json()
        assert seen == order | {"can_ship": True}


async def test_an_order_that_has_not_changed_is_not_sent_again(client, place):
    await place(1)
    location = f"/orders/{(await client.get('/orders')).json()['items'][0]['id']}"
    etag = (await client.get(location)).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await client.get(location, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    await client.post(f"{location}/cancel")
    changed = await client.get(location, headers={"If-None-Match": etag})
    assert (changed.status_code, changed.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize("order_id", ["1", "Q-1001", "019a0000-0000-7000-8000-00000000000g", "%00", "a" * 300])
async def test_an_id_that_is_none_is_422(client, order_id):
    answer = await client.get(f"/orders/{order_id}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("limit", ["0", "101", "x"])
async def test_a_page_has_between_1_and_100_orders(client, limit):
    assert (await client.get(f"/orders?limit={limit}")).status_code == 422


async def test_reading_needs_a_token_with_the_scope(client, mint):
    assert (await client.get("/orders", headers={"Authorization": ""})).status_code == 401
    assert (await client.get("/orders", headers=mint.headers(scope="books:read"))).status_code == 403
