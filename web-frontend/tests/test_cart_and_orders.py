"""From the cart to the receipt."""

import re

import pytest
from browser import PARTIAL, SAME_ORIGIN, filled, form_of

ADDRESS = {"name": "Ada Byron", "address": "12 St James’s Square\nLondon"}


@pytest.fixture
async def full_cart(reader, gateway):
    for title, copies in (("Great Expectations", "2"), ("Dracula", "1")):
        page = await reader.get(f"/books/{gateway.book_id(title)}")
        await reader.submit(page, "/cart", {"quantity": copies})
    return reader


async def test_a_book_is_added_to_the_copies_that_are_there(full_cart, gateway):
    book_id = gateway.book_id("Dracula")
    answer = await full_cart.submit(await full_cart.get(f"/books/{book_id}"), "/cart", {"quantity": "2"})
    cart = await full_cart.follow(answer)
    assert "“Dracula” is in your cart." in cart.text
    assert gateway.carts["reader@example.com"][book_id]["quantity"] == 3
    assert re.search(r'id="cart-badge">.*?5<', cart.text)


@pytest.mark.parametrize("copies", ["0", "100", "-1", "", "two", "1.5", "9" * 5000, "\N{ARABIC-INDIC DIGIT ONE}"])
async def test_an_impossible_number_of_copies_is_refused_at_the_field(reader, gateway, copies):
    page = await reader.get(f"/books/{gateway.book_id('Dracula')}")
    answer = await reader.submit(page, "/cart", {"quantity": copies})
    assert answer.status_code == 422
    assert "Enter a number from 1 to 99" in answer.text


async def test_htmx_shows_in_place_that_the_book_is_in_the_cart(reader, gateway):
    page = await reader.get(f"/books/{gateway.book_id('Dracula')}")
    answer = await reader.submit(page, "/cart", {"quantity": "2"}, SAME_ORIGIN | PARTIAL)
    assert answer.status_code == 200
    assert "In your cart" in answer.text
    assert 'id="cart-badge" hx-swap-oob="outerHTML"' in answer.text
    assert "<html" not in answer.text


async def test_a_stranger_in_a_public_shop_signs_in_and_comes_back_to_the_book(public_shop, gateway):
    path = f"/books/{gateway.book_id('Dracula')}"
    refused = await public_shop.submit(await public_shop.get(path), "/cart", {"quantity": "3"})
    assert refused.status_code == 401
    answer = await public_shop.submit(refused, "/sign-in", {"email": "reader@example.com", "password": "correct horse"})
    assert answer.headers["location"] == path
    assert form_of(await public_shop.follow(answer), "/cart").value("quantity") == "3"


async def test_copies_are_changed_and_taken_out(full_cart, gateway):
    action = f"/cart/items/{gateway.book_id('Dracula')}"
    await full_cart.submit(await full_cart.get("/cart"), action, {"quantity": "2", "do": "set"})
    assert gateway.carts["reader@example.com"][gateway.book_id("Dracula")]["quantity"] == 2
    wrong = await full_cart.submit(await full_cart.get("/cart"), action, {"quantity": "x", "do": "set"})
    assert wrong.status_code == 422
    part = await full_cart.submit(await full_cart.get("/cart"), action, {"do": "remove"}, SAME_ORIGIN | PARTIAL)
    assert "Dracula" not in part.text
    assert "Great Expectations" in part.text


async def test_an_empty_cart_leads_to_books(reader):
    assert "Nothing in it yet" in (await reader.get("/cart")).text
    assert (await reader.get("/checkout")).headers["location"] == "/cart"


async def test_an_order_is_placed_and_shown_as_a_receipt(full_cart):
    answer = await full_cart.submit(await full_cart.get("/checkout"), "/checkout", ADDRESS | {"note": "Ring twice"})
    receipt = await full_cart.follow(answer)
    assert "Thank you. Your order Q-1042 is placed." in receipt.text
    assert "£25.97" in receipt.text
    assert "Ring twice" in receipt.text
    assert re.search(r'<time datetime="[^"]+\+00:00"[^>]*>[^<]+ UTC</time>', receipt.text)
    assert "Thank you" not in (await full_cart.get(answer.headers["location"])).text
    assert "Nothing in it yet" in (await full_cart.get("/cart")).text
    assert "Order Q-1042" in (await full_cart.get("/orders")).text


async def test_sending_the_checkout_twice_is_one_order(full_cart, gateway):
    page = await full_cart.get("/checkout")
    first = await full_cart.submit(page, "/checkout", ADDRESS)
    second = await full_cart.submit(page, "/checkout", ADDRESS)
    assert first.headers["location"] == second.headers["location"]
    assert len(gateway.orders) == 1


async def test_the_key_stays_the_same_until_something_definite_was_answered(full_cart):
    page = await full_cart.get("/checkout")
    key = form_of(page, "/checkout").value("idempotency_key")
    wrong = await full_cart.submit(page, "/checkout", {"name": "Ada", "address": ""})
    assert wrong.status_code == 422
    assert "Enter the address" in wrong.text
    assert form_of(wrong, "/checkout").value("idempotency_key") == key
    assert form_of(wrong, "/checkout").value("name") == "Ada"


async def test_an_order_whose_answer_was_lost_is_sent_again_with_the_same_key(full_cart, gateway):
    page = await full_cart.get("/checkout")
    gateway.down = {"orders"}
    lost = await full_cart.submit(page, "/checkout", ADDRESS)
    assert lost.status_code == 503
    assert "An order is never taken twice" in lost.text
    gateway.down = set()
    assert (
        filled(lost, "/checkout").count(("idempotency_key", form_of(page, "/checkout").value("idempotency_key"))) == 1
    )
    assert (await full_cart.submit(lost, "/checkout")).status_code == 303
    assert len(gateway.orders) == 1


async def test_a_shortage_is_shown_at_its_line_and_can_be_accepted(full_cart, gateway):
    page = await full_cart.get("/checkout")
    gateway.books[gateway.book_id("Great Expectations")]["available"] = 1
    short = await full_cart.submit(page, "/checkout", ADDRESS)
    assert short.status_code == 409
    line = short.text.split('brief__title"><bdi>Great Expectations')[1].split("</li>")[0]
    assert "You asked for 2, and 1 is left" in line
    fitted = await full_cart.submit(short, "/checkout", {"do": "fit"})
    assert form_of(fitted, "/checkout").value("name") == "Ada Byron"
    assert (await full_cart.submit(fitted, "/checkout")).status_code == 303


async def test_a_changed_price_is_shown_at_its_line_before_anything_is_ordered(full_cart, gateway):
    page = await full_cart.get("/checkout")
    gateway.books[gateway.book_id("Dracula")]["price"] = "8.49"
    changed = await full_cart.submit(page, "/checkout", ADDRESS)
    assert changed.status_code == 409
    assert "Now £8.49 instead of £7.99" in changed.text
    assert not gateway.orders
    assert (await full_cart.submit(changed, "/checkout")).status_code == 303


async def test_a_pending_order_follows_itself(full_cart, gateway):
    gateway.order_status = "pending"
    answer = await full_cart.submit(await full_cart.get("/checkout"), "/checkout", ADDRESS)
    path = answer.headers["location"]
    page = await full_cart.get(path)
    following = re.search(r'hx-get="([^"]+)" hx-trigger="every', page.text)[1]
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert (await full_cart.http.get(following, headers=PARTIAL)).status_code == 204
    next(iter(gateway.orders.values()))["status"] = "placed"
    part = await full_cart.http.get(following, headers=PARTIAL)
    assert "hx-trigger" not in part.text
    assert "Placed" in part.text


async def test_an_order_is_cancelled_after_a_question(full_cart):
    path = (await full_cart.submit(await full_cart.get("/checkout"), "/checkout", ADDRESS)).headers["location"]
    question = await full_cart.get(f"{path}/cancel")
    answer = await full_cart.submit(question, f"{path}/cancel")
    assert "is cancelled" in (await full_cart.follow(answer)).text
    late = await full_cart.submit(question, f"{path}/cancel")
    assert late.status_code == 409
    assert "cannot be cancelled" in late.text


async def test_somebody_elses_order_is_not_there(full_cart, open_shop):
    path = (await full_cart.submit(await full_cart.get("/checkout"), "/checkout", ADDRESS)).headers["location"]
    other = await open_shop()
    await other.sign_in("editor@example.com")
    assert (await other.get(path)).status_code == 404


async def test_only_staff_sees_all_orders(full_cart, open_shop):
    await full_cart.submit(await full_cart.get("/checkout"), "/checkout", ADDRESS)
    assert (await full_cart.get("/staff/orders")).status_code == 403
    staff = await open_shop()
    await staff.sign_in("staff@example.com")
    assert "reader@example.com" in (await staff.get("/staff/orders?status=placed")).text
    assert "reader@example.com" not in (await staff.get("/staff/orders?status=shipped")).text
