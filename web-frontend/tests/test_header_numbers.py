"""The numbers in the header: asked for once a minute, and right after every change of one's own."""

import re

import pytest
from browser import PARTIAL, filled
from itsdangerous import TimestampSigner


@pytest.fixture
def book(gateway):
    return f"/books/{gateway.book_id('Dracula')}"


def copies(page):
    badge = re.search(
        r'id="cart-badge">(?:<span[^>]*>[^<]*</span><span aria-hidden="true">(\d+)</span>)?</span>', page.text
    )
    return int(badge[1] or 0)


async def add(browser, book, copies="1", headers=None):
    return await browser.submit(await browser.get(book), "/cart", {"quantity": copies}, headers)


async def test_a_page_makes_one_call_once_the_numbers_are_known(staff, gateway, book):
    await staff.get("/books")
    for path, call in (
        ("/books", "/books"),
        (book, f"{book}/similar"),
        ("/cart", "/cart"),
        ("/authors", "/books/authors"),
    ):
        gateway.calls.clear()
        await staff.get(path)
        assert gateway.calls == [("GET", call)], path


async def test_the_cart_alone_tells_its_number_itself(reader, gateway):
    gateway.calls.clear()
    await reader.get("/cart")
    assert gateway.calls == [("GET", "/cart")]


async def test_where_scripts_run_no_page_waits_for_the_number_of_the_cart(reader, gateway, book):
    await add(reader, book, "3")
    for name in ("quire_cart", "quire_parked"):
        reader.http.cookies.delete(name)
    reader.http.cookies.set("quire_scripts", "1")
    gateway.calls.clear()
    shown = await reader.get("/books")
    asks = re.search(r'<span class="cart-badge" id="cart-badge" hx-get="([^"]+)" hx-trigger="load"', shown.text)
    assert asks
    assert gateway.calls == [("GET", "/books")]
    assert copies(await reader.get(asks[1], **PARTIAL)) == 3
    assert ("GET", "/cart") in gateway.calls
    gateway.calls.clear()
    assert copies(await reader.get(book)) == 3
    assert gateway.calls == [("GET", f"{book}/similar")]
    assert (await reader.get(asks[1])).headers["location"] == "/cart"


async def test_that_ordering_is_away_is_said_when_the_number_does_not_come(reader, gateway):
    reader.http.cookies.delete("quire_cart")
    reader.http.cookies.set("quire_scripts", "1")
    gateway.down = {"cart"}
    assert "Ordering is away" not in (await reader.get("/books")).text
    told = await reader.get("/cart/number", **PARTIAL)
    assert '<div id="ordering-away" hx-swap-oob="innerHTML">' in told.text
    assert "Ordering is away" in told.text
    reader.http.cookies.delete("quire_scripts")
    assert "Ordering is away" in (await reader.get("/books")).text


async def test_what_one_changes_shows_at_once_whichever_process_serves_the_next_page(reader, open_shop, book):
    other = await open_shop()
    other.http._cookies = reader.http.cookies  # noqa: SLF001 (one browser before two processes)
    assert copies(await reader.get("/books")) == 0
    await add(reader, book, "2")
    assert copies(await other.get("/books")) == 2
    shown = await other.get(book)
    await reader.post("/cart", filled(shown, "/cart"), {"Sec-Fetch-Site": "same-origin", **PARTIAL})
    assert copies(await other.get("/books")) == 3
    await reader.submit(await reader.get("/cart"), f"/cart/items/{book[7:]}", {"do": "remove"})
    assert copies(await other.get("/books")) == 0


async def test_an_order_empties_the_cart_and_its_number(reader, book):
    await add(reader, book)
    typed = {"name": "Ada", "address": "1 High Street"}
    await reader.submit(await reader.get("/checkout"), "/checkout", typed)
    assert copies(await reader.get("/books")) == 0


async def test_the_number_is_not_kept_while_an_order_is_still_on_its_way(reader, gateway, book):
    await add(reader, book)
    gateway.order_status = "pending"
    typed = {"name": "Ada", "address": "1 High Street"}
    placed = await reader.submit(await reader.get("/checkout"), "/checkout", typed)
    await reader.follow(placed)
    gateway.calls.clear()
    await reader.get("/books")
    assert ("GET", "/cart") in gateway.calls


async def test_what_another_device_changes_shows_after_a_minute(reader, open_shop, book, monkeypatch):
    assert copies(await reader.get("/books")) == 0
    phone = await open_shop()
    await phone.sign_in()
    await add(phone, book)
    assert copies(await reader.get("/books")) == 0
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) + 61)
    assert copies(await reader.get("/books")) == 1


async def test_a_number_of_another_session_or_of_nobodys_making_is_not_believed(reader, open_shop, book):
    await add(reader, book, "7")
    theirs = reader.http.cookies["quire_cart"]
    other = await open_shop()
    await other.sign_in("editor@example.com")
    for packed in (theirs, "WyIiLDdd.x.y", "7"):
        other.http.cookies.set("quire_cart", packed)
        assert copies(await other.get("/books")) == 0
        other.http.cookies.delete("quire_cart")


async def test_a_number_that_cannot_be_asked_for_is_left_out_and_not_kept(reader, gateway, book):
    await add(reader, book)
    reader.http.cookies.delete("quire_cart")
    gateway.down = {"cart"}
    assert copies(await reader.get("/books")) == 0
    gateway.down = set()
    assert copies(await reader.get("/books")) == 1
