"""What a client sends reaches the service byte for byte, or is refused before anything is read into it."""

import asyncio
import json

import pytest

LARGE = 70_000
"""More than the gateway takes before it bothers a service."""

TARGETS = [
    "/books",
    "/books/",
    "/books/?q=a%20b+c&x=%zz&&;=",
    "/books?q=\"<>|^`{}'\\",
    "/books/isbn/978-0-306-40615-7?a=?b#".rstrip("#"),
    "/books/%41%7e;v=1,2?q=%C3%A9%2F..%2f",
]


@pytest.mark.parametrize("target", TARGETS)
async def test_path_and_query_are_kept_byte_for_byte(gateway, upstream, target):
    answer = await gateway.request("GET", target)
    assert answer.status == 200
    assert upstream.last.target == target


REFUSED = [
    "/books/../internal/revocations",
    "/books/..",
    "/books/./x",
    "/books/%2e%2e/internal",
    "/books/.%2E/internal",
    "/books/..;/internal",
    "/books//internal",
    "//books",
    "/books/..%2finternal",
    "/books/%5c..%5cinternal",
    "/books/\\internal",
    "/books/%00",
    "/books/%0d%0aX:y",
    "/books/%7f",
    "/books/%zz",
    "/books#fragment",
    "http://127.0.0.1:1/books",
    "*",
]


@pytest.mark.parametrize("target", REFUSED)
async def test_a_path_that_could_be_read_in_two_ways_is_refused(gateway, upstream, target):
    answer = await gateway.request("GET", target)
    assert answer.status == 400
    problem = json.loads(answer.body)
    assert problem["code"] in {"bad_path", "malformed_request"}
    assert problem["request_id"] == answer.one("x-request-id")
    assert upstream.requests == []


@pytest.mark.parametrize("target", [b"/books/\xc3\xa9", b"/books?q=\xff", b"/books/\x01"])
async def test_raw_bytes_that_no_url_has_are_refused(gateway, upstream, target):
    answer = await gateway.send(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 400
    assert answer.one("content-type") == "application/problem+json"
    assert upstream.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/internal/revocations",
        "/metrics",
        "/booksellers",
        "/auth",
        "/auth/token",
        "/%62ooks",
        "/BOOKS",
        "/internal",
        "/.well-known/x",
    ],
)
async def test_what_is_not_listed_is_not_there(gateway, upstream, path):
    answer = await gateway.request("GET", path, Authorization=gateway.bearer("admin"))
    assert (answer.status, json.loads(answer.body)["code"]) == (404, "not_found")
    assert upstream.requests == []


async def test_headers_of_one_connection_and_of_identity_are_stripped(gateway, upstream):
    await gateway.send(
        b"GET /books HTTP/1.1\r\nHost: shop.example\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\n"
        b"TE: trailers\r\nProxy-Authorization: x\r\nX-User-Id: admin\r\nx-internal-token: y\r\n"
        b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
        b"Accept: text/plain\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n"
    )
    got = upstream.last
    names = sorted(name.lower() for name, _ in got.headers)
    assert names == ["accept", "host", "x-forwarded-for", "x-request-id", "x-twice", "x-twice"]
    assert got.one("x-forwarded-for") == "127.0.0.1"
    assert got.one("host") == upstream.url.removeprefix("http://")
    assert got.all("x-twice") == ["1", "2"]


async def test_the_service_sees_authorization_and_cookie_as_sent(gateway, upstream):
    token = gateway.bearer()
    await gateway.request("GET", "/books", Authorization=token, Cookie="a=1; b=2")
    assert upstream.last.one("authorization") == token
    assert upstream.last.one("cookie") == "a=1; b=2"


async def test_a_sane_request_id_goes_through_and_comes_back_once(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(x_request_id="the-service-has-its-own")

    upstream.behave = behave
    answer = await gateway.request("GET", "/books", X_Request_ID="trace-7")
    assert answer.all("x-request-id") == ["trace-7"]
    assert upstream.last.one("x-request-id") == "trace-7"


async def test_another_request_id_is_replaced(gateway, upstream):
    answer = await gateway.request("GET", "/books", X_Request_ID="<script>")
    assert answer.one("x-request-id") == upstream.last.one("x-request-id") != "<script>"


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nHost: a\r\n"])
async def test_there_must_be_exactly_one_host(gateway, upstream, hosts):
    answer = await gateway.send(b"GET /books HTTP/1.1\r\n" + hosts + b"\r\n")
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "bad_headers")
    assert upstream.requests == []


async def test_two_authorizations_are_refused(gateway, upstream):
    token = gateway.bearer().encode()
    answer = await gateway.send(
        b"GET /books HTTP/1.1\r\nHost: a\r\nAuthorization: " + token + b"\r\nAuthorization: x\r\n\r\n"
    )
    assert answer.status == 400
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /books?" + b"q" * 9000 + b" HTTP/1.1\r\nHost: a\r\n", 414),
        (b"GET /books HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 101, 431),
        (b"GET /books HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 33_000 + b"\r\n", 431),
        (b"GET /books HTTP/1.1\r\nHost: a\r\nBad Name: y\r\n", 400),
        (b"BREW /books HTTP/1.1\r\nHost: a\r\n", 400),
        (b"PROPFIND /books HTTP/1.1\r\nHost: a\r\n", 501),
        (b"TRACE /books HTTP/1.1\r\nHost: a\r\n", 501),
        (b"POST /books HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
    ],
)
async def test_heads_that_are_too_much_or_malformed(gateway, upstream, head, status):
    answer = await gateway.send(head + b"\r\n")
    assert answer.status == status
    assert answer.one("content-type") == "application/problem+json"
    assert json.loads(answer.body)["status"] == status
    assert upstream.requests == []


@pytest.mark.parametrize(
    "start",
    [
        b"GET /books HTTP/1.1\r\nHost: a\r\nX: ",
        b"GET /",
        b"POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
)
async def test_a_line_without_end_is_given_up(gateway, start):
    client = await gateway.connect()
    sent = len(start)
    client.writer.write(start)
    try:
        while sent < 16 << 20:
            await client.send(b"y" * 8192)
            sent += 8192
            await asyncio.sleep(0)
    except ConnectionError:
        pass
    assert sent < 16 << 20


async def test_trailers_do_not_become_headers(gateway, upstream):
    async def behave(request, wire):
        await wire.take_body(request)
        await wire.answer()

    upstream.behave = behave
    token = gateway.bearer().encode()
    for size in (3, 100_000):
        answer = await gateway.send(
            b"POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nAuthorization: %b\r\n\r\n"
            b"%x\r\n%b\r\n0\r\nHost: b\r\nX-Role: admin\r\n\r\n" % (token, size, bytes(size))
        )
        assert answer.status == 200
        assert upstream.last.all("x-role") == []
        assert upstream.last.body == bytes(size)


async def test_an_offer_of_another_protocol_is_declined(gateway, upstream):
    client = await gateway.connect()
    answer = await client.request("GET", "/books", Connection="Upgrade", Upgrade="h2c")
    assert (answer.status, answer.one("connection")) == (200, "close")
    assert upstream.last.all("upgrade") == []
    assert await client.is_closed()


async def test_a_large_body_streams_to_the_service_as_it_comes(gateway, upstream):
    got = asyncio.Queue()

    async def behave(_request, wire):
        got.put_nowait(await wire.reader.readexactly(LARGE))
        got.put_nowait(await wire.reader.readexactly(5))
        await wire.answer()

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length=str(LARGE + 5))
    await client.send(bytes(LARGE))
    async with asyncio.timeout(0.25):
        assert await got.get() == bytes(LARGE)
    await client.send(b"-last")
    assert (await client.read()).status == 200
    assert await got.get() == b"-last"
    assert upstream.last.one("content-length") == str(LARGE + 5)


@pytest.mark.parametrize("length", [{"Content_Length": "3"}, {"Transfer_Encoding": "chunked"}])
async def test_no_service_waits_for_a_small_body_that_trickles(start_gateway, upstream, length):
    async def behave(request, wire):
        await wire.take_body(request)
        await wire.answer()

    upstream.behave = behave
    gateway = await start_gateway(connections_per_service=1, upload_seconds=5)
    slow = [await gateway.connect() for _ in range(3)]
    for client in slow:
        await client.ask("POST", "/orders", Authorization=gateway.bearer(), **length)
        await client.send(b"a" if "Content_Length" in length else b"1\r\na\r\n")
    assert (await gateway.request("POST", "/orders", b"xyz", Authorization=gateway.bearer())).status == 200
    assert len(upstream.requests) == 1
    for client in slow:
        await client.send(b"bc" if "Content_Length" in length else b"2\r\nbc\r\n0\r\n\r\n")
        assert (await client.read()).status == 200
        assert upstream.last.body == b"abc"


async def test_a_client_that_waits_for_leave_to_send_gets_it(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(await wire.reader.readexactly(3))

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="3", Expect="100-continue")
    assert b" 100 " in await client.reader.readuntil(b"\r\n\r\n")
    await client.send(b"a=b")
    assert (await client.read()).body == b"a=b"
    assert upstream.last.all("expect") == []


async def test_a_declared_body_over_the_cap_is_refused_before_it_is_read(start_gateway, upstream):
    gateway = await start_gateway(max_body_bytes=2048)
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="2049")
    answer = await client.read()
    assert (answer.status, json.loads(answer.body)["code"]) == (413, "body_too_large")
    assert upstream.requests == []


async def test_a_chunked_body_over_the_cap_is_refused_while_it_streams(start_gateway, upstream):
    async def behave(_request, wire):
        await wire.reader.read()

    upstream.behave = behave
    gateway = await start_gateway(max_body_bytes=100_000)
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Transfer_Encoding="chunked")
    await client.send(b"%x\r\n%b\r\n" % (LARGE, bytes(LARGE)))
    await upstream.asked(1)
    await client.send(b"%x\r\n%b\r\n" % (LARGE, bytes(LARGE)))
    assert (await client.read()).status == 413
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 1)


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_file_to_import_may_be_larger_than_other_bodies(start_gateway, upstream, chunked):
    received = []

    async def behave(request, wire):
        await wire.take_body(request)
        received.append(request.body)
        await wire.answer()

    async def send(gateway, path, size):
        client = await gateway.connect()
        length = {"Transfer_Encoding": "chunked"} if chunked else {"Content_Length": str(size)}
        await client.ask("POST", path, Authorization=gateway.bearer("editor"), **length)
        await client.send(b"%x\r\n%b\r\n0\r\n\r\n" % (size, bytes(size)) if chunked else bytes(size))
        return await client.read()

    upstream.behave = behave
    gateway = await start_gateway(max_body_bytes=2048, max_import_bytes=4096)
    assert (await send(gateway, "/books/imports?name=a.csv", 4096)).status == 200
    assert received == [bytes(4096)]
    for path, limit in (("/books/imports/", 4096), ("/books", 2048), ("/books/export", 2048)):
        refused = await send(gateway, path, limit + 1)
        assert (refused.status, json.loads(refused.body)["limit"]) == (413, limit)


async def test_a_client_that_stops_in_its_body_is_a_408(gateway, upstream):
    async def behave(_request, wire):
        await wire.reader.read()

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length=str(2 * LARGE))
    await client.send(bytes(LARGE))
    assert (await client.read()).status == 408
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 1)


async def test_an_answer_may_come_before_the_body_is_whole(gateway, upstream):
    async def behave(_request, wire):
        await wire.answer(b"no thanks", status="403 Forbidden")
        await wire.reader.read()

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length=str(2 * LARGE))
    await client.send(bytes(LARGE))
    answer = await client.read()
    assert (answer.status, answer.body) == (403, b"no thanks")
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 1)
