"""What the pages take from a connection before any page is asked: a raw socket against a running server."""

import asyncio
import contextlib

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from web_frontend import connection
from web_frontend.connection import Connection


async def _echo(scope, receive, send):
    """Answer with the number of headers and of bytes of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await PlainTextResponse(f"{len(scope['headers'])} headers, {size} bytes")(scope, receive, send)


async def _no(scope, receive, send):
    """Answer without a look at the body."""
    await PlainTextResponse("no", 405)(scope, receive, send)


@contextlib.asynccontextmanager
async def _serving(app):
    config = uvicorn.Config(app, port=0, http=Connection, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


@pytest.fixture(scope="module")
async def port():
    """Serve the echo over the protocol, with short patience."""
    patience = connection.HEAD_SECONDS, connection.BODY_SECONDS
    connection.HEAD_SECONDS = connection.BODY_SECONDS = 0.3
    async with _serving(_echo) as number:
        yield number
    connection.HEAD_SECONDS, connection.BODY_SECONDS = patience


@pytest.fixture(scope="module")
async def hasty_port():
    """Serve somebody who answers at once, over the protocol."""
    async with _serving(_no) as number:
        yield number


async def talk(port: int, *pieces: bytes) -> bytes:
    """Send the pieces, and return all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        with contextlib.suppress(ConnectionError):
            writer.write(piece)
            await writer.drain()
        await asyncio.sleep(0)
    answer = b""
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", b"431"),
        (HEAD + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (HEAD + b"X: " + b"y" * 200_000, b"431"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET /" + b"a" * 200_000, b"414"),
        (b"GET / HTTP/1.1\r\nX y\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: y\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
    ],
)
async def test_heads_that_will_not_end_are_refused_with_a_protected_answer(port, request_bytes, status):
    answer = await talk(port, request_bytes)
    # Who is still sending when the connection is closed may not get to read why.
    if len(request_bytes) < 100_000 or answer:
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert b"content-security-policy: default-src 'none'" in answer
        assert b"x-content-type-options: nosniff" in answer


async def test_a_request_that_was_answered_before_its_end_gets_no_second_answer(hasty_port):
    reader, writer = await asyncio.open_connection("127.0.0.1", hasty_port)
    head = HEAD.replace(b"Connection: close\r\n", b"Transfer-Encoding: chunked\r\n")
    writer.write(head + b"\r\n1;")
    await reader.readuntil(b"no")
    # An extension of a chunk that does not end is given up after as many bytes as a head may have.
    writer.write(b"a" * 82_000)
    rest = b""
    with contextlib.suppress(ConnectionError):
        rest = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert rest == b""


async def test_what_a_browser_with_much_to_remember_sends_is_taken(port):
    answer = await talk(port, HEAD + b"Cookie: " + b"a" * 40_000 + b"\r\nContent-Length: 2\r\n\r\nab")
    assert answer.endswith(b"4 headers, 2 bytes")


async def test_trailers_are_not_taken_for_headers_and_may_not_go_on_for_ever(port):
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    assert (await talk(port, chunked + b"X-Late: 1\r\n\r\n")).endswith(b"3 headers, 1 bytes")
    answer = await talk(port, chunked, *[b"X: " + b"y" * 1_000 + b"\r\n"] * 200)
    assert answer[:12] in {b"", b"HTTP/1.1 431"}


@pytest.mark.parametrize(
    "pieces",
    [(), (b"GET / HT",), (HEAD,), (HEAD + b"Content-Length: 10\r\n\r\n", b"ab")],
    ids=["nothing", "a line", "a head", "a body"],
)
async def test_nobody_holds_a_connection_by_sending_nothing(port, pieces):
    async with asyncio.timeout(30):
        assert (await talk(port, *pieces)).startswith(b"HTTP/1.1 408")
