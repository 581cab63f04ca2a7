"""Clients that take their time, out of weakness or spite: they are borne for so long, and cost the others nothing."""

import asyncio
import contextlib
import json
import time

import pytest

from gateway.patience import Patience

PATIENCE = 5


async def trickle(client, data, *, seconds):
    """Send byte by byte, until all is sent or the gateway has closed."""
    with contextlib.suppress(ConnectionError):
        for byte in data:
            await client.send(bytes([byte]))
            await asyncio.sleep(seconds)


async def test_a_head_that_trickles_is_given_up_while_others_are_served(start_gateway, upstream):
    gateway = await start_gateway(head_seconds=0.3)
    slow = [await gateway.connect() for _ in range(20)]
    sending = [
        asyncio.create_task(trickle(client, b"GET /books HTTP/1.1\r\nX: " + b"y" * 500, seconds=0.02))
        for client in slow
    ]
    assert (await gateway.request("GET", "/books")).status == 200
    for client in slow:
        answer = await client.read()
        assert (answer.status, json.loads(answer.body)["code"]) == (408, "request_timeout")
        assert await client.is_closed()
    for task in sending:
        task.cancel()
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_connection_on_which_no_request_comes_is_closed(start_gateway, sent):
    gateway = await start_gateway(head_seconds=0.2)
    client = await gateway.connect()
    task = asyncio.create_task(trickle(client, sent * 500, seconds=0.02))
    assert await client.is_closed()
    task.cancel()


async def test_a_kept_connection_is_given_up_too_when_its_next_head_trickles(start_gateway):
    gateway = await start_gateway(head_seconds=0.2)
    client = await gateway.connect()
    for _ in range(2):
        assert (await client.request("GET", "/books")).status == 200
        await asyncio.sleep(0.3)
    task = asyncio.create_task(trickle(client, b"GET /books HTTP/1.1\r\nX: " + b"y" * 500, seconds=0.02))
    assert (await client.read()).status == 408
    assert await client.is_closed()
    task.cancel()


async def test_the_rest_of_a_body_that_nobody_reads_is_not_awaited_for_ever(start_gateway, upstream):
    gateway = await start_gateway(head_seconds=0.2)
    client = await gateway.connect()
    await client.ask("POST", "/orders", Content_Length="100000")
    assert (await client.read()).status == 401
    task = asyncio.create_task(trickle(client, b"x" * 500, seconds=0.02))
    assert await client.is_closed()
    await asyncio.wait_for(task, PATIENCE)
    assert upstream.requests == []


@pytest.mark.parametrize("beginning", [0, 70_000])
async def test_a_body_that_trickles_is_a_408(start_gateway, upstream, beginning):
    async def behave(_request, wire):
        await wire.reader.read()

    upstream.behave = behave
    gateway = await start_gateway(upload_seconds=0.3, answer_seconds=5, min_bytes_per_second=1000)
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="100000")
    await client.send(bytes(beginning))
    task = asyncio.create_task(trickle(client, b"x" * 1000, seconds=0.02))
    assert (await client.read()).status == 408
    if upstream.requests:
        await asyncio.wait_for(upstream.closed_by_gateway.wait(), PATIENCE)
    assert len(upstream.requests) == (1 if beginning else 0)
    task.cancel()


async def test_a_slow_but_steady_body_is_passed_on(start_gateway, upstream):
    received = []

    async def behave(_request, wire):
        received.append(await wire.reader.readexactly(60 * 500))
        await wire.answer()

    upstream.behave = behave
    gateway = await start_gateway(upload_seconds=0.5, answer_seconds=5, min_bytes_per_second=1000)
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="30000")
    started = time.monotonic()
    for _ in range(60):
        await client.send(b"x" * 500)
        await asyncio.sleep(0.025)
    assert (await client.read()).status == 200
    assert time.monotonic() - started > 2 * 0.5


def test_patience_is_spent_by_waiting_and_earned_by_bytes():
    patience = Patience(30, 1024)
    for _ in range(29):
        patience.spend(1, 1)
    assert 0 < patience.left < 1.1
    patience.spend(1.1, 1)
    assert patience.left < 0
    honest = Patience(30, 1024)
    for _ in range(10_000):
        honest.spend(20, 25 << 10)
    assert honest.left == 30
    greedy = Patience(30, 1024)
    greedy.spend(1, 1 << 30)
    assert greedy.left == 30


async def much(_request, wire):
    await wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(512):
        await wire.send(b"10000\r\n" + bytes(0x10000) + b"\r\n")
    await wire.send(b"0\r\n\r\n")


async def test_a_client_that_does_not_read_is_given_up(start_gateway, upstream):
    upstream.behave = much
    gateway = await start_gateway(download_seconds=0.3, answer_seconds=5)
    client = await gateway.connect(limit=1 << 16)
    await client.ask("GET", "/books")
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), PATIENCE)
    assert (await gateway.request("GET", "/books/1")).whole
    answer = await client.read()
    assert not answer.whole


async def test_a_client_that_leaves_the_end_of_an_answer_unread_is_given_up(start_gateway):
    gateway = await start_gateway(download_seconds=0.3)
    client = await gateway.connect(limit=1 << 10)
    client.writer.transport.pause_reading()
    # Whole answers of our own, more than the kernel keeps for the two.
    await client.send(b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
    await asyncio.sleep(1)
    client.writer.transport.resume_reading()
    received = 0
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            while part := await client.reader.read(1 << 20):
                received += len(part)
    assert 0 < received < 20 << 20


async def test_a_client_that_reads_slowly_but_steadily_gets_everything(start_gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(bytes(24 << 20))

    upstream.behave = behave
    gateway = await start_gateway(download_seconds=0.4, answer_seconds=5)
    client = await gateway.connect(limit=1 << 16)
    await client.ask("GET", "/books")
    await client.reader.readuntil(b"\r\n\r\n")
    received, started = 0, time.monotonic()
    while received < 24 << 20:
        received += len(await client.reader.readexactly(1 << 20))
        await asyncio.sleep(0.05)
    assert time.monotonic() - started > 2 * 0.4


async def test_connections_that_only_wait_give_way_to_requests(start_gateway):
    gateway = await start_gateway(max_connections=10, head_seconds=60)
    holding = [await gateway.connect() for _ in range(30)]
    for client in holding:
        with contextlib.suppress(ConnectionError):
            await client.send(b"GET /books HTTP/1.1\r\nX: ")
    assert [(await gateway.request("GET", "/books")).status for _ in range(5)] == [200] * 5
    assert await holding[0].is_closed()
