"""What the gateway is told of the person in front of the pages, and that no browser can tell it something else."""

import asyncio
import base64

import httpx2
import pytest
from conftest import CLIENT_SECRET
from fake_gateway import Problem

PROXY = "10.0.0.8"
PERSON = "203.0.113.7"
LIES = {
    "X-Forwarded-For": "8.8.8.8",
    "X-Real-IP": "8.8.8.8",
    "Forwarded": "for=8.8.8.8",
    "X-Internal-Gateway": "me",
    "Proxy-Authorization": "Basic bWU6bWU=",
    "User-Agent": "Corvid/1.0 (bücher)",
}


async def ask(shop, path="/", *, peer=PROXY, headers=()):
    """Send a request from ``peer``, with the cookies of the browser; return what the pages answer."""
    transport = httpx2.ASGITransport(app=shop.app, client=(peer, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url=shop.http.base_url, cookies=shop.http.cookies) as http:
        return await http.get(path, headers=headers)


def told(gateway, name):
    return {request.headers.get(name) for request in gateway.seen}


async def test_the_gateway_is_told_who_sits_in_front_of_the_pages(reader, gateway):
    gateway.seen.clear()
    await ask(reader, "/books", peer=PERSON, headers={"User-Agent": "Corvid/1.0"})
    assert len(gateway.seen) > 1
    assert told(gateway, "x-forwarded-for") == {PERSON}
    assert told(gateway, "user-agent") == {"Corvid/1.0"}
    pair = base64.b64encode(f"web-frontend:{CLIENT_SECRET}".encode()).decode()
    assert told(gateway, "proxy-authorization") == {f"Basic {pair}"}


async def test_a_browser_cannot_be_somewhere_else_by_saying_so(public_shop, gateway):
    await ask(public_shop, "/books", peer=PERSON, headers=[(name, text.encode()) for name, text in LIES.items()])
    assert told(gateway, "x-forwarded-for") == {PERSON}
    assert told(gateway, "user-agent") == {"Corvid/1.0 (b??cher)"}
    assert "Basic bWU6bWU=" not in told(gateway, "proxy-authorization")
    for name in ("x-real-ip", "forwarded", "x-internal-gateway"):
        assert told(gateway, name) == {None}


HOPS = [("8.8.8.8, 203.0.113.7", PERSON), ("203.0.113.7, 10.0.0.9", PERSON), ("", PROXY), ("nonsense", PROXY)]


@pytest.mark.parametrize(("forwarded", "address"), HOPS)
async def test_a_proxy_in_front_is_believed_when_the_settings_name_it(open_shop, gateway, forwarded, address):
    gateway.is_open = True
    shop = await open_shop(storefront="public", trusted_proxies="10.0.0.0/8")
    await ask(shop, "/books", headers={"X-Forwarded-For": forwarded})
    assert told(gateway, "x-forwarded-for") == {address}


async def test_what_names_no_program_is_not_named_after_ours(public_shop, gateway):
    transport = httpx2.ASGITransport(app=public_shop.app, client=(PERSON, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
        del http.headers["User-Agent"]
        await http.get("/books")
    assert told(gateway, "user-agent") == {None}


async def test_renewing_a_session_is_told_from_whom_too(shop, gateway):
    gateway.token_seconds = -5
    await shop.sign_in()
    gateway.token_seconds = 900
    gateway.seen.clear()
    await asyncio.gather(*(ask(shop, "/account", peer=PERSON, headers={"User-Agent": "Corvid/1.0"}) for _ in range(3)))
    (renewal,) = [request for request in gateway.seen if request.url.path == "/auth/refresh"]
    assert renewal.headers["x-forwarded-for"] == PERSON
    assert renewal.headers["user-agent"] == "Corvid/1.0"


async def test_another_secret_than_the_gateways_is_a_shop_that_is_away(reader, gateway):
    async def refuse(_request):
        raise Problem(407, "wrong_proxy_credentials")

    gateway.before_answer = refuse
    assert (await reader.get("/orders")).status_code == 503
    ready = await reader.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]["gateway"]["ok"]) == (503, False)


async def test_whoever_asks_too_much_is_told_to_wait_and_loses_nothing(reader, gateway):
    async def refuse(_request):
        raise Problem(429, "rate_limited")

    page = await reader.get("/account")
    gateway.before_answer = refuse
    answer = await reader.submit(page, "/account", {"full_name": "Ada the Second"})
    assert answer.status_code == 429
    assert "What you sent is still here" in answer.text
    assert 'value="Ada the Second"' in answer.text
    shown = await reader.get("/books?q=moor")
    assert shown.status_code == 429
    assert 'href="/books?q=moor"' in shown.text
