"""A book's stock: why there are so many, changing it, counting it, and lost copies that are promised."""

import re

import pytest
from browser import PARTIAL, SAME_ORIGIN, Forms, filled, form_of

DRACULA = "Dracula"


@pytest.fixture
def book_id(gateway):
    """Give the id of a book of which 7 copies are there, and nothing is promised."""
    book_id = gateway.book_id(DRACULA)
    gateway.books[book_id] |= {"on_hand": 0, "available": 0}
    gateway.stock.move(book_id, 7, "First stock")
    return book_id


@pytest.fixture
def path(book_id):
    return f"/books/{book_id}/stock"


def text_of(page):
    """Return what a person reads on a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text.split("<main")[1].split("</main>")[0]))


async def test_changes_go_to_the_ledger_with_reason_and_running_total(editor, path):
    answer = await editor.submit(await editor.get(path), path, {"change": "5", "reason": "Delivery 2231"})
    page = await editor.follow(answer)
    assert "5 copies added" in page.text
    page = await editor.follow(await editor.submit(page, path, {"change": "\N{MINUS SIGN}2", "reason": "Damaged"}))
    assert 'role="img" aria-label="Copies on the shelf' in page.text
    rows = text_of(page)
    assert "\N{MINUS SIGN}2 10 Damaged You" in rows
    assert "+5 12 Delivery 2231 You" in rows
    assert "12 came in, corrections took away 2: that makes 10." in rows


@pytest.mark.parametrize("change", ["0", "", "many", "99999999"])
async def test_an_impossible_change_is_refused(editor, path, change):
    answer = await editor.submit(await editor.get(path), path, {"change": change, "reason": ""})
    assert answer.status_code == 422
    assert "Enter how many copies came or went" in answer.text
    assert "Say why" in answer.text


async def test_a_change_that_is_sent_twice_is_written_once(editor, gateway, path, book_id):
    page = await editor.get(path)
    for _ in range(2):
        assert (await editor.submit(page, path, {"change": "-1", "reason": "Gift"})).status_code == 303
    assert gateway.books[book_id]["on_hand"] == 6


async def test_more_than_there_is_cannot_be_taken(editor, path):
    answer = await editor.submit(await editor.get(path), path, {"change": "-8", "reason": "Lost"})
    assert answer.status_code == 409
    assert "Only 7 copies are on the shelf" in answer.text


async def test_promises_are_shown_with_their_orders_to_those_who_look_after_them(staff, open_shop, gateway, path):
    order = gateway.stock.promise(DRACULA, 2)
    shipped = gateway.stock.promise(DRACULA, 1)
    gateway.stock.ship(shipped)
    page = await staff.get(path)
    assert "6 copies are on the shelf; 2 are promised to orders, so 4 can be sold." in page.text
    assert f'href="/orders/{order["id"]}">Order {order["number"]}</a>' in page.text
    assert f'href="/orders/{shipped["id"]}">{shipped["number"]}</a>' in page.text
    asked = gateway.calls_to("GET", "/orders")
    editor = await open_shop()
    await editor.sign_in("editor@example.com")
    page = await editor.get(path)
    assert gateway.calls_to("GET", "/orders") == asked
    assert "2 are promised" in page.text
    assert "/orders/" not in page.text.split("<main")[1].split("</main>")[0]


async def test_without_orders_the_stock_is_still_shown(staff, gateway, path):
    gateway.stock.promise(DRACULA, 2)
    gateway.down = {"orders"}
    page = await staff.get(path)
    assert page.status_code == 200
    assert "An order</a>" in page.text


async def test_a_count_is_compared_with_what_was_there_when_it_began(editor, gateway, path, book_id):
    page = await editor.get(path)
    gateway.stock.ship(gateway.stock.promise(DRACULA, 1))
    answer = await editor.submit(page, f"{path}/count", {"counted": "6", "note": "Window"})
    shown = await editor.follow(answer)
    sentence = "You counted 6 where 7 were expected. 1 went out meanwhile. 1 copy was taken off. 5 are on the shelf"
    assert sentence in text_of(shown)
    assert gateway.books[book_id]["on_hand"] == 5
    assert "Stocktake: 6 counted. Window" in shown.text


async def test_a_count_that_agrees_says_so(editor, gateway, path, book_id):
    shown = await editor.follow(await editor.submit(await editor.get(path), f"{path}/count", {"counted": "7"}))
    assert "You counted 7, just as expected. 7 are on the shelf now." in shown.text
    assert len(gateway.stock.movements[book_id]) == 1


async def test_a_count_that_is_no_number_keeps_what_it_is_compared_with(editor, gateway, path, book_id):
    page = await editor.get(path)
    gateway.stock.move(book_id, 3)
    wrong = await editor.submit(page, f"{path}/count", {"counted": "some"}, SAME_ORIGIN | PARTIAL)
    assert wrong.status_code == 422
    assert "Enter how many copies you counted" in wrong.text
    shown = await editor.follow(await editor.submit(wrong, f"{path}/count", {"counted": "7"}))
    assert "just as expected. 3 came in meanwhile. 10 are on the shelf now." in text_of(shown)


async def test_a_session_that_ends_while_counting_loses_no_count(editor, gateway, path):
    page = await editor.get(path)
    gateway.sessions.clear()
    refused = await editor.submit(page, f"{path}/count", {"counted": "6"})
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    again = await editor.follow(answer)
    assert form_of(again, f"{path}/count").value("counted") == "6"
    assert form_of(again, f"{path}/count").value("as_of") == form_of(page, f"{path}/count").value("as_of")


class TestLostCopies:
    """Copies are gone that are promised."""

    @pytest.fixture
    def orders(self, gateway, book_id):
        """Give three orders, oldest first, that leave 1 of 7 copies free."""
        del book_id
        return [gateway.stock.promise(DRACULA, copies, minutes_ago=ago) for copies, ago in ((3, 90), (2, 60), (1, 30))]

    async def lose(self, browser, path, copies):
        answer = await browser.submit(await browser.get(path), path, {"change": f"-{copies}", "reason": "Stolen"})
        return await browser.follow(answer)

    def chosen(self, page, path):
        return [value for name, value in form_of(page, f"{path}/write-off").fields if name == "order"]

    async def test_it_says_what_is_gone_and_chooses_the_newest_orders_that_suffice(self, staff, path, orders):
        page = await self.lose(staff, path, 3)
        assert "3 are gone, but only 1 is free" in page.text
        assert "2 of them are promised to the orders below" in page.text
        places = [page.text.index(f"Order {order['number']}") for order in orders]
        assert places == sorted(places, reverse=True)
        assert self.chosen(page, path) == [orders[2]["id"], orders[1]["id"]]
        assert "Cancel the chosen orders and write off 3 copies" in page.text
        assert "reader@example.com" in page.text

    async def test_a_count_leads_there_too(self, staff, path, orders):
        del orders
        answer = await staff.submit(await staff.get(path), f"{path}/count", {"counted": "4"})
        page = await staff.follow(answer)
        assert "3 are gone, but only 1 is free" in page.text
        assert form_of(page, f"{path}/write-off").value("reason") == "Stocktake: 4 counted"

    async def test_one_button_cancels_and_writes_off(self, staff, gateway, path, orders, book_id):
        page = await self.lose(staff, path, 3)
        done = await staff.submit(page, f"{path}/write-off")
        assert done.status_code == 200
        assert "2 orders cancelled, 3 copies written off" in done.text
        assert [order["status"] for order in orders] == ["placed", "cancelled", "cancelled"]
        assert gateway.books[book_id] | {"on_hand": 4, "available": 1} == gateway.books[book_id]
        row = text_of(await staff.get(path))
        assert f"\N{MINUS SIGN}3 4 Stolen, {orders[2]['number']} You" in row
        # Sent again, as a reload does: the same answer, and nothing more.
        assert "2 orders cancelled, 3 copies written off" in (await staff.submit(page, f"{path}/write-off")).text
        assert gateway.books[book_id]["on_hand"] == 4

    async def test_too_few_orders_are_pointed_out_before_anything_is_cancelled(self, staff, path, orders):
        page = await self.lose(staff, path, 3)
        fields = [field for field in filled(page, f"{path}/write-off") if field[0] != "order"]
        for chosen in ([], [("order", orders[2]["id"])]):
            answer = await staff.post(f"{path}/write-off", fields + chosen)
            assert answer.status_code == 422
            assert "Choose orders of 2 copies or more" in answer.text
        assert {order["status"] for order in orders} == {"placed"}

    async def test_an_order_that_was_shipped_meanwhile_stops_it(self, staff, gateway, path, orders):
        page = await self.lose(staff, path, 3)
        gateway.stock.ship(orders[2])
        answer = await staff.submit(page, f"{path}/write-off")
        assert answer.status_code == 409
        assert f"Nothing was written off: {orders[2]['number']} cannot be cancelled any more" in answer.text
        assert orders[1]["status"] == "placed"

    async def test_a_double_click_is_answered_once_it_is_done(self, staff, gateway, path, orders):
        page = await self.lose(staff, path, 3)
        await staff.submit(page, f"{path}/write-off")

        async def still_busy(request):
            if request.url.path == "/orders/write-offs":
                gateway.refuse(409, "request_in_progress")

        gateway.before_answer = still_busy
        busy = await staff.submit(page, f"{path}/write-off")
        assert busy.status_code == 409
        assert "It is being done at this moment" in busy.text
        gateway.before_answer = None
        done = await staff.post(f"{path}/write-off", filled(busy, f"{path}/write-off"))
        assert "2 orders cancelled, 3 copies written off" in done.text
        assert [order["status"] for order in orders] == ["placed", "cancelled", "cancelled"]

    async def test_while_the_stock_is_silent_it_says_what_will_happen(self, staff, gateway, path, orders):
        del orders
        page = await self.lose(staff, path, 3)
        gateway.stock.is_silent = True
        done = await staff.submit(page, f"{path}/write-off")
        assert "2 orders cancelled" in done.text
        assert "3 copies will be written off as soon as it does" in done.text

    async def test_fewer_written_off_than_asked_for_is_said(self, staff, gateway, path, orders, book_id):
        page = await self.lose(staff, path, 4)

        async def buy(request):
            if request.url.path == "/orders/write-offs":
                gateway.books[book_id]["available"] -= 1

        gateway.before_answer = buy
        done = await staff.submit(page, f"{path}/write-off")
        assert "Only 3 of 4 copies could be written off" in done.text
        assert "copies=1" in done.text
        assert orders[2]["status"] == "cancelled"

    async def test_an_editor_is_told_who_can_and_may_take_what_is_free(self, editor, gateway, path, orders, book_id):
        page = await self.lose(editor, path, 3)
        assert "2 of them are promised to orders" in page.text
        assert "Ask somebody with the role staff or admin" in page.text
        assert f"{path}/write-off" not in {form.action for form in Forms(page.text).forms}
        assert (await editor.submit(page, path)).status_code == 303
        assert gateway.books[book_id]["on_hand"] == 6
        assert {order["status"] for order in orders} == {"placed"}

    async def test_when_enough_are_free_by_now_no_order_suffers(self, staff, gateway, path, orders, book_id):
        page = await self.lose(staff, path, 3)
        gateway.stock.move(book_id, 10)
        page = await staff.get(f"{path}/write-off?copies=3&reason=Stolen")
        assert "no order has to suffer" in page.text
        assert (await staff.submit(page, path)).status_code == 303
        assert gateway.books[book_id]["on_hand"] == 14
        assert {order["status"] for order in orders} == {"placed"}
