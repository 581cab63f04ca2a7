"""What a service answers reaches the client as it is, and a broken answer never looks whole."""

import asyncio
import gzip
import json
import time

import pytest


async def test_the_first_byte_is_passed_on_before_the_last(gateway, upstream):
    may_end = asyncio.Event()

    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst")
        await may_end.wait()
        await wire.send(b"-last")

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("GET", "/books")
    async with asyncio.timeout(0.25):
        await client.reader.readuntil(b"\r\n\r\n")
        assert await client.reader.readexactly(5) == b"first"
    may_end.set()
    assert await client.reader.readexactly(5) == b"-last"


async def test_headers_are_passed_on_before_the_body(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        await asyncio.sleep(60)

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("GET", "/books")
    async with asyncio.timeout(0.25):
        assert b" 200 " in await client.reader.readuntil(b"\r\n\r\n")


async def test_a_service_that_hangs_is_a_504_in_time(gateway, upstream):
    async def behave(_request, _wire):
        await asyncio.sleep(60)

    upstream.behave = behave
    started = time.monotonic()
    answer = await gateway.request("GET", "/books")
    assert answer.status == 504
    assert time.monotonic() - started < 1
    problem = json.loads(answer.body)
    assert answer.one("content-type") == "application/problem+json"
    assert (problem["code"], problem["service"]) == ("upstream_timeout", "book-service")
    assert problem["request_id"] == answer.one("x-request-id")


async def test_a_service_that_hangs_on_a_body_is_a_504_too(gateway, upstream):
    async def behave(_request, _wire):
        await asyncio.sleep(60)

    upstream.behave = behave
    answer = await gateway.request("POST", "/orders", b"x" * 900_000, Authorization=gateway.bearer())
    assert answer.status == 504


BROKEN = {
    "content-length not met": b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this",
    "chunk cut": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nonly this",
    "last chunk missing": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nonly\r\n",
    "chunk size is no number": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nonly\r\nzz\r\n",
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("ends", ["closed", "stalled"])
async def test_a_broken_answer_never_looks_whole(gateway, upstream, sent, ends):
    async def behave(_request, wire):
        head, body = sent.split(b"\r\n\r\n", 1)
        await wire.send(head + b"\r\n\r\n")
        await asyncio.sleep(0.05)
        await wire.send(body)
        if ends == "stalled":
            await asyncio.sleep(60)
        wire.close()
        await wire.reader.read()

    upstream.behave = behave
    client = await gateway.connect()
    answer = await client.request("GET", "/books")
    assert answer.status == 200
    assert not answer.whole
    assert await client.is_closed()


@pytest.mark.parametrize(
    "ending", [b"", b"content-length: 100\r\n\r\nall at once", b"content-length: 1\r\ncontent-length: 2\r\n\r\nab"]
)
async def test_an_answer_that_is_none_is_a_502(gateway, upstream, ending):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\n" + ending)
        wire.close()
        await wire.reader.read()

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    if answer.status == 200:  # the headers were passed on before the end came
        assert not answer.whole
        return
    assert answer.status == 502
    assert json.loads(answer.body)["code"] == "bad_gateway"


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\x01b\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_garbage_is_a_502(gateway, upstream, garbage):
    async def behave(_request, wire):
        await wire.send(garbage)
        await asyncio.sleep(1)

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    assert (answer.status, json.loads(answer.body)["service"]) == (502, "book-service")


async def test_a_service_that_is_down_is_a_503_that_names_it(start_gateway):
    gateway = await start_gateway(book_url="http://127.0.0.1:1")
    answer = await gateway.request("GET", "/books")
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"], problem["service"]) == (503, "service_unavailable", "book-service")
    assert int(answer.one("retry-after")) > 0


async def test_duplicate_headers_and_cookies_are_kept_apart(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"
            b"set-cookie: a=1; Path=/\r\nset-cookie: b=2\r\nlink: <x>\r\nlink: <y>\r\n\r\n"
        )

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    assert answer.all("set-cookie") == ["a=1; Path=/", "b=2"]
    assert answer.all("link") == ["<x>", "<y>"]


async def test_no_cookie_is_ever_stored(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(set_cookie="session=anna; Path=/; Domain=127.0.0.1")

    upstream.behave = behave
    client = await gateway.connect()
    await client.request("GET", "/books")
    await client.request("GET", "/books")
    await gateway.request("GET", "/books")
    assert [request.all("cookie") for request in upstream.requests] == [[], [], []]


@pytest.mark.parametrize("status", ["301 Moved Permanently", "303 See Other", "307 Temporary Redirect"])
async def test_redirects_are_passed_on(gateway, upstream, status):
    async def behave(_request, wire):
        await wire.answer(status=status, location="http://127.0.0.1:1/elsewhere")

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    assert f"{answer.status}" == status[:3]
    assert answer.one("location") == "http://127.0.0.1:1/elsewhere"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("method", "status", "length"),
    [
        ("GET", "204 No Content", ""),
        ("GET", "304 Not Modified", "content-length: 12\r\n"),
        ("HEAD", "200 OK", "content-length: 12\r\n"),
    ],
)
async def test_answers_without_a_body_leave_the_connection_usable(gateway, upstream, method, status, length):
    async def behave(request, wire):
        if wire.requests == 1 and request.start.startswith(method):
            await wire.send(f'HTTP/1.1 {status}\r\n{length}etag: "v1"\r\n\r\n'.encode())
        else:
            await wire.answer(b"next")

    upstream.behave = behave
    client = await gateway.connect()
    answer = await client.request(method, "/books")
    assert f"{answer.status}" == status[:3]
    assert answer.one("etag") == '"v1"'
    assert answer.all("transfer-encoding") == []
    if method == "HEAD":
        assert answer.one("content-length") == "12"
    assert (await client.request("GET", "/books")).body == b"next"


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
async def test_interim_answers_are_not_the_answer(gateway, upstream, interim):
    async def behave(_request, wire):
        await wire.send(interim)
        await wire.answer(b"final")

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    assert (answer.status, answer.body, answer.all("link")) == (200, b"final", [])


async def test_a_compressed_answer_passes_as_it_is(gateway, upstream):
    packed = gzip.compress(b"text" * 100)

    async def behave(_request, wire):
        await wire.answer(packed, content_encoding="gzip")

    upstream.behave = behave
    answer = await gateway.request("GET", "/books", Accept_Encoding="gzip, br;q=0.5")
    assert answer.body == packed
    assert answer.one("content-encoding") == "gzip"
    assert upstream.last.one("accept-encoding") == "gzip, br;q=0.5"


async def test_an_answer_that_ends_with_its_connection_is_whole(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
        wire.close()
        await wire.reader.read()

    upstream.behave = behave
    answer = await gateway.request("GET", "/books")
    assert (answer.whole, answer.body) == (True, b"until the end")


async def test_a_slow_reader_holds_back_the_service(gateway, upstream):
    sent = 0

    async def behave(_request, wire):
        nonlocal sent
        await wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(512):
            await wire.send(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            sent += 0x10000
        await wire.send(b"0\r\n\r\n")

    upstream.behave = behave
    client = await gateway.connect(limit=1 << 16)
    await client.ask("GET", "/books")
    await asyncio.sleep(0.6)
    # 32 MiB are on offer. What was taken sits in the kernel's buffers of both connections.
    held_back_at = sent
    assert held_back_at < 16 << 20
    answer = await client.read()
    assert (answer.whole, len(answer.body)) == (True, 32 << 20)
