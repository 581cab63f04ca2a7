"""Connections between services: kept, given up, and never mixing up the answers of two requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from service_kit.plain_connections import PlainConnections

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """A server of a test's own: ``serve`` is called for each request, with all of it read."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.lost = asyncio.Event()
        self.serve: Serve = answer_with(ANSWER)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
                )
                self.requests.append(head + await reader.readexactly(length))
                await self.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.lost.set()
        finally:
            self.open.discard(writer)
            writer.close()


def answer_with(*parts: bytes) -> Serve:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    return serve


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Peer, str]]:
    peer = Peer()
    server = await asyncio.start_server(peer.handle, "127.0.0.1", 0)
    try:
        yield peer, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/things?with=query"
    finally:
        server.close()
        for writer in list(peer.open):
            writer.close()


@pytest.fixture
async def peer() -> AsyncIterator[tuple[Peer, str]]:
    async with listening() as found:
        yield found


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=PlainConnections()) as http:
        yield http


async def test_a_request_arrives_as_it_was_meant_and_its_answer_comes_back(peer, client):
    server, url = peer
    answer = await client.put(url, json={"quantity": 2}, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (200, {}, "application/json")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "put /things?with=query http/1.1"
    assert {"authorization: bearer x", "content-type: application/json", f"content-length: {len(body)}"} <= {*lines}
    assert sum(line.startswith("host: 127.0.0.1:") for line in lines) == 1
    assert body == b'{"quantity":2}'


async def test_one_connection_serves_request_after_request(peer, client):
    server, url = peer
    for _ in range(3):
        await client.get(url)
    assert server.connections == 1


async def test_requests_at_the_same_time_get_their_own_answers(peer, client):
    server, url = peer

    async def echo(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = next(request for request in reversed(server.requests))
        number = asked.partition(b"number=")[2].partition(b" ")[0]
        await asyncio.sleep(0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(number), number))

    server.serve = echo
    answers = await asyncio.gather(*(client.get(f"{url}&number={number}") for number in range(20)))
    assert [answer.text for answer in answers] == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    "parts",
    [
        [ANSWER[:9], ANSWER[9:40], ANSWER[40:]],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER],
    ],
    ids=["in pieces", "chunked", "after an interim answer"],
)
async def test_an_answer_may_come_in_any_form_that_http_has(peer, client, parts):
    server, url = peer
    server.serve = answer_with(*parts)
    for _ in range(2):
        answer = await client.get(url)
        assert (answer.status_code, answer.content) == (200, b"{}")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", httpx2.ReadError),
        (ANSWER[:30], httpx2.ReadError),
        (ANSWER[:-1], httpx2.ReadError),
        (b"SMTP ready\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 2_000_000, httpx2.RemoteProtocolError),
    ],
    ids=["nothing", "half a head", "half a body", "no HTTP", "without end"],
)
async def test_what_is_no_whole_answer_is_an_error_and_the_connection_is_given_up(peer, client, said, error):
    server, url = peer

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.close()

    server.serve = hang_up
    with pytest.raises(error):
        await client.get(url)
    server.serve = answer_with(ANSWER)
    assert (await client.get(url)).status_code == 200
    assert server.connections == 2


async def test_nobody_there_is_told_from_an_answer_that_did_not_come(client):
    async with listening() as (_, url):
        pass
    with pytest.raises(httpx2.ConnectError):
        await client.get(url)


async def test_what_comes_unasked_is_nobodys_answer(peer, client):
    server, url = peer
    server.serve = answer_with(ANSWER + ANSWER.replace(b"200 OK", b"500 Oh"))
    for _ in range(2):
        assert (await client.get(url)).status_code == 200
    assert server.connections == 2


async def test_a_connection_that_the_server_closes_is_not_used_again(peer, client):
    server, url = peer
    server.serve = answer_with(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    for _ in range(2):
        assert (await client.get(url)).status_code == 200
    assert server.connections == 2


async def test_a_connection_that_lay_idle_too_long_is_not_used_again(peer):
    server, url = peer
    async with httpx2.AsyncClient(transport=PlainConnections(idle_seconds=0)) as http:
        for _ in range(2):
            assert (await http.get(url)).status_code == 200
    assert server.connections == 2


async def test_a_call_that_is_given_up_closes_its_connection(peer, client):
    server, url = peer
    arrived = asyncio.Event()

    async def keep_waiting(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.readexactly(1)

    server.serve = keep_waiting
    call = asyncio.create_task(client.get(url))
    await arrived.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(server.lost.wait(), 10)
    server.serve = answer_with(ANSWER)
    assert (await client.get(url)).status_code == 200


async def test_there_are_never_more_connections_than_allowed(peer):
    server, url = peer
    async with httpx2.AsyncClient(transport=PlainConnections(most=2)) as http:
        answers = await asyncio.gather(*(http.get(url) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert server.connections <= 2
