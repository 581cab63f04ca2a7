"""Requests that two programs could read differently: refused, the connection closed, and no service has seen a byte.

One row per trick. What follows the trick on the same connection is another person's request to a service that was
fooled, so it must not be read.
"""

import json

SMUGGLED = b"GET /books/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def post(*headers: bytes, body: bytes = b"") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"POST /books HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer}\r\n" + lines + b"\r\n" + body


def get(*headers: bytes, target: bytes = b"/books", version: bytes = b"HTTP/1.1") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers or (b"Host: a",))
    return b"GET " + target + b" " + version + b"\r\n" + lines + b"\r\n"


CHUNKED = b"Transfer-Encoding: chunked"
ABUSE = {
    "length and chunks": (post(b"Content-Length: 4", CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks and length": (post(CHUNKED, b"Content-Length: 4", body=b"0\r\n\r\n"), 400),
    "two lengths": (post(b"Content-Length: 0", b"Content-Length: 42"), 400),
    "the same length twice": (post(b"Content-Length: 0", b"Content-Length: 0"), 400),
    "a list of lengths": (post(b"Content-Length: 0, 0"), 400),
    "a signed length": (post(b"Content-Length: +1", body=b"a"), 400),
    "a negative length": (post(b"Content-Length: -1"), 400),
    "a hexadecimal length": (post(b"Content-Length: 0x1", body=b"a"), 400),
    "an empty length": (post(b"Content-Length:"), 400),
    "a length with a space inside": (post(b"Content-Length: 1 2", body=b"a"), 400),
    "a length past 64 bits": (post(b"Content-Length: 18446744073709551617", body=b"a"), 400),
    "chunked, then something": (post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"), 400),
    "something, then chunked": (post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 501),
    "chunked twice": (post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), 400),
    "chunked in two headers": (post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunked and another header": (post(CHUNKED, b"Transfer-Encoding: identity", body=b"0\r\n\r\n"), 400),
    "an unknown coding": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
    "identity": (post(b"Transfer-Encoding: identity"), 501),
    "a coding that is quoted": (post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), 501),
    "a vertical tab in the coding": (post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), 400),
    "a tab in the name of the coding": (post(b"Transfer-Encoding\t: chunked", body=b"0\r\n\r\n"), 400),
    "a space before the colon": (post(b"Content-Length : 0"), 400),
    "a name with a space": (get(b"Host: a", b"X Y: z"), 400),
    "a name that is empty": (get(b"Host: a", b": z"), 400),
    "a line without colon": (get(b"Host: a", b"nonsense"), 400),
    "a folded line": (get(b"Host: a", b"X: y\r\n Authorization: z"), 400),
    "a folded first line": (get(b" Host: a", b"Host: a"), 400),
    "bare LF in the head": (b"GET /books HTTP/1.1\nHost: a\n\n", 400),
    "bare LF after a header": (b"GET /books HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    "bare LF as the end": (b"GET /books HTTP/1.1\r\nHost: a\r\n\n", 400),
    "bare CR in a header": (get(b"Host: a", b"X: a\rY: b"), 400),
    "NUL in a header": (get(b"Host: a", b"X: a\0b"), 400),
    "bare LF in the chunks": (post(CHUNKED, body=b"1\na\n0\n\n"), 400),
    "a chunk longer than it says": (post(CHUNKED, body=b"1\r\nabc\r\n0\r\n\r\n"), 400),
    "a chunk size that is none": (post(CHUNKED, body=b"g\r\n"), 400),
    "a signed chunk size": (post(CHUNKED, body=b"-1\r\n"), 400),
    "a chunk size in C": (post(CHUNKED, body=b"0x1\r\na\r\n0\r\n\r\n"), 400),
    "a chunk size past 64 bits": (post(CHUNKED, body=b"10000000000000000\r\na"), 400),
    "a space after the chunk size": (post(CHUNKED, body=b"1 \r\na\r\n0\r\n\r\n"), 400),
    "an absolute URL": (get(target=b"http://a/books"), 400),
    "an absolute URL of another": (get(target=b"http://127.0.0.1:1/books"), 400),
    "CONNECT": (b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400),
    "CONNECT to a path": (b"CONNECT /books HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "HTTP/0.9": (b"GET /books\r\n", 400),
    "HTTP/1.2": (get(version=b"HTTP/1.2"), 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "HTTP/0.9 by name": (get(version=b"HTTP/0.9"), 505),
    "HTTP/2 by name": (get(version=b"HTTP/2.0"), 505),
    "another protocol": (get(version=b"ICAP/1.0"), 400),
    "a tab": (b"GET\t/books HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a space in the target": (get(target=b"/books /x"), 400),
    "no host": (get(b"X: y"), 400),
    "two hosts": (get(b"Host: a", b"Host: b"), 400),
    "a lower-case method": (b"get /books HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "chunks in HTTP/1.0": (
        b"POST /books HTTP/1.0\r\nHost: a\r\nAuthorization: {bearer}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "an unknown expectation": (post(b"Expect: 200-ok", b"Content-Length: 0"), 417),
}


async def what_happens(gateway, sent):
    """Return the answer, and whether the connection was closed after it as it said."""
    client = await gateway.connect()
    await client.send(sent.replace(b"{bearer}", gateway.bearer("editor").encode()) + SMUGGLED)
    answer = await client.read()
    return answer, answer.all("connection") == ["close"] and await client.is_closed()


async def test_abuse_is_refused_and_reaches_no_service(gateway, upstream):
    wrong = {}
    for trick, (sent, status) in ABUSE.items():
        answer, closed = await what_happens(gateway, sent)
        problem = json.loads(answer.body) if answer.status != 200 else {}
        reached = [request.target for request in upstream.requests]
        if (answer.status, problem.get("status"), closed, reached) != (status, status, True, []):
            wrong[trick] = (answer.status, closed, reached)
        upstream.requests.clear()
    assert wrong == {}
