"""Several gateways that count together in Redis, and go on by themselves while it is away."""

import asyncio
import contextlib
import json

import pytest
from redis_stand_in import Frozen, free_port, running_redis

from gateway import counters

AGAIN_WITHIN = 10.0


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Be patient with Redis on a busy machine, and look for it more often."""
    monkeypatch.setattr(counters, "REDIS_SECONDS", 5.0)
    monkeypatch.setattr("gateway.limits.LOOK_SECONDS", 0.05)


@pytest.fixture
def redis_port():
    port = free_port()
    with running_redis(port):
        yield port


def url(port):
    return f"redis://127.0.0.1:{port}/0"


async def what_readiness_says(gateway):
    return json.loads((await gateway.request("GET", "/health/ready")).body)["checks"]["limits"]


async def until_it_says(gateway, words):
    async with asyncio.timeout(AGAIN_WITHIN):
        while True:
            said = await what_readiness_says(gateway)
            if words in said["detail"]:
                return said


async def test_two_gateways_count_as_one(start_gateway, redis_port):
    first, second = [await start_gateway(limits_url=url(redis_port), limit_address="5/day") for _ in range(2)]
    answers = [await gateway.request("GET", "/books") for gateway in (first, second, first, second, first, second)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert [answer.one("ratelimit").split(";")[1] for answer in answers] == ["r=4", "r=3", "r=2", "r=1", "r=0", "r=0"]
    assert await what_readiness_says(first) == {"ok": True, "detail": "counted in Redis"}


async def test_what_is_counted_is_forgotten_when_its_time_is_over(start_gateway, redis_port):
    gateway = await start_gateway(limits_url=url(redis_port), limit_address="1/second; 1000/day")
    await gateway.answers("GET", "/books", 2)
    async with asyncio.timeout(AGAIN_WITHIN):
        while (await gateway.request("GET", "/books")).status == 429:  # noqa: ASYNC110 (the clock sends no event)
            await asyncio.sleep(
                0.05
            )  # What is refused counts, too: asked without a pause, the day's limit would be met.


async def test_while_redis_is_away_each_gateway_counts_for_itself_and_says_so(start_gateway, listener):
    port = free_port()
    with running_redis(port):
        gateway = await start_gateway(limits_url=url(port), limit_address="3/day")
        assert (await gateway.request("GET", "/books")).status == 200
    answers = await gateway.answers("GET", "/books", 5)
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    said = await until_it_says(gateway, "each gateway counts for itself")
    assert said["ok"]
    assert len(listener.said("Redis cannot be reached")) == 1
    with running_redis(port):
        await until_it_says(gateway, "counted in Redis")
        assert (await gateway.request("GET", "/books")).status == 200
    assert len(listener.said("together again")) == 1


async def test_without_redis_from_the_start(start_gateway, listener):
    gateway = await start_gateway(limits_url=url(1), limit_address="1/day")
    answers = await gateway.answers("GET", "/books", 2)
    assert [answer.status for answer in answers] == [200, 429]
    for _ in range(5):
        await until_it_says(gateway, "each gateway counts for itself")
        await asyncio.sleep(0.05)
    assert len(listener.said("Redis cannot be reached")) == 1
    assert listener.said("together again") == []


async def test_a_redis_that_never_answers_holds_people_up_once_and_not_for_long(start_gateway, monkeypatch):
    monkeypatch.setattr(counters, "REDIS_SECONDS", 0.1)
    frozen = Frozen()
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(frozen.listening())
        gateway = await start_gateway(limits_url=url(frozen.port), limit_address="3/day")
        answers = await gateway.answers("GET", "/books", 4)
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
