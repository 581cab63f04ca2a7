"""The board on which staff works all day: finding orders, doing something with several, being told what came of it."""

import re

import pytest
from browser import PARTIAL, SAME_ORIGIN, form_of

BULK = "/staff/orders/bulk"


@pytest.fixture
def orders(gateway):
    """Give the fake's orders of staff."""
    return gateway.staff_orders


def numbers(page):
    """Return the numbers on the board, in order."""
    found = re.findall(r"data-open>.*?</a>", page.text, re.DOTALL)
    return ["".join(re.findall(r'number__part">([^<]+)<', link)) for link in found]


def ticked(page):
    return re.findall(r'name="order_id" value="([^"]+)"[^>]* checked', page.text)


async def send(browser, path, do, *orders, **more):
    """Tick ``orders`` on the board at ``path`` and press the button ``do``."""
    shown = await browser.get(path)
    fields = [field for field in form_of(shown, BULK).fields if field[0] != "order_id"]
    return await browser.post(
        BULK, [*fields, *(("order_id", order["id"]) for order in orders), ("do", do), *more.items()]
    )


async def told(browser, answer):
    """Return what the board says after ``answer``, and the board."""
    board = await browser.follow(answer)
    notice = re.search(r'<div class="notice[^>]*data-errors>(.*?)</div>', board.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", notice[1] if notice else "").split()), board


async def test_what_is_to_be_shipped_comes_first_and_what_waits_longest_comes_first_of_it(staff, orders):
    new, old = orders.add("Dracula", minutes_ago=2), orders.add("Kim", minutes_ago=4000)
    orders.add("Kim", status="shipped")
    board = await staff.get("/staff/orders")
    assert numbers(board) == [old["number"], new["number"]]
    assert "waiting--long" in board.text
    assert numbers(await staff.get("/staff/orders?sort=newest")) == [new["number"], old["number"]]


async def test_each_status_has_a_tab_with_its_number(staff, orders):
    orders.add("Dracula")
    delivered = orders.add("Kim", status="delivered")
    board = await staff.get("/staff/orders?status=delivered")
    assert numbers(board) == [delivered["number"]]
    counts = dict(re.findall(r'data-count-of="(\w+)">(\d+)', board.text))
    assert (counts["placed"], counts["delivered"], counts["all"]) == ("1", "1", "2")
    assert re.search(r'aria-current="page">Delivered', board.text)


async def test_boxes_are_there_only_where_something_can_be_done_with_several(staff, orders):
    for status in ("placed", "delivered"):
        orders.add("Kim", status=status)
    assert "Select order Q-" in (await staff.get("/staff/orders")).text
    delivered = await staff.get("/staff/orders?status=delivered")
    assert len(numbers(delivered)) == 1
    assert "Select order Q-" not in delivered.text
    assert 'name="do"' not in delivered.text


@pytest.mark.parametrize("words", ["Q-1043", "reader@", "9780000000006", "kim"])
async def test_one_box_finds_by_number_address_isbn_and_title_among_all_orders(staff, orders, gateway, words):
    gateway.books[gateway.book_id("Kim")]["isbn13"] = "9780000000006"
    orders.add("Dracula", customer_email="other@example.com")
    kim = orders.add("Kim", status="delivered")
    assert numbers(await staff.get(f"/staff/orders?q={words}")) == [kim["number"]]


async def test_the_orders_of_one_book_are_shown_with_its_title_and_the_filter_comes_off(staff, orders, gateway):
    kim = orders.add("Kim")
    orders.add("Dracula")
    board = await staff.get(f"/staff/orders?status=placed&book={gateway.book_id('Kim')}")
    assert numbers(board) == [kim["number"]]
    assert "with “Kim”" in board.text
    assert 'href="/staff/orders?status=placed"' in board.text


async def test_pages_keep_what_was_asked_and_an_emptied_page_leads_back(staff, orders):
    made = [orders.add("Kim", minutes_ago=100 - number) for number in range(5)]
    orders.page_size = 2
    first = await staff.get("/staff/orders?q=kim&status=placed")
    assert numbers(first) == [order["number"] for order in made[:2]]
    link = re.search(r'href="([^"]+)" rel="next"', first.text)[1].replace("&amp;", "&")
    second = await staff.get(link)
    assert numbers(second) == [order["number"] for order in made[2:4]]
    assert "“kim”" in second.text
    for order in made:
        order["status"] = "shipped"
    assert (await staff.get(link)).headers["location"] == "/staff/orders?status=placed&q=kim"


async def test_several_are_shipped_and_the_one_that_could_not_be_is_named_with_its_reason(staff, orders):
    one, two, gone, kept = (orders.add("Kim") for _ in range(4))
    gone["status"] = "cancelled"
    answer = await send(staff, "/staff/orders", "ship", one, two, gone)
    assert answer.headers["location"] == "/staff/orders"
    words, board = await told(staff, answer)
    assert words == f"2 orders are on their way. {gone['number']} could not be shipped: it was cancelled meanwhile."
    assert [order["status"] for order in (one, two, gone, kept)] == ["shipped", "shipped", "cancelled", "placed"]
    assert numbers(board) == [kept["number"]]
    assert "on their way" not in (await staff.get("/staff/orders")).text


async def test_those_that_failed_stay_ticked_where_they_are_still_shown(staff, orders):
    placed, shipped = orders.add("Kim"), orders.add("Kim", status="shipped")
    back = "/staff/orders?status=all"
    words, board = await told(staff, await send(staff, back, "deliver", placed, shipped))
    assert (
        words == f"{shipped['number']} is marked as delivered. {placed['number']} could not be marked as "
        "delivered: it has not been shipped yet."
    )
    assert ticked(board) == [placed["id"]]
    assert ticked(await staff.get(back)) == []


async def test_the_same_form_sent_twice_is_one_request_and_with_other_orders_another(staff, orders):
    one, two = orders.add("Kim"), orders.add("Kim")
    fields = [field for field in form_of(await staff.get("/staff/orders"), BULK).fields if field[0] != "order_id"]
    for ids in ([one["id"]], [one["id"]], [two["id"]], [two["id"], one["id"]]):
        answer = await staff.post(BULK, [*fields, ("do", "ship"), *(("order_id", order_id) for order_id in ids)])
        assert answer.status_code == 303
    first, again, other, both = orders.bulk_keys
    assert first == again
    assert len({first, other, both}) == 3


async def test_cancelling_asks_first_and_leaves_out_what_is_too_late(staff, orders):
    one, two, late = orders.add("Kim"), orders.add("Dracula"), orders.add("Kim", status="shipped")
    asked = await send(staff, "/staff/orders?status=all", "cancel", one, two, late)
    assert "Cancel 2 orders?" in asked.text
    assert f"{late['number']}</a>: On its way" in asked.text
    assert one["status"] == two["status"] == "placed"
    assert not orders.bulk_keys
    answer = await staff.submit(asked, BULK, {"do": "cancel"})
    assert answer.headers["location"] == "/staff/orders?status=all"
    words, _ = await told(staff, answer)
    assert words == "2 orders are cancelled. Their copies go back to the shelf."
    assert [order["status"] for order in (one, two, late)] == ["cancelled", "cancelled", "shipped"]


async def test_without_scripts_all_on_the_page_are_ticked_by_a_link(staff, orders):
    made = [orders.add("Kim") for _ in range(3)]
    board = await staff.get("/staff/orders")
    link = re.search(r'href="([^"]+)" data-select-all', board.text)[1].replace("&amp;", "&")
    assert sorted(ticked(await staff.get(link))) == sorted(order["id"] for order in made)


async def test_nothing_ticked_changes_nothing_and_says_so(staff, orders):
    orders.add("Kim")
    board = await staff.follow(await send(staff, "/staff/orders", "ship"))
    assert "Tick the orders first" in board.text
    assert not orders.bulk_keys


async def test_what_was_ticked_is_still_ticked_after_signing_in_again(staff, orders, gateway):
    one, _ = orders.add("Kim"), orders.add("Kim")
    shown = await staff.get("/staff/orders?sort=newest")
    gateway.sessions.clear()
    fields = [field for field in form_of(shown, BULK).fields if field[0] != "order_id"]
    door = await staff.post(BULK, [*fields, ("order_id", one["id"]), ("do", "ship")])
    assert door.status_code == 401
    answer = await staff.submit(door, "/sign-in", {"email": "staff@example.com", "password": "correct horse"})
    assert answer.headers["location"] == "/staff/orders?sort=newest"
    assert ticked(await staff.follow(answer)) == [one["id"]]
    assert one["status"] == "placed"


async def test_when_orders_do_not_answer_the_board_says_so_and_what_was_sent_can_be_sent_again(staff, orders, gateway):
    one = orders.add("Kim")
    shown = await staff.get("/staff/orders")
    gateway.down = {"orders"}
    away = await staff.get("/staff/orders")
    assert away.status_code == 503
    assert "Orders are away for a moment" in away.text
    assert "data-away" in away.text
    lost = await staff.submit(shown, BULK, {"order_id": one["id"], "do": "ship"})
    assert lost.status_code == 503
    assert one["id"] not in re.sub(r"<input[^>]+>", "", lost.text)
    gateway.down = set()
    words, _ = await told(staff, await staff.submit(lost, BULK))
    assert words == f"{one['number']} is on its way."


async def test_a_board_without_numbers_still_shows_its_orders(staff, orders, gateway):
    async def no_summary(request):
        if request.url.path == "/orders/summary":
            gateway.refuse(503, "database_unavailable")

    kim = orders.add("Kim")
    gateway.before_answer = no_summary
    assert numbers(await staff.get("/staff/orders")) == [kim["number"]]


async def test_the_script_gets_the_board_alone_and_does_not_take_the_outcome_away(staff, orders):
    one, _ = orders.add("Kim"), orders.add("Kim")
    await send(staff, "/staff/orders", "ship", one)
    part = await staff.http.get("/staff/orders", headers=PARTIAL)
    assert "<html" not in part.text
    assert len(numbers(part)) == 1
    assert "is on its way." in (await staff.get("/staff/orders")).text


async def test_only_staff_may(reader, orders, gateway):
    kim = orders.add("Kim")
    assert (await reader.get("/staff/orders")).status_code == 403
    token = form_of(await reader.get("/orders"), "/theme").value("csrf_token")
    sent = await reader.post(BULK, {"csrf_token": token, "order_id": kim["id"], "do": "ship"}, SAME_ORIGIN)
    assert sent.status_code == 403
    assert kim["status"] == "placed"
    assert gateway.calls_to("GET", "/orders/summary") == gateway.calls_to("POST", "/orders/bulk") == 0
    assert "/staff/" not in (await reader.get("/books")).text


async def test_slips_name_what_to_pack_and_warn_of_orders_that_are_not_to_be(staff, orders):
    one, two = orders.add("Kim", "Kim", "Dracula"), orders.add("Kim", status="cancelled")
    answer = await send(staff, "/staff/orders?status=all", "slips", one, two)
    slips = await staff.follow(answer)
    first, second = slips.text.split('<article class="slip"')[1:]
    assert "London SW1Y 4JH" in first
    assert re.search(r'slip__copies">2</td><td class="slip__book"><bdi>Kim', first)
    assert "Do not pack" not in first
    assert "Do not pack" in second
    assert (await staff.get("/staff/slips?order=nonsense")).status_code == 404


async def test_orders_of_a_deleted_account_are_shown_as_such(staff, orders):
    gone = orders.add("Kim", status="placed", customer_email=None, delivery=None)
    delivered = orders.add("Dracula", status="delivered", customer_email=None, delivery=None)
    board = await staff.get("/staff/orders")
    assert "deleted account" in board.text
    shown = await staff.get(f"/orders/{delivered['id']}")
    assert (shown.status_code, "<dd>deleted account</dd>" in shown.text) == (200, True)
    for page in (board, shown):
        assert "None" not in re.sub(r"<[^>]+>", "", page.text)
    asked = await send(staff, "/staff/orders", "cancel", gone)
    assert "deleted account" in (await staff.follow(asked) if asked.status_code == 303 else asked).text
