"""What only a process of its own shows: how it ends, and what memory it needs."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

PATIENCE = 10
MIB = 1 << 20


@pytest.fixture
async def start_process(start_gateway, upstream, auth_url, unused_tcp_port):
    """Start the gateway as it is started in earnest; keywords are environment variables."""
    in_this_process = await start_gateway()
    processes = []

    async def start(**variables):
        settings = {
            "GATEWAY_PORT": str(unused_tcp_port),
            "GATEWAY_CLIENT_SECRET": "gateway-1s-kn0wn-t0-auth-by-this-w0rd",
            "WEB_CLIENT_SECRET": "pages-are-kn0wn-t0-it-by-this-w0rd",
            "AUTH_URL": auth_url,
            "BOOK_URL": upstream.url,
            "ORDER_URL": upstream.url,
            "STOREFRONT": "public",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", env=os.environ | settings | variables, stdout=asyncio.subprocess.DEVNULL
        )
        processes.append(process)
        in_this_process.port = unused_tcp_port
        await until(lambda: answers(in_this_process))
        return in_this_process, process

    yield start
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 (another process gives us no event)
            await asyncio.sleep(0.02)


async def answers(gateway):
    try:
        return (await gateway.request("GET", "/health/live")).status == 200
    except ConnectionRefusedError:
        return False


async def says_that_it_ends(gateway):
    ready = await gateway.request("GET", "/health/ready")
    itself = json.loads(ready.body)["checks"]["gateway"]
    # A request may come before the end begins and be answered after it.
    if itself["ok"] or not ready.all("connection"):
        return False
    assert (ready.status, ready.one("connection"), itself["detail"]) == (503, "close", "is shutting down")
    return True


async def is_refused(gateway):
    try:
        (await gateway.connect()).close()
    except ConnectionRefusedError:
        return True
    return False


async def test_at_its_end_it_says_so_and_finishes_what_it_has_begun(start_process, upstream):
    may_answer = asyncio.Event()

    async def behave(request, wire):
        if request.target == "/books/slow":
            await may_answer.wait()
        await wire.answer(b'{"status":"ready","checks":{}}')

    upstream.behave = behave
    gateway, process = await start_process(GATEWAY_DRAIN_SECONDS="1")
    kept, slow = await gateway.connect(), await gateway.connect()
    assert (await kept.request("GET", "/books")).all("connection") == []
    await slow.ask("GET", "/books/slow")
    await upstream.asked(2)
    process.send_signal(signal.SIGTERM)
    await until(lambda: says_that_it_ends(gateway))
    last = await kept.request("GET", "/books")
    assert (last.status, last.one("connection")) == (200, "close")
    await until(lambda: is_refused(gateway))
    assert process.returncode is None
    may_answer.set()
    answer = await slow.read()
    assert (answer.status, answer.whole, answer.one("connection")) == (200, True, "close")
    assert await asyncio.wait_for(process.wait(), PATIENCE) in {0, -signal.SIGTERM}


def memory_of(process):
    """Return what the process holds in memory now, in bytes."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1]) << 10


def unsent_to_clients(port):
    """Return what the kernel holds for each client of this port, in bytes."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [int(queues.split(":")[0], 16) for _, local, _, _, queues, *_ in lines if local.endswith(f":{port:04X}")]


async def come_to_rest(figure):
    """Wait until the figure stays as it is."""
    last = -1
    async with asyncio.timeout(60):
        while (now := figure()) != last:
            last = now
            await asyncio.sleep(0.3)


async def test_slow_readers_on_either_side_cost_no_memory(start_process, upstream):
    passed = 0

    async def behave(request, wire):
        nonlocal passed
        if request.start.startswith("POST"):
            await asyncio.sleep(60)
        await wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(64):
            await wire.send(b"100000\r\n" + bytes(MIB) + b"\r\n")
            passed += MIB

    async def upload(client):
        nonlocal passed
        for _ in range(64):
            await client.send(bytes(MIB))
            passed += MIB

    upstream.behave = behave
    gateway, process = await start_process(GATEWAY_ANSWER_SECONDS="60")
    await gateway.request("GET", "/health/live")
    at_rest = memory_of(process)
    for _ in range(4):
        await (await gateway.connect(limit=1 << 10)).ask("GET", "/books")
    uploads = []
    for _ in range(4):
        client = await gateway.connect()
        token = gateway.bearer("editor")
        await client.ask("POST", "/books/imports", Authorization=token, Content_Length=str(64 * MIB))
        uploads.append(asyncio.create_task(upload(client)))
    await upstream.asked(8)
    await come_to_rest(lambda: passed)
    grown = memory_of(process) - at_rest
    for task in uploads:
        task.cancel()
    # Eight times 64 MiB were on offer.
    assert grown < 12 * MIB, f"{grown / MIB:.1f} MiB"
    assert max(unsent_to_clients(gateway.port)) < MIB // 2
