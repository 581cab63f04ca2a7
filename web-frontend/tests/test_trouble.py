"""What is left of the shop when something behind it is away."""

import asyncio
import time

import httpx2
import pytest
from browser import PARTIAL
from fake_gateway import Problem


async def test_without_orders_the_catalogue_still_works_and_the_badge_is_missing(reader, gateway):
    gateway.down = {"orders", "cart"}
    page = await reader.get("/books")
    assert page.status_code == 200
    assert 'id="cart-badge"></span>' in page.text
    assert "Ordering is away for a moment" in page.text
    assert "Ordering is away" in (await reader.get(f"/books/{gateway.book_id('Dracula')}")).text
    away = await reader.get("/orders")
    assert away.status_code == 503
    assert "Orders are away" in away.text
    assert "Ordering is away" not in away.text
    assert 'href="/books">See all books' in away.text
    assert "retry-after" in away.headers


async def test_without_books_cart_and_orders_still_show(reader, gateway):
    book_id = gateway.book_id("Dracula")
    gateway.carts["reader@example.com"] = {book_id: {"book_id": book_id, "quantity": 1, "added_price": "7.99"}}
    gateway.down = {"books"}
    away = await reader.get("/")
    assert away.status_code == 503
    assert "The catalogue is away" in away.text
    cart = await reader.get("/cart")
    assert "Dracula" in cart.text
    assert "Go to checkout" not in cart.text
    assert (await reader.get("/orders")).status_code == 200


async def test_without_accounts_people_who_are_signed_in_go_on_and_others_are_told_at_the_door(
    reader, open_shop, gateway
):
    stranger = await open_shop()
    book_id = gateway.book_id("Dracula")
    gateway.carts["reader@example.com"] = {book_id: {"book_id": book_id, "quantity": 1, "added_price": "7.99"}}
    gateway.down = {"auth"}
    for path in ("/books", "/cart", "/orders", "/checkout"):
        page = await reader.get(path)
        assert page.status_code == 200
        assert "away for a moment" not in page.text
    for path in ("/", "/sign-in", "/sign-up"):
        door = await stranger.get(path)
        assert door.status_code == 200
        assert "Signing in and signing up are away" in door.text


async def test_a_door_and_a_checkout_do_not_wait_long_for_what_only_saves_typing(reader, open_shop, gateway):
    stranger = await open_shop()
    book_id = gateway.book_id("Dracula")
    gateway.carts["reader@example.com"] = {book_id: {"book_id": book_id, "quantity": 1, "added_price": "7.99"}}

    async def frozen_accounts(request):
        if request.url.path.startswith("/auth/"):
            await asyncio.sleep(30)

    gateway.before_answer = frozen_accounts
    started = time.monotonic()
    assert "Signing in and signing up are away" in (await stranger.get("/sign-in")).text
    assert (await reader.get("/checkout")).status_code == 200
    assert time.monotonic() - started < 4.5


async def test_without_a_gateway_there_is_a_page_that_says_so(open_shop):
    class Nobody(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request):
            message = "connection refused"
            raise httpx2.ConnectError(message, request=request)

    shop = await open_shop(storefront="public", transport=Nobody())
    answer = await shop.get("/")
    assert answer.status_code == 503
    assert "away for a moment" in answer.text
    assert (await shop.get("/sign-in")).status_code == 200
    assert (await shop.get("/health/live")).status_code == 200
    assert (await shop.get("/health/ready")).status_code == 503


async def test_a_gateway_that_hangs_is_not_waited_for_long(open_shop):
    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, _request):
            await asyncio.sleep(60)

    shop = await open_shop(storefront="public", transport=Hanging(), gateway_seconds=0.2)
    started = time.monotonic()
    assert (await shop.get("/books")).status_code == 503
    assert time.monotonic() - started < 1.5


async def test_a_slow_cart_does_not_hold_up_a_page(reader, gateway):
    async def slow_cart(request):
        if request.url.path == "/cart":
            await asyncio.sleep(30)

    gateway.before_answer = slow_cart
    started = time.monotonic()
    assert (await reader.get("/books")).status_code == 200
    assert time.monotonic() - started < 2.5


async def test_a_connection_that_breaks_is_tried_again_for_a_read_and_never_for_a_change(open_shop, gateway):
    class Breaking(httpx2.ASGITransport):
        broken = 0

        async def handle_async_request(self, request):
            if request.url.path in {"/books", "/auth/login"} and not self.broken:
                self.broken += 1
                message = "server disconnected"
                raise httpx2.RemoteProtocolError(message, request=request)
            return await super().handle_async_request(request)

    gateway.is_open = True
    shop = await open_shop(storefront="public", transport=Breaking(app=gateway))
    assert (await shop.get("/books")).status_code == 200
    other = await open_shop(transport=Breaking(app=gateway))
    assert (await other.sign_in()).status_code == 503


async def test_an_unexpected_fault_is_a_page_with_an_id_and_no_inner_details(reader, gateway):
    gateway.books[gateway.book_id("Dracula")]["price"] = None
    answer = await reader.get(f"/books/{gateway.book_id('Dracula')}")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers


async def test_a_fault_during_a_partial_request_is_a_5xx_that_htmx_does_not_swap(reader, gateway):
    gateway.down = {"books"}
    answer = await reader.http.get("/books", headers=PARTIAL)
    assert answer.status_code == 503
    page = await reader.get("/account")
    assert '"noSwap": [204, 304, "5xx"]' in page.text
    assert page.text.count('id="status"') == 1


@pytest.mark.parametrize("path", ["/theme", "/account", "/sign-out"])
async def test_a_page_without_a_part_of_that_kind_is_shown_whole(reader, path):
    answer = await reader.http.get(path, headers=PARTIAL)
    assert answer.status_code == 200
    assert "<html" in answer.text
    assert answer.headers["hx-retarget"] == "body"


async def test_the_request_id_travels_to_the_gateway(reader, gateway):
    gateway.seen.clear()
    await reader.http.get("/books", headers={"X-Request-ID": "abc-123"})
    assert {request.headers["x-request-id"] for request in gateway.seen} == {"abc-123"}


async def test_too_many_tries_are_told_how_long_to_wait(shop, gateway):
    async def refuse(request):
        if request.url.path == "/auth/login":
            raise Problem(429, "too_many_requests")

    page = await shop.get("/sign-in")
    gateway.before_answer = refuse
    answer = await shop.submit(page, "/sign-in", {"email": "reader@example.com", "password": "correct horse"})
    assert answer.status_code == 429
    assert "too fast" in answer.text


@pytest.mark.parametrize("path", ["/", "/sign-in", "/books", "/nowhere", "/robots.txt", "/static/site.css"])
async def test_every_answer_carries_the_security_headers(shop, path):
    answer = await shop.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers


async def test_over_tls_browsers_are_told_to_stay_there(open_shop):
    shop = await open_shop(public_web_url="https://shop.example")
    assert "max-age=" in (await shop.get("/")).headers["strict-transport-security"]


async def test_pages_have_no_inline_style_or_script(staff, gateway):
    for path in ("/", "/account", "/books/new", f"/books/{gateway.book_id('Dracula')}", "/cart", "/staff/orders"):
        text = (await staff.get(path)).text
        assert " style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert " onclick=" not in text
        assert "hx-on" not in text
        assert "js:" not in text


async def test_metrics_are_not_for_strangers_but_on_a_listener_of_their_own(open_shop, unused_tcp_port):
    shop = await open_shop(metrics_port=unused_tcp_port)
    assert (await shop.http.get("/metrics")).status_code == 404
    async with httpx2.AsyncClient() as prometheus:
        answer = await prometheus.get(f"http://127.0.0.1:{unused_tcp_port}/metrics")
    assert "http_requests_total" in answer.text
