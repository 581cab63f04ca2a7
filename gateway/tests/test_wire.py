"""HTTP as it is spoken with clients: old versions, requests in a row, answers before their time."""

import asyncio
import json

import pytest


async def read_to_the_end(client):
    async with asyncio.timeout(5):
        return await client.reader.read()


OLD = b"GET /books HTTP/1.0\r\nHost: a\r\n\r\n"


async def test_an_old_client_gets_a_body_without_chunks_that_ends_with_its_connection(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n")
        await asyncio.sleep(0.05)
        await wire.send(b"5\r\n more\r\n0\r\n\r\n")

    upstream.behave = behave
    client = await gateway.connect()
    await client.send(OLD)
    head, _, body = (await read_to_the_end(client)).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == b"some more"


async def test_an_old_client_sees_that_such_a_body_is_not_whole(gateway, upstream):
    async def behave(_request, wire):
        await wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n")
        await asyncio.sleep(0.05)
        wire.close()
        raise ConnectionError

    upstream.behave = behave
    client = await gateway.connect()
    await client.send(OLD)
    with pytest.raises(ConnectionResetError):
        await read_to_the_end(client)


async def test_an_old_client_gets_a_length_where_there_is_one(gateway):
    client = await gateway.connect()
    await client.send(OLD.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n"))
    head, _, body = (await read_to_the_end(client)).partition(b"\r\n\r\n")
    assert b"content-length: 2" in head
    assert b"100 Continue" not in head
    assert body == b"ok"


async def test_garbage_after_a_whole_request_ends_the_connection_after_its_answer(gateway, upstream):
    async def behave(request, wire):
        await asyncio.sleep(0.05)
        await wire.answer(request.target.encode())

    upstream.behave = behave
    client = await gateway.connect()
    await client.send(
        b"GET /books/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /books/2 HTTP/1.1\r\nHost: a\r\n\r\n"
        b"\x00garbage\r\n\r\nGET /books/3 HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    assert (await client.read()).body == b"/books/1"
    last = await client.read()
    assert (last.body, last.one("connection")) == (b"/books/2", "close")
    assert await client.is_closed()
    assert [request.target for request in upstream.requests] == ["/books/1", "/books/2"]


async def test_a_refused_request_in_a_row_ends_it(gateway, upstream):
    client = await gateway.connect()
    await client.send(
        b"GET /books/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /books/%00 HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET /books/3 HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    assert (await client.read()).status == 200
    assert (await client.read()).status == 400
    assert await client.is_closed()
    assert [request.target for request in upstream.requests] == ["/books/1"]


async def test_broken_chunks_after_some_that_were_passed_on_end_the_call(start_gateway, upstream):
    gateway = await start_gateway(upload_seconds=60)

    async def behave(_request, wire):
        await wire.reader.read()
        raise ConnectionError

    upstream.behave = behave
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Transfer_Encoding="chunked")
    await client.send(b"20000\r\n" + bytes(0x20000) + b"\r\n")
    await upstream.asked(1)
    await client.send(b"1\r\nabc\r\n0\r\n\r\n" + OLD)
    answer = await client.read()
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "malformed_request")
    await asyncio.wait_for(upstream.closed_by_gateway.wait(), 1)
    assert await client.is_closed()
    assert len(upstream.requests) == 1


async def test_headers_whose_names_only_look_like_others_do_not_pass(gateway, upstream):
    answer = await gateway.send(
        b"GET /books HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 6.6.6.6\r\nX_User-Id: admin\r\nContent_Length: 9\r\n"
        b"Transfer_Encoding: chunked\r\n\r\n"
    )
    assert answer.status == 200
    assert {name.lower() for name, _ in upstream.last.headers} == {"host", "x-request-id", "x-forwarded-for"}
    assert upstream.last.one("x-forwarded-for") == "127.0.0.1"


async def test_an_answer_before_the_end_of_a_body_is_read_by_a_client_that_is_still_sending(start_gateway, upstream):
    gateway = await start_gateway(max_body_bytes=2048)
    client = await gateway.connect()
    await client.ask("POST", "/orders", Authorization=gateway.bearer(), Content_Length="2000000")
    for _ in range(20):
        await client.send(bytes(50_000))
        await asyncio.sleep(0.005)
    answer = await client.read()
    assert (answer.status, answer.one("connection")) == (413, "close")
    await client.send(bytes(1_000_000) + OLD)
    assert await client.is_closed()
    assert upstream.requests == []


async def test_a_client_that_is_told_no_instead_of_to_go_on_cannot_hide_a_request_in_its_body(gateway, upstream):
    client = await gateway.connect()
    await client.ask("POST", "/orders", Content_Length=str(len(OLD)), Expect="100-continue")
    answer = await client.read()
    assert (answer.status, answer.one("connection")) == (401, "close")
    await client.send(OLD)
    assert await client.is_closed()
    assert upstream.requests == []
