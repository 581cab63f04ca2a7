"""Orders and carts of people whose account is gone."""

import asyncio

import pytest

from order_service.erasing import repository

ANN = "019a0000-0000-7000-8000-00000000a001"
MORGAN = "019a0000-0000-7000-8000-0000000005aa"
DELIVERY = {"name": "Ann Reader", "address": "7 Quince Street", "note": "Ring at Ann's"}
TRACES = ("ann@", "Ann Reader", "Quince", "Ring at")


@pytest.fixture
def book(stock):
    return stock.add(on_hand=100)


@pytest.fixture
def ann(mint):
    return mint.headers("customer", account_id=ANN, email="Ann@example.org")


@pytest.fixture
def staff(mint):
    return mint.headers("staff", account_id=MORGAN, email="morgan@example.org")


@pytest.fixture
def place(client, book):
    async def place(headers, key=None):
        body = {"book_id": str(book.id), "quantity": 1, "delivery": DELIVERY}
        keys = {"Idempotency-Key": key} if key else {}
        answer = await client.post("/orders", json=body, headers=headers | keys)
        assert answer.status_code == 201
        return answer.headers["location"]

    return place


@pytest.fixture
def lead(client, staff):
    async def lead(location, *events):
        for event in events:
            key = {"Idempotency-Key": f'"{location}-{event}"'}
            assert (await client.post(f"{location}/{event}", headers=staff | key)).status_code == 200

    return lead


@pytest.fixture
def follow(client, sql):
    """Give a function that lets time pass, and has what is due done."""

    async def follow():
        await sql("UPDATE erasures SET due_at = now() - interval '1 second'")
        await client.app.state.erasures.follow()

    return follow


async def traces(sql):
    """Return the tables in which the person can still be found."""
    found = []
    for row in await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await sql(f"SELECT row_to_json(t)::text AS text FROM {row['tablename']} AS t")  # noqa: S608
        if any(trace.lower() in one["text"].lower() for one in rows for trace in TRACES):
            found.append(row["tablename"])
    return sorted(found)


async def test_an_erased_person_is_in_no_table_and_the_orders_stay(
    client, auth_service, book, place, lead, follow, ann, staff, sql
):
    cancelled, delivered, returned = [await place(ann, f'"{number}"') for number in range(3)]
    await client.post(f"{cancelled}/cancel", headers=ann | {"Idempotency-Key": '"cancel"'})
    await lead(delivered, "ship", "deliver")
    await lead(returned, "ship", "deliver", "return")
    await client.put(f"/cart/items/{book.id}", json={"quantity": 2}, headers=ann)
    before = {one: (await client.get(one, headers=staff)).json() for one in (cancelled, delivered, returned)}
    found = await traces(sql)
    assert found == ["idempotency_keys", "order_timeline", "ordering_customers", "orders"]

    auth_service.erase(ANN)
    await follow()

    assert await traces(sql) == []
    assert await sql("SELECT * FROM cart_lines") == []
    for location, was in before.items():
        answer = await client.get(location, headers=staff)
        now = answer.json()
        assert (now["customer_email"], now["delivery"]) == (None, None)
        assert now["account_id"] == ANN
        for member in ("id", "number", "status", "items", "total", "currency", "created_at", "reason"):
            assert now[member] == was[member], member
        assert [one["status"] for one in now["timeline"]] == [one["status"] for one in was["timeline"]]
        assert [one["actor"] for one in now["timeline"] if one["actor"]] == [
            one["actor"] for one in was["timeline"] if one["actor"] == "morgan@example.org"
        ]
        # What was kept under the tag of before is another text.
        stale = {"If-None-Match": f'"v{len(now["timeline"])}"'}
        assert (await client.get(location, headers=staff | stale)).status_code == 200
    listed = (await client.get(f"/orders?all=true&customer={ANN}", headers=staff)).json()
    assert [one["customer_email"] for one in listed["items"]] == [None] * 3
    for query in ("q=ann@exa", "q=Ann@example.org", "customer=ann@example.org"):
        assert (await client.get(f"/orders?all=true&{query}", headers=staff)).json()["items"] == [], query
    # Repeated by staff, the same requests say what they said, without the person.
    again = {"Idempotency-Key": f'"{delivered}-deliver"'}
    answer = await client.post(f"{delivered}/deliver", headers=staff | again)
    assert (answer.status_code, answer.json()["customer_email"]) == (200, None)


async def test_an_order_under_way_is_carried_out_before_it_is_erased(
    client, auth_service, place, lead, follow, ann, staff, sql
):
    placed, shipped, done = [await place(ann) for _ in range(3)]
    await lead(shipped, "ship")
    await lead(done, "ship", "deliver")
    auth_service.erase(ANN)
    await follow()

    shown = {one: (await client.get(one, headers=staff)).json()["delivery"] for one in (placed, shipped, done)}
    assert shown == {placed: DELIVERY, shipped: DELIVERY, done: None}

    await client.post(f"{placed}/cancel", headers=staff)
    await follow()
    assert (await client.get(placed, headers=staff)).json()["delivery"] is None
    assert (await client.get(shipped, headers=staff)).json()["delivery"] == DELIVERY
    await sql("UPDATE erasures SET noted_at = now() - interval '2 hours'")
    await follow()
    assert await sql("SELECT account_id FROM erasures WHERE done_at IS NOT NULL") == []
    await lead(shipped, "deliver")
    await follow()
    assert await traces(sql) == []
    assert len(await sql("SELECT account_id FROM erasures WHERE done_at IS NOT NULL")) == 1


async def test_what_was_ordered_while_the_account_was_being_erased_is_erased_too(
    auth_service, place, lead, follow, ann, sql
):
    auth_service.erase(ANN)
    await follow()
    late = await place(ann)  # with a token that is not refused everywhere yet
    await lead(late, "ship", "deliver")
    await follow()
    assert await traces(sql) == []


async def test_other_people_stay_and_so_does_an_address_that_somebody_else_has_now(
    client, auth_service, mint, place, lead, follow, ann, staff
):
    others = mint.headers("customer", email="ann@example.org")
    first, second = await place(ann), await place(others)
    await lead(first, "ship", "deliver")
    await lead(second, "ship", "deliver")
    auth_service.erase(ANN)
    await follow()
    assert (await client.get(first, headers=staff)).json()["customer_email"] is None
    order = (await client.get(second, headers=staff)).json()
    assert (order["customer_email"], order["delivery"]) == ("ann@example.org", DELIVERY)
    assert order["timeline"][0]["actor"] == "ann@example.org"
    found = (await client.get("/orders?all=true&q=ann@exa", headers=staff)).json()["items"]
    assert [one["id"] for one in found] == [order["id"]]


async def test_staff_who_are_gone_are_taken_out_of_the_orders_that_they_handled(
    client, auth_service, place, lead, follow, ann, mint, sql
):
    first, second, third = [await place(ann) for _ in range(3)]
    await lead(first, "ship", "deliver")
    staff = mint.headers("staff", account_id=MORGAN, email="morgan@example.org")
    several = {"action": "ship", "order_ids": [second.rpartition("/")[2]]}
    assert (await client.post("/orders/bulk", json=several, headers=staff)).status_code == 200
    book_id = (await client.get(third, headers=staff)).json()["items"][0]["book_id"]
    lost = {"book_id": book_id, "quantity": 1, "reason": "Water", "order_ids": [third.rpartition("/")[2]]}
    assert (await client.post("/orders/write-offs", json=lost, headers=staff)).status_code == 200
    assert len(await sql("SELECT * FROM order_timeline WHERE actor = 'morgan@example.org'")) == 4

    auth_service.erase(MORGAN)
    await follow()

    entries = await sql("SELECT actor, actor_role FROM order_timeline WHERE actor_role = 'staff'")
    assert entries == [{"actor": None, "actor_role": "staff"}] * 4
    assert (await client.get(first, headers=ann)).json()["delivery"] == DELIVERY


async def test_much_is_erased_in_pieces_that_replicas_share(
    replica, client, auth_service, place, lead, ann, sql, monkeypatch
):
    monkeypatch.setattr("order_service.erasing.service.ORDERS_AT_A_TIME", 2)
    erase_orders, pieces = repository.erase_orders, []

    async def noted(session, account_id, order_ids, emails):
        pieces.append(len(order_ids))
        await erase_orders(session, account_id, order_ids, emails)

    monkeypatch.setattr("order_service.erasing.repository.erase_orders", noted)
    for _ in range(5):
        await lead(await place(ann), "ship", "deliver")
    async with replica() as other:
        auth_service.erase(ANN)
        await asyncio.gather(*(one.app.state.erasures.follow() for one in (client, other, client, other)))
        await client.app.state.erasures.follow()
    assert await traces(sql) == []
    assert sorted(pieces) == [1, 2, 2]


async def test_one_who_cannot_be_erased_keeps_nobody_else_from_it(
    auth_service, place, lead, follow, ann, sql, monkeypatch
):
    await lead(await place(ann), "ship", "deliver")
    broken = "019a0000-0000-7000-8000-00000000b0b0"
    empty_cart = repository.empty_cart

    async def fail(session, account_id):
        if str(account_id) == broken:
            message = "this one"
            raise RuntimeError(message)
        await empty_cart(session, account_id)

    monkeypatch.setattr("order_service.erasing.repository.empty_cart", fail)
    auth_service.erase(broken)
    auth_service.erase(ANN)
    await follow()
    assert await traces(sql) == []
    assert len(await sql("SELECT * FROM erasures WHERE done_at IS NULL AND due_at > now()")) == 2


async def test_what_is_known_is_erased_while_auth_service_is_away(
    auth_service, place, lead, follow, ann, sql, monkeypatch
):
    shipped = await place(ann)
    await lead(shipped, "ship")
    auth_service.erase(ANN)
    await follow()
    await lead(shipped, "deliver")
    monkeypatch.setattr(auth_service, "erased", None)
    with pytest.raises(TypeError):
        await follow()
    assert await traces(sql) == []


async def test_numbers_are_followed_also_when_auth_service_was_set_back(auth_service, follow, sql):
    names = [f"019a0000-0000-7000-8000-00000000e00{number}" for number in range(6)]
    for name in names[:4]:
        auth_service.erase(name)
    await follow()
    # A backup from before the last two; then others leave, and get their numbers.
    del auth_service.erased[2:]
    for name in names[4:]:
        auth_service.erase(name)
    await follow()
    auth_service.erase(names[2])
    await follow()
    numbers = {str(row["account_id"]): row["number"] for row in await sql("SELECT * FROM erasures")}
    assert numbers == dict(zip(names, (1, 2, 5, 0, 3, 4), strict=True))
