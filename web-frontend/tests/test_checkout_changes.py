"""What the cart and the checkout say when the shop has changed since they were shown."""

import re

import pytest
from browser import PARTIAL, SAME_ORIGIN, form_of

ADDRESS = {"name": "Ada Byron", "address": "12 St James’s Square\nLondon"}


@pytest.fixture
async def full_cart(reader, gateway):
    """Give a reader whose cart has two Great Expectations and one Dracula."""
    for title, copies in (("Great Expectations", "2"), ("Dracula", "1")):
        page = await reader.get(f"/books/{gateway.book_id(title)}")
        await reader.submit(page, "/cart", {"quantity": copies})
    return reader


def line_of(page, title):
    """Return the words of a book's line, in the cart or at the checkout."""
    after = re.split(rf'(?:brief__title">|href="/books/[^"]+">)<bdi>{title}<', page.text)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", after.split("</li>")[0]))


def told(page):
    """Return what is told above the form, line by line."""
    notice = page.text.split("data-errors", 1)[1].split("</div>")[0]
    return [re.sub(r"<[^>]+>", "", item) for item in re.findall(r"<li>(.*?)</li>", notice)]


async def test_each_line_of_the_cart_says_what_it_costs_now_and_whether_it_can_be_had(full_cart, gateway):
    gateway.books[gateway.book_id("Dracula")] |= {"price": "8.49", "available": 3}
    gateway.books[gateway.book_id("Great Expectations")]["available"] = 1
    cart = await full_cart.get("/cart")
    dracula, expectations = line_of(cart, "Dracula"), line_of(cart, "Great Expectations")
    assert "£8.49 each" in dracula
    assert "The price has changed: it was £7.99 when you put it in." in dracula
    assert "Only 3 left" in dracula
    assert "You want 2, and only 1 is left" in expectations
    assert "price has changed" not in expectations


async def test_a_book_that_is_gone_can_only_be_taken_out_of_the_cart(full_cart, gateway):
    book = gateway.books[gateway.book_id("Dracula")]
    book["archived_at"] = gateway.now()
    line = line_of(await full_cart.get("/cart"), "Dracula")
    assert "No longer in the catalogue. Take it out to go on." in line
    assert "Copies of Dracula" not in line


async def test_while_the_catalogue_is_away_the_cart_shows_what_it_knows(full_cart, gateway):
    gateway.down = {"books"}
    cart = await full_cart.get("/cart")
    assert "The catalogue is away for a moment" in cart.text
    assert "£7.99 each" in cart.text
    assert "left" not in line_of(cart, "Dracula")


async def test_all_that_changed_is_told_at_once_and_nothing_is_ordered(full_cart, gateway):
    page = await full_cart.get("/checkout")
    gateway.books[gateway.book_id("Dracula")]["price"] = "8.49"
    gateway.books[gateway.book_id("Great Expectations")]["available"] = 1
    answer = await full_cart.submit(page, "/checkout", ADDRESS)
    assert answer.status_code == 409
    assert not gateway.orders
    assert sorted(told(answer)) == [
        "Dracula: Now £8.49 instead of £7.99",
        "Great Expectations: You asked for 2, and 1 is left",
    ]
    assert "Now £8.49 instead of £7.99" in line_of(answer, "Dracula")
    assert form_of(answer, "/checkout").value("idempotency_key") != form_of(page, "/checkout").value("idempotency_key")


async def test_a_book_that_is_not_sold_any_more_is_not_called_short(full_cart, gateway):
    page = await full_cart.get("/checkout")
    gateway.books[gateway.book_id("Dracula")]["archived_at"] = gateway.now()
    answer = await full_cart.submit(page, "/checkout", ADDRESS)
    assert told(answer) == ["Dracula: We do not sell this book any more"]
    fitted = await full_cart.submit(answer, "/checkout", {"do": "fit"})
    assert "Dracula" not in fitted.text.split("<main")[1].split("</main>")[0]
    assert (await full_cart.submit(fitted, "/checkout")).status_code == 303


async def test_a_cart_that_was_changed_in_another_window_is_not_ordered_unseen(full_cart, gateway):
    page = await full_cart.get("/checkout")
    cart = gateway.carts["reader@example.com"]
    kim = gateway.book_id("Kim")
    cart[kim] = {"book_id": kim, "quantity": 1, "added_price": "7.99"}
    cart[gateway.book_id("Great Expectations")]["quantity"] = 3
    del cart[gateway.book_id("Dracula")]
    # The name is missing, so the page is shown again, with the cart as it is now.
    answer = await full_cart.submit(page, "/checkout", {"name": "", "address": "London"}, SAME_ORIGIN | PARTIAL)
    assert told(answer) == [
        "Great Expectations: Your cart has 3 copies now, not 2",
        "Kim: You have put it into your cart meanwhile",
        "Dracula: You have taken it out of your cart meanwhile",
    ]
    assert "Enter the name" in answer.text


async def test_nothing_is_told_twice(full_cart, gateway):
    page = await full_cart.get("/checkout")
    gateway.books[gateway.book_id("Dracula")]["price"] = "8.49"
    again = await full_cart.submit(page, "/checkout", ADDRESS)
    assert (await full_cart.submit(again, "/checkout")).status_code == 303
    (order,) = gateway.orders.values()
    assert order["total"] == "26.47"
