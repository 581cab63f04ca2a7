"""What an order's page tells its customer and staff."""

import re

import pytest
from browser import PARTIAL, form_of


@pytest.fixture
def orders(gateway):
    """Give the fake's orders of staff."""
    return gateway.staff_orders


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", "", page.text).split())


async def test_a_refused_order_says_of_each_line_why_it_could_not_be_had(reader, orders, gateway):
    kim = gateway.book_id("Kim")
    lines = [
        {"book_id": kim, "title": None, "wanted": 1, "available": 2, "problem": "unknown_book"},
        {"book_id": "1", "title": "Kim", "wanted": 3, "available": 1, "problem": "insufficient_stock"},
        {"book_id": "2", "title": "Emma", "wanted": 1, "available": 0, "problem": "archived_book"},
        {"book_id": "3", "title": None, "wanted": 1, "available": 0, "problem": "unknown_book"},
        {"book_id": "4", "title": "Dracula", "wanted": 2, "available": 0, "problem": "insufficient_stock"},
    ]
    order = orders.add("Kim", status="rejected", reason={"code": "unknown_book", "lines": lines})
    words = text_of(await reader.get(f"/orders/{order['id']}"))
    assert "Kim: you asked for 3 copies, and only 1 is left." in words
    assert "Kim: it is not in the catalogue any more." in words
    assert "Emma: we do not sell it any more." in words
    assert "A book: it is not in the catalogue any more." in words
    assert "Dracula: you asked for 2 copies, and none is left." in words
    assert "nothing to pay" in words


async def test_an_order_that_ended_because_copies_were_lost_says_so_kindly(reader, orders):
    order = orders.add("Kim", status="cancelled", reason={"code": "copies_lost"})
    words = text_of(await reader.get(f"/orders/{order['id']}"))
    assert "We are sorry: copies that were kept for you got lost" in words
    assert "nothing to pay" in words


async def test_a_pending_order_that_takes_long_says_what_will_become_of_it(reader, orders):
    fresh, old = orders.add("Kim", status="pending", minutes_ago=0), orders.add("Kim", status="pending", minutes_ago=1)
    assert "This takes a few seconds" in (await reader.get(f"/orders/{fresh['id']}")).text
    path = f"/orders/{old['id']}"
    assert "either placed or cancelled" in (await reader.get(path)).text
    part = await reader.http.get(f"{path}?seen=new", headers=PARTIAL)
    assert "either placed or cancelled" in part.text
    assert (await reader.http.get(f"{path}?seen=long", headers=PARTIAL)).status_code == 204


async def test_staff_reads_who_did_what_and_the_customer_that_the_shop_did(reader, orders, open_shop):
    staff = await open_shop()
    await staff.sign_in("staff@example.com")
    order = orders.add("Kim")
    path = f"/orders/{order['id']}"
    await staff.submit(await staff.get(path), f"{path}/ship")
    order["timeline"][-1] |= {"actor": "staff@example.com", "actor_role": "staff"}
    assert re.search(r"On its way.*UTC, by staff@example\.com", text_of(await staff.get(path)))
    order["timeline"][-1] |= {"actor": None}
    page = await reader.get(path)
    assert re.search(r"On its way.*UTC, by the shop", text_of(page))
    assert "by Quire" not in page.text


@pytest.mark.parametrize(("number", "parts"), [("Q-1042", ["Q-1042"]), ("Q-1250113", ["Q-1", "250", "113"])])
async def test_a_long_number_is_grouped_to_be_read_out(reader, orders, number, parts):
    order = orders.add("Kim", number=number)
    page = await reader.get(f"/orders/{order['id']}")
    assert re.findall(r'number__part">([^<]+)<', page.text) == parts


async def test_every_button_of_an_order_carries_a_key_that_is_sent(staff, orders, gateway):
    order = orders.add("Kim")
    path = f"/orders/{order['id']}"
    page = await staff.get(path)
    for shown, action in ((page, f"{path}/ship"), (await staff.get(f"{path}/cancel"), f"{path}/cancel")):
        await staff.submit(shown, action)
        sent = next(seen for seen in reversed(gateway.seen) if seen.method == "POST")
        assert sent.url.path == action
        assert sent.headers["idempotency-key"] == form_of(shown, action).value("idempotency_key")


async def test_a_reader_finds_an_own_order_by_its_number_alone(reader, orders, gateway):
    orders.page_size = 2
    made = [orders.add("Kim", minutes_ago=number) for number in range(4)]
    shown = await reader.get("/orders")
    assert 'name="q"' in shown.text
    oldest = made[-1]["number"]
    for typed in (oldest, oldest.lower(), oldest.removeprefix("Q-"), f"%23{oldest.removeprefix('Q-')}"):
        page = await reader.get(f"/orders?q={typed}")
        assert re.findall(r"Order (Q-\d+)</a>", page.text) == [oldest]
    asked = gateway.calls_to("GET", "/orders")
    assert "None of your orders has this number" in (await reader.get("/orders?q=kim")).text
    assert gateway.calls_to("GET", "/orders") == asked


@pytest.mark.parametrize(
    ("status", "stops"),
    [
        ("pending", [("here", "Received"), ("ahead", "Placed"), ("ahead", "On its way"), ("ahead", "Delivered")]),
        ("shipped", [("behind", "Received"), ("behind", "Placed"), ("here", "On its way"), ("ahead", "Delivered")]),
        ("cancelled", []),
        ("returned", []),
    ],
)
async def test_the_way_of_an_order_is_shown_as_long_as_it_is_on_it(reader, orders, status, stops):
    page = await reader.get(f"/orders/{orders.add('Kim', status=status)['id']}")
    assert re.findall(r'journey__stop--(\w+)"[^>]*>([^<]+)<', page.text) == stops
    assert page.text.count('aria-current="step"') == (1 if stops else 0)


async def test_an_order_reads_in_german_with_its_exact_moment_and_names_of_any_script(reader, orders):
    delivery = {"name": "محمد", "address": "東京都\n" + "x" * 300, "note": None}
    lines = [{"book_id": "1", "title": "Kim", "wanted": 3, "available": 1, "problem": "insufficient_stock"}]
    reason = {"code": "insufficient_stock", "lines": lines}
    order = orders.add("Kim", "Kim", "Kim", status="rejected", reason=reason, delivery=delivery)
    reader.http.headers["Accept-Language"] = "de-DE"
    page = await reader.get(f"/orders/{order['id']}")
    words = text_of(page)
    assert "Kim: Sie wollten 3 Exemplare, es ist nur noch 1 da." in words
    assert "Nichts zu bezahlen" in words
    assert re.search(
        r'<time datetime="\d{4}-\d\d-\d\dT[\d:]+\+00:00" data-exact>\d+\. \w+ \d{4}, \d\d:\d\d UTC<', page.text
    )
    assert '<span dir="auto">محمد</span><span dir="auto">東京都\nx' in page.text
    assert "Ihre Bestellungen" in text_of(await reader.get("/orders"))
