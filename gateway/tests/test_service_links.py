"""A service that fails or hangs is left alone, is tried again by one request, and costs the others nothing."""

import asyncio
import json

import pytest
from prometheus_client import REGISTRY

PATIENCE = 5


async def hang_up(_request, wire):
    wire.close()
    raise ConnectionError


async def hang(_request, _wire):
    await asyncio.sleep(60)


async def cut_short(_request, wire):
    await wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
    await asyncio.sleep(0.05)
    wire.close()
    raise ConnectionError


async def answer_of(gateway, status):
    """Ask until the answer has this status."""
    async with asyncio.timeout(PATIENCE):
        answer = await gateway.request("GET", "/books")
        while answer.status != status:
            await asyncio.sleep(0.01)
            answer = await gateway.request("GET", "/books")


def openness():
    return REGISTRY.get_sample_value("gateway_circuit_open", {"service": "book-service"})


@pytest.mark.parametrize(("behave", "status"), [(hang_up, 502), (hang, 504), (cut_short, 200)])
async def test_a_service_that_fails_again_and_again_is_left_alone(start_gateway, upstream, behave, status):
    gateway = await start_gateway(circuit_failures=2, circuit_seconds=60)
    upstream.behave = behave
    assert [(await gateway.request("GET", "/books")).status for _ in range(2)] == [status, status]
    answer = await gateway.request("GET", "/books")
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"], problem["service"]) == (503, "service_unavailable", "book-service")
    assert 50 < int(answer.one("retry-after")) <= 60
    assert len(upstream.requests) == 2


async def test_an_open_circuit_is_seen_in_readiness_and_metrics_and_is_one_services_own(start_gateway, upstream):
    async def behave(request, wire):
        if request.target == "/books":
            await hang_up(request, wire)
        await wire.answer(b'{"status":"ready","checks":{}}')

    gateway = await start_gateway(circuit_failures=1, circuit_seconds=60)
    upstream.behave = behave
    assert openness() == 0
    await gateway.request("GET", "/books")
    assert openness() == 1
    ready = await gateway.request("GET", "/health/ready")
    checks = json.loads(ready.body)["checks"]
    assert (ready.status, checks["order-service"]["ok"]) == (503, True)
    assert checks["book-service"] == {"ok": False, "detail": "ready, but it failed lately: circuit open"}
    assert (await gateway.request("GET", "/orders", Authorization=gateway.bearer())).status == 200


async def test_one_request_at_a_time_tries_again_and_its_success_closes_the_circuit(start_gateway, upstream):
    gateway = await start_gateway(circuit_failures=1, circuit_seconds=0.05, answer_seconds=5)
    upstream.behave = hang_up
    await gateway.request("GET", "/books")
    may_answer = asyncio.Event()

    async def behave(_request, wire):
        await may_answer.wait()
        await wire.answer()

    upstream.behave = behave
    probes = [asyncio.create_task(answer_of(gateway, 200)) for _ in range(5)]
    await upstream.asked(2)
    assert (await gateway.request("GET", "/books")).status == 503
    assert openness() == 0.5
    assert len(upstream.requests) == 2
    may_answer.set()
    await asyncio.gather(*probes)
    assert openness() == 0
    assert [(await gateway.request("GET", "/books")).status for _ in range(3)] == [200] * 3


async def test_a_failed_try_opens_it_again(start_gateway, upstream):
    gateway = await start_gateway(circuit_failures=3, circuit_seconds=0.5)
    upstream.behave = hang_up
    for _ in range(3):
        await gateway.request("GET", "/books")
    await answer_of(gateway, 502)
    assert openness() == 1
    assert (await gateway.request("GET", "/books")).status == 503
    assert len(upstream.requests) == 4


async def test_a_client_that_leaves_while_it_tries_passes_the_turn_on(start_gateway, upstream):
    gateway = await start_gateway(circuit_failures=1, circuit_seconds=0.05, answer_seconds=5)
    upstream.behave = hang_up
    await gateway.request("GET", "/books")
    upstream.behave = hang
    async with asyncio.timeout(PATIENCE):
        while len(upstream.requests) < 2:
            client = await gateway.connect()
            await client.ask("GET", "/books")
            await asyncio.sleep(0.02)
    client.close()

    async def behave(_request, wire):
        await wire.answer()

    upstream.behave = behave
    await answer_of(gateway, 200)


async def test_an_answer_to_a_call_from_before_closes_nothing(start_gateway, upstream):
    may_answer = asyncio.Event()

    async def behave(request, wire):
        if request.target == "/books/slow":
            await may_answer.wait()
            await wire.answer()
        await hang_up(request, wire)

    gateway = await start_gateway(circuit_failures=1, circuit_seconds=60, answer_seconds=5)
    upstream.behave = behave
    slow = asyncio.create_task(gateway.request("GET", "/books/slow"))
    await upstream.asked(1)
    await gateway.request("GET", "/books")
    may_answer.set()
    assert (await slow).status == 200
    assert (await gateway.request("GET", "/books")).status == 503


async def test_errors_that_a_service_answers_are_no_failures_of_the_link(start_gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(status="500 Internal Server Error")

    gateway = await start_gateway(circuit_failures=2, circuit_seconds=60)
    upstream.behave = behave
    assert [(await gateway.request("GET", "/books")).status for _ in range(5)] == [500] * 5


async def test_an_answer_that_repeats_a_long_request_is_no_failure_of_the_link(start_gateway, upstream):
    async def behave(request, wire):
        link = f"<{request.target.replace('(', '%28')}>".encode()
        await wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nlink: " + link + b", " + link + b"\r\n\r\n")

    gateway = await start_gateway(circuit_failures=1, circuit_seconds=60)
    upstream.behave = behave
    target = "/books?x=" + "(" * 8000
    assert [(await gateway.request("GET", target)).status for _ in range(2)] == [200, 200]


async def test_failures_count_only_in_a_row(start_gateway, upstream):
    gateway = await start_gateway(circuit_failures=2, circuit_seconds=60)

    async def behave(_request, wire):
        if len(upstream.requests) % 2:
            await wire.send(b"no answer")
        else:
            await wire.answer()

    upstream.behave = behave
    assert [(await gateway.request("GET", "/books")).status for _ in range(4)] == [502, 200] * 2


async def test_what_clients_do_wrong_says_nothing_about_the_service(start_gateway, upstream):
    async def behave(_request, wire):
        await wire.reader.read()

    upstream.behave = behave
    gateway = await start_gateway(circuit_failures=1, circuit_seconds=60, max_body_bytes=100_000, answer_seconds=5)
    token = gateway.bearer("editor")
    slow = await gateway.connect()
    await slow.ask("POST", "/books", Authorization=token, Content_Length="100000")
    await slow.send(bytes(70_000))
    assert (await slow.read()).status == 408
    large = await gateway.connect()
    await large.ask("POST", "/books", Authorization=token, Transfer_Encoding="chunked")
    await large.send(b"11170\r\n" + bytes(70_000) + b"\r\n")
    await upstream.asked(2)
    await large.send(b"11170\r\n" + bytes(70_000) + b"\r\n")
    assert (await large.read()).status == 413
    leaving = await gateway.connect()
    await leaving.ask("GET", "/books")
    await upstream.asked(3)
    upstream.closed_by_gateway.clear()
    leaving.close()
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), PATIENCE)
    assert openness() == 0


async def test_a_service_that_hangs_gets_so_many_calls_and_takes_no_room_from_others(start_gateway, upstream):
    may_answer = asyncio.Event()

    async def behave(request, wire):
        if request.target == "/books":
            await may_answer.wait()
        await wire.answer()

    upstream.behave = behave
    gateway = await start_gateway(connections_per_service=2, answer_seconds=5)
    waiting = [asyncio.create_task(gateway.request("GET", "/books")) for _ in range(2)]
    await upstream.asked(2)
    refused = await gateway.request("GET", "/books/1")
    problem = json.loads(refused.body)
    assert (refused.status, problem["code"], problem["service"]) == (503, "overloaded", "book-service")
    assert int(refused.one("retry-after")) > 0
    assert (await gateway.request("GET", "/orders", Authorization=gateway.bearer())).status == 200
    assert len(upstream.requests) == 3
    may_answer.set()
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert (await gateway.request("GET", "/books/1")).status == 200


async def test_one_client_cannot_have_all_the_calls_there_are(start_gateway, upstream):
    may_answer = asyncio.Event()

    async def behave(_request, wire):
        await may_answer.wait()
        await wire.answer()

    upstream.behave = behave
    gateway = await start_gateway(calls_per_client=2, answer_seconds=5)
    anna, ben = gateway.bearer(sub="anna"), gateway.bearer(sub="ben")
    waiting = [
        asyncio.create_task(gateway.request("GET", "/books", **headers))
        for headers in [{"Authorization": anna}, {"Authorization": ben}, {}] * 2
    ]
    await upstream.asked(6)
    for headers in ({"Authorization": anna}, {}):
        refused = await gateway.request("GET", "/books", **headers)
        assert (refused.status, json.loads(refused.body)["code"]) == (429, "too_many_at_once")
        assert refused.one("retry-after") == "1"
    may_answer.set()
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [200] * 6
    assert (await gateway.request("GET", "/books", Authorization=anna)).status == 200
