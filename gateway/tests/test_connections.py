"""Connections to the services are shared, and no request pays for what happened to another."""

import asyncio
import gc

import pytest


async def test_connections_are_kept(gateway, upstream):
    client = await gateway.connect()
    for _ in range(5):
        assert (await client.request("GET", "/books")).status == 200
    assert upstream.connections == 1


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 502), ("PUT", 502), ("DELETE", 502)]
)
async def test_a_kept_connection_that_was_closed_is_retried_for_reading_alone(gateway, upstream, method, status):
    async def behave(_request, wire):
        if upstream.connections == 1 and wire.requests == 2:
            wire.close()
            raise ConnectionError
        await wire.answer()

    upstream.behave = behave
    client = await gateway.connect()
    token = gateway.bearer("editor")
    await client.request("GET", "/books")
    answer = await client.request(method, "/books/1", Authorization=token)
    assert answer.status == status
    assert len(upstream.requests) == (3 if status == 200 else 2)


async def test_a_service_that_hangs_up_on_a_new_connection_is_not_asked_again(gateway, upstream):
    async def behave(_request, wire):
        wire.close()
        raise ConnectionError

    upstream.behave = behave
    assert (await gateway.request("GET", "/books")).status == 502
    assert len(upstream.requests) == 1


async def test_a_service_that_always_hangs_up_is_asked_twice_at_most(gateway, upstream):
    async def behave(_request, wire):
        if wire.requests == 1 and len(upstream.requests) <= 2:
            await both_asked.wait()
            await wire.answer()
        else:
            wire.close()
            raise ConnectionError

    both_asked = asyncio.Event()
    upstream.behave = behave
    clients = [await gateway.connect() for _ in range(2)]
    for client in clients:
        await client.ask("GET", "/books")
    await upstream.asked(2)
    both_asked.set()
    assert [(await client.read()).status for client in clients] == [200, 200]
    # Two connections are kept now, and both turn out to be closed.
    assert (await gateway.request("GET", "/books")).status == 502
    assert len(upstream.requests) == 4


@pytest.mark.parametrize("said", [b"H", b"HTTP/1.1 200 OK\r\nx-part: of an answer\r\n"])
async def test_once_a_byte_of_an_answer_came_nothing_is_retried(gateway, upstream, said):
    async def behave(_request, wire):
        if wire.requests == 2:
            await wire.send(said)
            wire.close()
            raise ConnectionError
        await wire.answer()

    upstream.behave = behave
    client = await gateway.connect()
    await client.request("GET", "/books")
    assert (await client.request("GET", "/books/1")).status == 502
    assert len(upstream.requests) == 2


async def test_a_client_that_leaves_ends_the_call_to_the_service(gateway, upstream):
    asked = asyncio.Event()

    async def behave(_request, wire):
        asked.set()
        await wire.reader.read()
        raise ConnectionError

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("GET", "/books")
    await asyncio.wait_for(asked.wait(), 1)
    client.close()
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 0.2)


async def test_a_client_that_leaves_in_the_middle_of_its_body_ends_the_call(gateway, upstream):
    asked = asyncio.Event()

    async def behave(_request, wire):
        asked.set()
        await wire.reader.read()
        raise ConnectionError

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="100000")
    await client.send(bytes(70_000))
    await asyncio.wait_for(asked.wait(), 1)
    client.close()
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 0.2)


async def test_a_client_that_leaves_in_the_middle_of_the_answer_ends_the_call(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await wire.reader.read()
        raise ConnectionError

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("GET", "/books")
    await client.reader.readuntil(b"half")
    client.close()
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 0.2)


async def test_replies_are_never_mixed_up_when_clients_leave(start_gateway, upstream):
    async def behave(request, wire):
        number = request.target.rpartition("/")[2]
        await asyncio.sleep(int(number) % 7 / 1000)
        await wire.answer(number.encode())

    upstream.behave = behave
    gateway = await start_gateway()
    few = asyncio.Semaphore(8)

    async def patient(number):
        async with few:
            answer = await gateway.request("GET", f"/books/{number}")
        assert answer.body == str(number).encode()

    async def impatient(number):
        async with few:
            client = await gateway.connect()
            await client.ask("GET", f"/books/{number}")
            await asyncio.sleep(number % 5 / 1000)
            client.close()

    await asyncio.gather(*(impatient(n) if n % 3 == 0 else patient(n) for n in range(300)))


async def test_what_a_service_sends_unasked_is_nobodys_answer(gateway, upstream):
    async def behave(request, wire):
        await wire.answer(request.target.encode())
        if request.target == "/books/1":
            await asyncio.sleep(0.05)
            await wire.answer(b"nobody asked for this")

    upstream.behave = behave
    client = await gateway.connect()
    await client.request("GET", "/books/1")
    await asyncio.sleep(0.15)
    assert (await client.request("GET", "/books/2")).body == b"/books/2"


async def test_a_head_answer_with_a_body_spoils_no_other(gateway, upstream):
    async def behave(request, wire):
        if request.start.startswith("HEAD"):
            await wire.send(
                b"HTTP/1.1 200 OK\r\ncontent-length: 36\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
            )
        else:
            await wire.answer(b"right")

    upstream.behave = behave
    client = await gateway.connect()
    assert (await client.request("HEAD", "/books")).status == 200
    assert (await client.request("GET", "/books")).body == b"right"


async def test_requests_in_a_row_without_waiting_are_answered_in_order(gateway, upstream):
    async def behave(request, wire):
        await wire.answer(request.target.encode())

    upstream.behave = behave
    client = await gateway.connect()
    for number in range(5):
        await client.ask("GET", f"/books/{number}")
    assert [(await client.read()).body for _ in range(5)] == [f"/books/{number}".encode() for number in range(5)]


async def test_a_client_that_leaves_in_the_middle_of_both_ends_the_call(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await wire.reader.read()
        raise ConnectionError

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="100000")
    await client.send(bytes(70_000))
    await client.reader.readuntil(b"half")
    client.close()
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 0.2)


async def test_a_request_leaves_nothing_to_the_garbage_collector(gateway, upstream):
    async def behave(request, wire):
        await wire.take_body(request)
        await wire.answer()

    upstream.behave = behave
    client = await gateway.connect()
    token = gateway.bearer()

    async def some_requests():
        for body in (None, b"small", bytes(100_000)):
            method = "GET" if body is None else "POST"
            assert (await client.request(method, "/orders", body, Authorization=token)).status == 200
        await asyncio.sleep(0.05)

    await some_requests()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await some_requests()
        gc.collect()
        left = {f"{type(it).__module__}.{type(it).__qualname__}" for it in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert not {name for name in left if name.startswith(("gateway", "uvicorn", "aiohttp", "_asyncio"))}
