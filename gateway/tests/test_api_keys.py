"""API keys: exchanged at auth-service, remembered for a while, revoked within seconds, and never passed on."""

import asyncio
import base64
import functools
import json

import httpx2
import pytest
from fake_keys import SECRET, new_key
from starlette.responses import JSONResponse

from gateway import api_keys, key_memory
from gateway.config import Settings
from gateway.key_memory import KeyMemory, KeyToken
from service_kit.revocations import RevocationFeed

REVOKED_WITHIN = 5.0


@pytest.fixture
async def gateway(start_gateway, keys, monkeypatch):
    """Give a gateway that looks at the list of what was revoked all the time."""
    eager = functools.partial(RevocationFeed, poll_seconds=0.02)
    monkeypatch.setattr("service_kit.auth_client.RevocationFeed", eager)
    return await start_gateway(auth_url=keys.url)


async def ask(gateway, key, path="/orders", **headers):
    return await gateway.request("GET", path, Authorization=f"Bearer {key}", **headers)


async def until(condition):
    async with asyncio.timeout(REVOKED_WITHIN):
        while not await condition():
            pass


async def test_a_service_sees_the_token_and_never_the_key(gateway, keys, upstream):
    key = keys.give_key()
    assert (await ask(gateway, key)).status == 200
    passed = upstream.last.one("authorization")
    assert passed.startswith("Bearer ey")
    assert SECRET not in str(upstream.last.headers)
    (asked,) = keys.asked
    credentials = base64.b64encode(f"gateway:{gateway.secret}".encode()).decode()
    assert asked == {"key": key, "address": "127.0.0.1", "authorization": f"Basic {credentials}"}


async def test_not_even_where_nobody_looks_at_who_is_calling(start_gateway, upstream):
    gateway = await start_gateway(auth_url=upstream.url)
    for scheme in ("Bearer ", "bearer   ", "BEARER "):
        answer = await gateway.request("POST", "/auth/login", Authorization=scheme + new_key())
        assert answer.status == 200
        assert upstream.last.all("authorization") == []


async def test_a_key_is_exchanged_once_in_a_while_however_many_ask(gateway, keys):
    key = keys.give_key()
    keys.seconds = 0.05
    answers = await asyncio.gather(*(ask(gateway, key) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    await ask(gateway, key)
    assert len(keys.asked) == 1


async def test_a_token_is_never_remembered_longer_than_it_lives(gateway, keys, monkeypatch):
    key, other = keys.give_key(), keys.give_key()
    keys.lifetime = key_memory.SPARE_SECONDS
    for _ in range(3):
        await ask(gateway, key)
    assert len(keys.asked) == 3
    keys.lifetime = 300
    monkeypatch.setattr(key_memory, "REMEMBER_SECONDS", 0)
    for _ in range(3):
        await ask(gateway, other)
    assert len(keys.asked) == 6


MALFORMED = [
    "quire_",
    "quire_x_y",
    f"quire_{'0' * 32}",
    f"quire_{'0' * 32}_{SECRET[:-1]}",
    f"quire_{'A' * 32}_{SECRET}",
    f"quire_{'0' * 32}_{SECRET}0",
    f"quire_{'0' * 32}_{'x' * 5000}",
    f"quire_{'0' * 32}_{SECRET}\u00e9",
    f"quire_{'0' * 32}_{SECRET}/../..",
    f"quire_{'0' * 32}_{SECRET} {SECRET}",
]


async def test_what_no_key_can_look_like_is_refused_without_asking(gateway, keys, upstream):
    for key in MALFORMED:
        answer = await gateway.send(f"GET /orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        assert answer.status == 401
    assert keys.asked == upstream.requests == []


async def test_a_key_that_is_not_good_is_refused_and_not_asked_about_again_at_once(gateway, keys, upstream):
    key = new_key()
    for _ in range(3):
        answer = await ask(gateway, key, "/books")
        assert (answer.status, json.loads(answer.body)["code"]) == (401, "not_authenticated")
        assert answer.one("www-authenticate").startswith("Bearer")
    assert len(keys.asked) == 1
    assert upstream.requests == []


async def test_guessing_keys_is_limited_and_does_not_become_a_flood_at_auth_service(start_gateway, keys):
    gateway = await start_gateway(auth_url=keys.url, limit_address="30/day")
    good = keys.give_key()
    assert (await ask(gateway, good)).status == 200
    keys.seconds = 0.02
    answers = await asyncio.gather(*(ask(gateway, new_key()) for _ in range(60)))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [401] * 29 + [429] * 31
    assert len(keys.asked) == 30
    assert keys.most_at_once <= 8
    assert (await ask(gateway, good)).status == 200


async def test_keys_have_no_calls_beside_those_of_their_account(start_gateway, keys, upstream):
    may_answer = asyncio.Event()

    async def behave(_request, wire):
        await may_answer.wait()
        await wire.answer()

    upstream.behave = behave
    gateway = await start_gateway(auth_url=keys.url, calls_per_client=2, answer_seconds=5)
    waiting = [asyncio.create_task(ask(gateway, keys.give_key(sub="anna"))) for _ in range(2)]
    await upstream.asked(2)
    refused = [
        await ask(gateway, keys.give_key(sub="anna")),
        await gateway.request("GET", "/orders", Authorization=gateway.bearer(sub="anna")),
    ]
    assert [json.loads(answer.body)["code"] for answer in refused] == ["too_many_at_once"] * 2
    waiting.append(asyncio.create_task(ask(gateway, keys.give_key(sub="ben"))))
    await upstream.asked(3)
    may_answer.set()
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [200] * 3


async def test_a_key_has_a_limit_of_its_own(start_gateway, keys):
    gateway = await start_gateway(auth_url=keys.url, limit_key="2/day", limit_account="1/day")
    first, second = keys.give_key(sub="ann"), keys.give_key(sub="ann")
    answers = [await ask(gateway, key) for key in (first, first, first, second)]
    assert [answer.status for answer in answers] == [200, 200, 429, 200]
    assert answers[0].one("ratelimit").startswith('"key-86400s";r=1;')


async def test_a_revoked_key_is_refused_within_seconds_although_it_is_remembered(gateway, keys):
    key, other = keys.give_key(), keys.give_key()
    await ask(gateway, key)
    await ask(gateway, other)
    keys.revoked_sessions.add(keys.claims.pop(key)["sid"])

    async def is_refused():
        return (await ask(gateway, key)).status == 401

    await until(is_refused)
    assert (await ask(gateway, other)).status == 200
    assert len([asked for asked in keys.asked if asked["key"] == other]) == 1


async def test_when_the_owners_rights_change_the_key_is_exchanged_anew(gateway, keys, upstream):
    key = keys.give_key()
    await ask(gateway, key)
    old = upstream.last.one("authorization")
    keys.revoked_sessions.add(keys.claims[key]["sid"])
    keys.claims[key]["sid"] = "another"

    async def is_anew():
        await ask(gateway, key)
        return upstream.last.one("authorization") != old

    await until(is_anew)
    assert len(keys.asked) == 2


async def test_a_key_whose_tokens_are_no_good_is_not_exchanged_again_and_again(gateway, keys):
    key = keys.give_key(iss="http://elsewhere")
    answers = [await ask(gateway, key) for _ in range(5)]
    assert {answer.status for answer in answers} == {401}
    assert len(keys.asked) == 2


TROUBLE = [
    JSONResponse({"code": "invalid_client"}, 401),
    JSONResponse({"code": "internal_error"}, 500),
    JSONResponse({"access_token": 1}),
    JSONResponse(["nonsense"], 401),
]


@pytest.mark.parametrize("trouble", TROUBLE, ids=["our own credentials", "fault", "nonsense", "list"])
async def test_without_auth_service_known_keys_go_on_and_new_ones_wait(gateway, keys, monkeypatch, trouble):
    known = keys.give_key()
    monkeypatch.setattr(key_memory, "REMEMBER_SECONDS", 0)
    monkeypatch.setattr(api_keys, "LEAVE_ALONE_SECONDS", 60)
    await ask(gateway, known)
    keys.trouble = trouble
    for _ in range(3):
        assert (await ask(gateway, known)).status == 200
        answer = await ask(gateway, keys.give_key())
        assert answer.status == 503
        assert answer.one("retry-after")
    # One question told that there is trouble, and for a moment nobody asked another.
    assert len(keys.asked) == 2


async def test_known_keys_do_not_outlive_their_token_without_auth_service(gateway, keys):
    key = keys.give_key()
    keys.lifetime = key_memory.SPARE_SECONDS
    await ask(gateway, key)
    keys.trouble = TROUBLE[1]
    assert (await ask(gateway, key)).status == 503


async def test_a_silent_auth_service_holds_nobody_up_for_long(gateway, keys, monkeypatch):
    monkeypatch.setattr(api_keys, "EXCHANGE_SECONDS", 0.1)
    keys.seconds = 2
    answers = await asyncio.gather(*(ask(gateway, keys.give_key()) for _ in range(20)))
    assert {answer.status for answer in answers} == {503}


async def test_who_stops_waiting_does_not_take_the_exchange_with_it(gateway, keys):
    key = keys.give_key()
    keys.seconds = 0.05
    secrets = {"client_secret": gateway.secret, "web_client_secret": gateway.secret[::-1]}
    async with httpx2.AsyncClient(trust_env=False) as http:
        exchanging = api_keys.ApiKeys(http, Settings(auth_url=keys.url, **secrets))
        first, second = (asyncio.create_task(exchanging.token(key, address=None)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).startswith("ey")
    assert len(keys.asked) == 1


async def test_a_key_is_no_person(gateway, keys):
    key = keys.give_key()
    for path in ("/auth/me", "/auth/me/password", "/auth/sessions", "/auth/api-keys/", "/auth/logout"):
        answer = await ask(gateway, key, path)
        assert (answer.status, json.loads(answer.body)["code"]) == (403, "not_allowed")


async def test_where_no_key_is_needed_it_must_be_good_all_the_same(gateway, keys, upstream):
    assert (await ask(gateway, new_key(), "/books")).status == 401
    assert (await ask(gateway, keys.give_key(), "/books")).status == 200
    assert upstream.last.one("authorization").startswith("Bearer ey")


async def test_tokens_with_made_up_key_ids_do_not_become_a_flood_at_auth_service(gateway, keys, mint):
    await gateway.request("GET", "/orders", Authorization=gateway.bearer())
    fetched = keys.jwks_asked
    header, payload, signature = mint.token().split(".")
    known = json.loads(base64.urlsafe_b64decode(header + "=="))

    def token(number):
        made_up = json.dumps(known | {"kid": f"k{number}"}).encode()
        return ".".join((base64.urlsafe_b64encode(made_up).rstrip(b"=").decode(), payload, signature))

    answers = [await gateway.request("GET", "/orders", Authorization=f"Bearer {token(number)}") for number in range(50)]
    assert {answer.status for answer in answers} == {401}
    assert keys.jwks_asked - fetched <= 1


def test_the_memory_of_keys_has_an_end():
    memory = KeyMemory(most=10)
    for number in range(100):
        memory.keep(b"good %d" % number, KeyToken.living("t", 300))
        memory.refuse(b"bad %d" % number)
    assert memory.good(b"good 99") is not None
    assert memory.is_refused(b"bad 99")
    assert memory.good(b"good 89") is None
    assert not memory.is_refused(b"bad 89")
