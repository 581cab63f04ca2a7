"""Work that Quire could not finish: staff sees it everywhere, and tries again or settles it by hand."""

import re

import pytest
from browser import PARTIAL, SAME_ORIGIN


@pytest.fixture(name="order")
def parked_order(gateway):
    """Give a shipped order of which the stock does not know."""
    order = gateway.staff_orders.add("Kim", status="shipped")
    gateway.staff_orders.park(order, error="book-service refuses to commit: reservation_released")
    return order


def badge(page):
    found = re.search(r'class="count-badge">(\d+)<', page.text)
    return found and found[1]


@pytest.mark.usefixtures("order")
async def test_a_number_in_the_header_tells_staff_as_long_as_something_is_parked(staff, gateway):
    assert badge(await staff.get("/books")) == "1"
    gateway.staff_orders.parked.clear()
    # What others have done shows once the minute is over for which the browser keeps the number.
    staff.http.cookies.delete("quire_parked")
    assert badge(await staff.get("/books")) is None


async def test_it_is_said_in_plain_words_with_the_technical_ones_folded_away(staff, order):
    page = await staff.get("/staff/work")
    plain, _, folded = page.text.partition("<details")
    assert "Take the shipped copies off the shelf’s count" in plain
    assert "contradicts it" in plain
    assert order["number"] in plain
    assert "reservation_released" not in plain
    assert "reservation_released" in folded.partition("</details>")[0]


async def test_the_order_itself_says_that_work_is_parked_to_staff_alone(staff, order, gateway, open_shop):
    assert "Parked: Take the shipped copies" in (await staff.get(f"/orders/{order['id']}")).text
    other = gateway.staff_orders.add("Kim", status="shipped")
    assert "Parked:" not in (await staff.get(f"/orders/{other['id']}")).text
    reader = await open_shop()
    await reader.sign_in()
    page = await reader.get(f"/orders/{order['id']}")
    assert page.status_code == 200
    assert "Parked" not in page.text
    assert (await reader.get("/staff/work")).status_code == 403


async def test_trying_again_takes_it_off_the_list_and_twice_is_no_fault(staff, order, gateway):
    page, action = await staff.get("/staff/work"), f"/staff/work/{order['id']}/commit/retry"
    assert "Quire tries again now" in (await staff.follow(await staff.submit(page, action))).text
    assert not gateway.staff_orders.parked
    again = await staff.follow(await staff.submit(page, action))
    assert "not parked any more" in again.text
    assert "Nothing is parked" in again.text


async def test_settling_says_what_stays_wrong_and_wants_a_note(staff, order, gateway):
    action = f"/staff/work/{order['id']}/commit/settle"
    page = await staff.get(action)
    assert "may still count as on the shelf" in page.text
    assert f"/books/{gateway.book_id('Kim')}/stock" in page.text
    empty = await staff.submit(page, action, {"note": " "}, SAME_ORIGIN | PARTIAL)
    assert empty.status_code == 422
    assert "Write down what you found" in empty.text
    answer = await staff.submit(page, action, {"note": "Counted: two are there"})
    assert answer.headers["location"] == "/staff/work"
    assert gateway.staff_orders.notes == ["Counted: two are there"]
    assert (await staff.get(action)).headers["location"] == "/staff/work"


async def test_an_order_shows_even_when_parked_work_cannot_be_asked_for(staff, order, gateway):
    async def refuse(request):
        if request.url.path == "/orders/parked":
            gateway.refuse(503, "database_unavailable")

    gateway.before_answer = refuse
    page = await staff.get(f"/orders/{order['id']}")
    assert page.status_code == 200
    assert "Mark as delivered" in page.text


async def test_what_was_found_and_what_a_service_said_are_shown_as_text(staff, order, gateway):
    payload = "\"'><script>planted()</script></pre><b hx-get=/planted>{{7*7}}"
    gateway.staff_orders.parked[0]["last_error"] = payload
    order["timeline"].append(order["timeline"][0] | {"detail": payload})
    for path in ("/staff/work", f"/orders/{order['id']}"):
        page = await staff.get(path)
        assert "&lt;script&gt;planted()&lt;/script&gt;&lt;/pre&gt;" in page.text
        assert "<script>planted" not in page.text
        assert "<b hx-get" not in page.text
