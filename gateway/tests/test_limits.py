"""How much one client may ask for, and that no other name makes it another client.

The clock decides when a window ends, so most of these are of a day, in whose last moment a test hardly ever runs.
"""

import asyncio
import json
import re
import time

import pytest

from gateway.config import Settings
from gateway.counters import OwnCounters
from gateway.limits import Policy

SECRET = "gateway-1s-kn0wn-t0-auth-by-this-w0rd"
OF_ONE_NETWORK = "2001:db8:1:2:{:x}::1"


def counted(answer):
    """Return policy, what is left and the seconds until the window ends, as the answer says."""
    policy, left, seconds = re.fullmatch(r'"([a-z]+-\d+s)";r=(\d+);t=(\d+)', answer.one("ratelimit")).groups()
    return policy, int(left), int(seconds)


def statuses(answers):
    return [answer.status for answer in answers]


async def test_every_answer_says_what_is_left_and_one_too_many_is_refused(start_gateway, upstream):
    gateway = await start_gateway(limit_account="3/day")
    answers = await gateway.answers("GET", "/books", 5, Authorization=gateway.bearer())
    assert statuses(answers) == [200, 200, 200, 429, 429]
    assert [counted(answer)[:2] for answer in answers] == [("account-86400s", left) for left in (2, 1, 0, 0, 0)]
    assert {answer.one("ratelimit-policy") for answer in answers} == {'"account-86400s";q=3;w=86400'}
    refused = answers[-1]
    assert json.loads(refused.body)["code"] == "rate_limited"
    assert refused.one("retry-after") == str(counted(refused)[2])
    assert 1 <= counted(refused)[2] <= 86_400
    assert len(upstream.requests) == 3


async def test_who_asks_too_often_is_told_so_in_their_language(start_gateway):
    gateway = await start_gateway(limit_address="1/day")
    refused = (await gateway.answers("GET", "/books", 2, **{"Accept-Language": "fr, de-AT;q=0.5"}))[-1]
    told = json.loads(refused.body)
    assert (told["title"], told["code"]) == ("Zu viele Anfragen", "rate_limited")
    assert told["detail"] == f"Versuchen Sie es in {refused.one('retry-after')} s noch einmal."
    assert (refused.one("content-language"), refused.one("vary")) == ("de", "Accept-Language")
    assert json.loads((await gateway.request("GET", "/books")).body)["title"] == "Too many requests"


async def test_the_window_ends(start_gateway):
    gateway = await start_gateway(limit_address="1/second")
    _, second = await gateway.answers("GET", "/books", 2)
    while second.status == 200:  # Another window had begun between the two.
        _, second = await gateway.answers("GET", "/books", 2)
    await asyncio.sleep(int(second.one("retry-after")))
    assert (await gateway.request("GET", "/books")).status == 200


def test_not_all_who_were_held_up_come_back_in_the_same_moment():
    policy = Policy("address-60s", quota=1, seconds=60)
    windows = [policy.window(f"198.51.100.{number}", 1_000_000.5) for number in range(200)]
    assert len({seconds for _, seconds in windows}) > 50
    assert {seconds for _, seconds in windows} <= set(range(1, 61))
    number, seconds = policy.window("ann", 1_000_000.5)
    assert policy.window("ann", 1_000_000.5 + seconds - 1)[0] == number
    assert policy.window("ann", 1_000_000.5 + seconds)[0] == number + 1


async def test_several_limits_hold_together(start_gateway):
    gateway = await start_gateway(limit_address="5/hour; 3/day")
    answers = await gateway.answers("GET", "/books", 4)
    assert statuses(answers) == [200, 200, 200, 429]
    assert answers[0].one("ratelimit-policy") == '"address-3600s";q=5;w=3600, "address-86400s";q=3;w=86400'
    assert re.fullmatch(r'"address-3600s";r=4;t=\d+, "address-86400s";r=2;t=\d+', answers[0].one("ratelimit"))
    assert answers[-1].one("retry-after") == answers[-1].one("ratelimit").rpartition("t=")[2]


async def test_an_empty_setting_is_no_limit(start_gateway):
    gateway = await start_gateway(limit_address=" none", limit_account="1/day")
    answers = await gateway.answers("GET", "/books", 5)
    assert statuses(answers) == [200] * 5
    assert answers[0].all("ratelimit") == []


async def test_accounts_do_not_share_a_limit_nor_does_one_get_more_by_another_token(start_gateway):
    gateway = await start_gateway(limit_account="2/day", limit_address="1/day")
    tokens = [gateway.bearer(account_id="ann"), gateway.bearer(account_id="ann"), gateway.bearer(account_id="ben")]
    tokens.insert(2, tokens[0].replace("Bearer", "bEARER  "))
    answers = [await gateway.request("GET", "/orders", Authorization=token) for token in tokens]
    assert statuses(answers) == [200, 200, 429, 200]


async def test_what_no_account_can_be_counted_for_counts_for_the_address(start_gateway):
    gateway = await start_gateway(limit_address="4/day", auth_url="http://127.0.0.1:1")
    asked = [
        ("GET", "/books", ""),
        ("GET", "/orders", "Basic dXNlcjpwYXNz"),
        ("POST", "/auth/login", gateway.bearer()),
        ("GET", "/cart", "Bearer "),
        ("POST", "/auth/login", ""),
    ]
    answers = [await gateway.request(method, path, Authorization=value) for method, path, value in asked]
    assert statuses(answers) == [200, 401, 503, 401, 429]
    assert [counted(answer)[1] for answer in answers] == [3, 2, 1, 0, 0]


async def test_guessing_tokens_is_limited_and_holds_up_nobody_with_a_good_one(start_gateway, upstream):
    gateway = await start_gateway(limit_address="3/day")
    guesses = [gateway.bearer(iss=f"http://elsewhere/{number}") for number in range(5)]
    answers = [await gateway.request("GET", "/orders", Authorization=guess) for guess in guesses]
    assert statuses(answers) == [401, 401, 401, 429, 429]
    assert counted(answers[0])[:2] == ("address-86400s", 2)
    assert upstream.requests == []
    assert (await gateway.request("GET", "/orders", Authorization=gateway.bearer())).status == 200


async def test_headers_give_nobody_another_address(start_gateway):
    gateway = await start_gateway(limit_address="2/day")
    lies = ("X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP", "Client-IP", "X-User-Id")
    answers = [await gateway.request("GET", "/books", **{lie: f"8.8.8.{number}"}) for number, lie in enumerate(lies)]
    assert statuses(answers) == [200, 200, 429, 429, 429, 429]


async def test_people_behind_the_pages_have_a_limit_each_and_one_network_is_one_client(start_gateway):
    gateway = await start_gateway(limit_address="2/day")

    async def ask(address):
        credentials = gateway.web_credentials()
        headers = {"X_Forwarded_For": address, "Proxy_Authorization": credentials}
        return (await gateway.request("GET", "/books", **headers)).status

    assert [await ask("198.51.100.1") for _ in range(3)] == [200, 200, 429]
    assert await ask("198.51.100.2") == 200
    assert [await ask(OF_ONE_NETWORK.format(number)) for number in range(1, 5)] == [200, 200, 429, 429]
    assert await ask("2001:db8:1:3::1") == 200


async def test_health_and_keys_are_not_counted(start_gateway, upstream):
    gateway = await start_gateway(limit_address="1/day", auth_url=upstream.url)
    for path in ("/health/live", "/.well-known/jwks.json"):
        answers = await gateway.answers("GET", path, 4)
        assert statuses(answers) == [200] * 4
        assert answers[0].all("ratelimit") == []


async def test_a_service_cannot_speak_of_limits_in_the_gateways_name(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(RateLimit='"x";r=1', RateLimit_Policy='"x";q=1')

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    assert counted(answer)[0] == "address-60s"
    assert answer.one("ratelimit-policy").startswith('"address-60s"')


async def test_who_asks_too_much_is_named_in_the_log_once_in_a_window(start_gateway, listener):
    gateway = await start_gateway(limit_address="1/day")
    await gateway.answers("GET", "/books", 4)
    (line,) = listener.said("rate limited")
    assert "127.0.0.1" in line


async def test_the_usual_limits_stop_a_program_and_never_a_person(gateway):
    """Somebody who opens a page every two seconds and types all the while sends about 500 requests a minute."""
    wire = await gateway.connect()
    started = time.time()
    answers = [await wire.request("GET", "/books") for _ in range(600)]
    assert statuses(answers) == [200] * 600
    assert answers[0].one("ratelimit-policy") == '"address-60s";q=1200;w=60'
    left = counted(answers[-1])[1]
    answers = [await wire.request("GET", "/books") for _ in range(left + 1)]
    # The window may have ended meanwhile, which the clock decides; then it begins anew.
    assert answers[-1].status == 429 or counted(answers[-1])[1] > 600 or time.time() - started > 60
    for policy in ("limit_account", "limit_key"):
        assert Settings.model_fields[policy].default == "1200/minute"


async def test_a_flood_of_addresses_costs_no_more_than_so_much_memory():
    counters = OwnCounters(most=100)
    assert len(counters) == 0
    for number in range(1000):
        assert counters.add_now(f"k{number}", policy="p", seconds=60, now=1000.0) == 1
    assert len(counters) == 100
    assert counters.add_now("k999", policy="p", seconds=60, now=1001.0) == 2
    for number in range(60):
        counters.add_now(f"later{number}", policy="p", seconds=60, now=2000.0)
    assert len(counters) == 60


BAD = {
    "limit_account": ["1200", "0/minute", "1200/minute; x", "5/minute; 7/minute", "-1/minute"],
    "limits_url": ["http://redis", "localhost:6379"],
    "trusted_proxies": ["proxy.example", "10.0.0.0/99"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_setting_that_means_nothing_stops_the_start(name, value):
    with pytest.raises(ValueError, match=name.split("_")[0]):
        Settings(
            client_secret="gateway-1s-kn0wn-t0-auth-by-this-w0rd",
            web_client_secret="pages-are-kn0wn-t0-it-by-this-w0rd",
            **{name: value},
        )
