"""What staff does with an order on its page."""

import pytest
from browser import PARTIAL, SAME_ORIGIN, Forms

ADDRESS = {"name": "Ada Byron", "address": "12 St James’s Square\nLondon"}
WORDS = {"ship": "Ship", "deliver": "Mark as delivered", "return": "Take back"}


@pytest.fixture
async def order(reader, gateway):
    """Give the path of an order that a reader has placed."""
    await reader.submit(await reader.get(f"/books/{gateway.book_id('Dracula')}"), "/cart", {"quantity": "1"})
    return (await reader.submit(await reader.get("/checkout"), "/checkout", ADDRESS)).headers["location"]


@pytest.fixture
async def staff(open_shop):
    """Give another browser in which staff is signed in."""
    browser = await open_shop()
    await browser.sign_in("staff@example.com")
    return browser


def offered(page, order):
    """Return the buttons that lead somewhere from here, by what they do."""
    return {what for what in WORDS for form in Forms(page.text).forms if form.action == f"{order}/{what}"}


async def test_staff_ships_marks_as_delivered_and_takes_back(staff, order, gateway):
    page = await staff.get(order)
    for what, status, said in (
        ("ship", "shipped", "is on its way"),
        ("deliver", "delivered", "is marked as delivered"),
        ("return", "returned", "is taken back"),
    ):
        assert offered(page, order) == {what}
        assert f'<button class="btn" type="submit">{WORDS[what]}</button>' in page.text
        answer = await staff.submit(page, f"{order}/{what}")
        assert answer.headers["location"] == order
        page = await staff.follow(answer)
        assert said in page.text
        assert gateway.orders[order.rpartition("/")[2]]["status"] == status
        assert said not in (await staff.get(order)).text
    assert offered(page, order) == set()


async def test_the_customer_sees_how_far_it_is_and_no_buttons(reader, staff, order):
    assert offered(await reader.get(order), order) == set()
    await staff.submit(await staff.get(order), f"{order}/ship")
    page = await reader.get(order)
    assert "On its way" in page.text
    assert offered(page, order) == set()
    assert f"{order}/cancel" not in page.text


@pytest.mark.parametrize("what", WORDS)
async def test_a_customer_who_sends_the_form_all_the_same_is_refused(reader, order, gateway, what):
    fields = [field for form in Forms((await reader.get(order)).text).forms for field in form.fields]
    token = next(value for name, value in fields if name == "csrf_token")
    answer = await reader.post(f"{order}/{what}", {"csrf_token": token})
    assert answer.status_code == 403
    assert gateway.calls_to("POST", f"{order}/{what}") == 0


async def test_a_form_of_another_site_or_without_its_token_does_nothing(staff, order, gateway):
    page = await staff.get(order)
    for fields, headers in (({}, {"Sec-Fetch-Site": "cross-site"}), ({"csrf_token": "x"}, SAME_ORIGIN)):
        assert (await staff.submit(page, f"{order}/ship", fields, headers)).status_code == 403
    assert gateway.calls_to("POST", f"{order}/ship") == 0


@pytest.mark.parametrize("what", WORDS)
async def test_the_address_of_a_button_leads_to_the_order(staff, order, gateway, what):
    answer = await staff.get(f"{order}/{what}")
    assert (answer.status_code, answer.headers["location"]) == (303, order)
    assert gateway.calls_to("POST", f"{order}/{what}") == 0


async def test_what_cannot_be_done_any_more_is_said_with_the_order_as_it_is(reader, staff, order):
    page = await staff.get(order)
    await reader.submit(await reader.get(f"{order}/cancel"), f"{order}/cancel")
    late = await staff.submit(page, f"{order}/ship")
    assert late.status_code == 409
    assert "It is cancelled." in late.text
    assert offered(late, order) == set()


async def test_a_button_that_is_pressed_twice_says_the_same_twice(staff, order, gateway):
    page = await staff.get(order)
    for _ in range(2):
        assert "is on its way" in (await staff.follow(await staff.submit(page, f"{order}/ship"))).text
    (placed,) = gateway.orders.values()
    assert [step["status"] for step in placed["timeline"]] == ["placed", "shipped"]


async def test_htmx_is_sent_on_to_the_order(staff, order):
    answer = await staff.submit(await staff.get(order), f"{order}/ship", {}, SAME_ORIGIN | PARTIAL)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, order)


async def test_when_orders_are_away_it_can_be_sent_again(staff, order, gateway):
    page = await staff.get(order)
    gateway.down = {"orders"}
    away = await staff.submit(page, f"{order}/ship")
    assert away.status_code == 503
    gateway.down = set()
    assert (await staff.submit(away, f"{order}/ship")).status_code == 303


async def test_there_is_nothing_else_to_do_with_an_order(staff, order):
    assert (await staff.get(f"{order}/forget")).status_code == 404
