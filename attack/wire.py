"""Group wire: requests that two programs could read differently, sent byte by byte to the gateway and to the pages."""

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from attack import raw_http
from attack.people import Caller, sign_up
from attack.report import Report, curl, shown_bytes
from attack.shop import Shop

_SMUGGLED = "/books/suggest?q=smuggled"
_BIG = 1 << 20
_AMBIGUOUS = re.compile(r"//|\\|%2f|%5c|%00|/(?:\.|%2e){1,2}(?:[/;]|$)", re.IGNORECASE)
"""A path that two programs could read differently has to be refused as such, before anybody looks for it."""
_BAD_FORM = frozenset({400, 408, 413, 414, 431, 501, 505})
REFUSALS = frozenset({400, 401, 404, 405, 408, 411, 413, 414, 415, 417, 422, 426, 431, 501, 505})
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Attack:
    """Bytes, and how many answers they may get at the most.

    ``refused``: none may be a success. ``strict``: it has to be refused for its form, not for want of a token.
    """

    what: str
    data: bytes
    answers: int = 1
    refused: bool = True
    strict: bool = False


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Send each attack to the gateway, and those that are not about its paths to the pages too."""
    person = sign_up(shop, "wire")
    bearer = f"Authorization: Bearer {person.bearer}\r\n".encode()
    for port, host in ((shop.ports["GATEWAY_PORT"], shop.api), (shop.ports["WEB_PORT"], shop.web)):
        for each in (*_smuggling(bearer), *_heads(bearer), *_bodies(bearer), *_methods(bearer)):
            _try(report, port, host, each)
        exchange = raw_http.send(port, _request(b"/health/live"))
        report.expect(exchange.status == 200, f"{host} does not answer any more", curl("GET", f"{host}/health/live"))  # noqa: PLR2004
    _try_paths(shop, report, person, quick=quick)
    _try_pipelining(shop, report, bearer)
    time.sleep(0.5)
    for service in ("gateway", "auth-service", "book-service", "order-service"):
        seen = "smuggled" in shop.log(service)
        report.expect(not seen, f"{service} was asked what was smuggled in a body", f"grep smuggled log/{service}.log")


def _try(report: Report, port: int, host: str, each: Attack) -> None:
    exchange = raw_http.send(port, each.data, seconds=3.0)
    shown = f"printf {shown_bytes(each.data)} | nc 127.0.0.1 {port}"
    statuses = [answer.status for answer in exchange.answers]
    report.expect(len(statuses) <= each.answers, f"{host}, {each.what}: {len(statuses)} answers {statuses}", shown)
    if each.strict:
        held = all(status in _BAD_FORM for status in statuses)
    elif each.refused:
        # The pages send whoever has no session to sign in.
        held = all(answer.status in REFUSALS or _leads_to_sign_in(answer) for answer in exchange.answers)
    else:
        held = all(status < 500 or status == 505 for status in statuses)  # noqa: PLR2004
    report.expect(held and not _shows_inside(exchange), f"{host}, {each.what}: answered {statuses}", shown)


def _leads_to_sign_in(answer: raw_http.Answer) -> bool:
    return answer.headers.get("location", "").startswith("/sign-in")


def _shows_inside(exchange: raw_http.Exchange) -> bool:
    return b"Traceback" in exchange.rest or any(b"Traceback" in answer.body for answer in exchange.answers)


def _request(path: bytes, headers: bytes = b"", body: bytes = b"", method: bytes = b"GET") -> bytes:
    return b"%b %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n%b" % (method, path, headers, body)


def _smuggling(bearer: bytes) -> Iterator[Attack]:
    inner = _request(_SMUGGLED.encode(), bearer)
    length, chunked = b"Content-Length: %d\r\n" % len(inner), b"Transfer-Encoding: chunked\r\n"
    post = bearer + b"Content-Type: application/json\r\n"

    def of(what: str, headers: bytes, body: bytes, answers: int = 1) -> Attack:
        return Attack(what, _request(b"/books", post + headers, body, b"POST"), answers)

    yield of("CL and TE", length + chunked, b"0\r\n\r\n" + inner)
    yield of("TE and CL", chunked + b"Content-Length: 4\r\n", b"5c\r\n" + inner + b"\r\n0\r\n\r\n")
    yield of("two CL that differ", b"Content-Length: 0\r\n" + length, inner)
    yield of("two CL that agree", length + length, inner)
    yield of("CL list", b"Content-Length: 0, %d\r\n" % len(inner), inner)
    for value in (b"+5", b"-1", b"0x5", b"5 5", b"5;", b"1e1", b"", b"9" * 30, b"\xb2"):
        yield of(f"CL {value!r}", b"Content-Length: %b\r\n" % value, inner)
    for line in (
        *(b"Transfer-Encoding: xchunked", b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked, identity"),
        *(
            b"Transfer-Encoding: identity, chunked, identity",
            b"Transfer-Encoding: \x0bchunked",
            b"Transfer-Encoding:\xa0chunked",
        ),
        *(
            b"X: x\nTransfer-Encoding: chunked",
            b"Transfer-Encoding\n: chunked",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        ),
        *(
            b"Transfer-Encoding:\r\n chunked",
            b'Transfer-Encoding: "chunked"',
            b"Transfer-Encoding: chunked;q=1",
            b"Transfer-Encoding: cow",
        ),
        *(b"Transfer_Encoding: chunked", b"Transfer-Encoding: chunKed\x00", b"Content-Encoding: chunked"),
    ):
        yield of(f"TE {line!r}", line + b"\r\n" + length, b"0\r\n\r\n" + inner)
    # One request and its body, whatever the body looks like: the connection may go on, but the body is no request.
    yield of("CL and a request as the body", length, inner)
    for size in (b"0x5", b"-5", b"5 ", b" 5", b"g", b"", b"fffffffffffffffff", b"5\x00", b"+5"):
        yield of(f"chunk size {size!r}", chunked, size + b"\r\nhello\r\n0\r\n\r\n" + inner)
    yield of("chunk longer than said", chunked, b"3\r\nhello\r\n0\r\n\r\n" + inner)
    yield of("chunk without a line end", chunked, b"5\r\nhello0\r\n\r\n" + inner)
    yield of("chunk ends with LF", chunked, b"5\nhello\n0\n\n" + inner)
    yield of("a chunk extension with LF", chunked, b"5;a\nb\r\nhello\r\n0\r\n\r\n" + inner)
    yield of(
        "a trailer that is a header", chunked + b"Trailer: Authorization\r\n", b"0\r\nAuthorization: Bearer x\r\n\r\n"
    )
    yield Attack("GET with a body", _request(b"/books", length, inner), 1)
    yield Attack(
        "an upgrade to h2c", _request(b"/books", b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n") + inner
    )
    yield Attack("HTTP/2 by prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner)


def _heads(bearer: bytes) -> Iterator[Attack]:
    end = b"Host: localhost\r\n\r\n"
    yield Attack("no Host", b"GET /books HTTP/1.1\r\n%b\r\n" % bearer, strict=True)
    yield Attack("two Hosts", b"GET /books HTTP/1.1\r\nHost: evil.example\r\n" + bearer + end, strict=True)
    yield Attack("Host with user", b"GET /books HTTP/1.1\r\nHost: a@b\r\nHost: c\r\n" + bearer + b"\r\n", strict=True)
    yield Attack("bare LF", b"GET /books HTTP/1.1\nHost: localhost\n\n" + _request(_SMUGGLED.encode(), bearer))
    yield Attack("bare CR", b"GET /books HTTP/1.1\rHost: localhost\r\r")
    yield Attack("obs-fold", b"GET /books HTTP/1.1\r\nX-A: b\r\n Authorization: Bearer x\r\n" + end)
    yield Attack("a header without colon", b"GET /books HTTP/1.1\r\nAuthorization\r\n" + end, strict=True)
    yield Attack("a space before the colon", b"GET /books HTTP/1.1\r\nHost : localhost\r\n\r\n", strict=True)
    yield Attack("NUL in a header", b"GET /books HTTP/1.1\r\nX-A: a\x00b\r\n" + end, strict=True)
    yield Attack("CR in a header", b"GET /books HTTP/1.1\r\nX-A: a\rb\r\n" + end)
    yield Attack("an empty header name", b"GET /books HTTP/1.1\r\n: x\r\n" + end)
    yield Attack(
        "5,000 headers",
        b"GET /books HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(5000)) + end,
        strict=True,
    )
    yield Attack("a header of a mebibyte", b"GET /books HTTP/1.1\r\nX-A: " + b"a" * _BIG + b"\r\n" + end, strict=True)
    yield Attack(
        "a header name of a mebibyte", b"GET /books HTTP/1.1\r\n" + b"a" * _BIG + b": b\r\n" + end, strict=True
    )
    yield Attack("a path of a mebibyte", b"GET /" + b"a" * _BIG + b" HTTP/1.1\r\n" + end, strict=True)
    for line in (
        *(
            b"GET /books",
            b"GET /books HTTP/0.9",
            b"GET /books HTTP/1.2",
            b"GET /books HTTP/2.0",
            b"GET /books HTTP/9.9",
        ),
        *(
            b"GET  /books HTTP/1.1",
            b"GET\t/books\tHTTP/1.1",
            b"GET /books  HTTP/1.1",
            b"GET /books HTTP/1.1 ",
            b" GET /books HTTP/1.1",
        ),
        *(
            b"GET /books http/1.1",
            b"GET /books HTTP/1,1",
            b"GET /books HTTP/11",
            b"/books",
            b"GET",
            b"\x16\x03\x01\x02\x00",
            b"\x00",
        ),
        *(b"GET /books ICY/1.0", b"GET /books RTSP/1.0", b"get /books HTTP/1.1", b"G\x00T /books HTTP/1.1"),
    ):
        yield Attack(f"request line {line!r}", line + b"\r\n" + bearer + end, refused=False)


def _bodies(bearer: bytes) -> Iterator[Attack]:
    head = bearer + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    yield Attack("chunks without end", _request(b"/books", head, chunk * 130, b"POST"))
    extension = b"1;" + b"a" * 300_000 + b"\r\na\r\n0\r\n\r\n"
    yield Attack("a chunk extension of 300 kB", _request(b"/books", head, extension, b"POST"))
    yield Attack("a million tiny chunks", _request(b"/books", head, b"1\r\na\r\n" * 300_000, b"POST"))
    trailers = b"0\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(5000)) + b"\r\n"
    yield Attack("5,000 trailers", _request(b"/books", head, trailers, b"POST"))
    yield Attack(
        "a body of 3 MB", _request(b"/books", bearer + b"Content-Length: 3000000\r\n", b"a" * 3_000_000, b"POST")
    )
    yield Attack(
        "a body said to be huge", _request(b"/books", bearer + b"Content-Length: 99999999999\r\n", b"a", b"POST")
    )
    bomb = b"Content-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 20\r\n"
    yield Attack("a body said to be gzip", _request(b"/books", bearer + bomb, b"\x1f\x8b" + b"\x00" * 18, b"POST"))
    deep = b"[" * 400_000
    yield Attack(
        "JSON nested 400,000 deep",
        _request(b"/books", bearer + b"Content-Type: application/json\r\nContent-Length: 400000\r\n", deep, b"POST"),
    )


def _methods(bearer: bytes) -> Iterator[Attack]:
    for method in (
        b"CONNECT",
        b"TRACE",
        b"TRACK",
        b"DEBUG",
        b"PROPFIND",
        b"PURGE",
        b"BOGUS",
        b"M-SEARCH",
        b"LINK",
        b"GETT",
    ):
        yield Attack(f"method {method.decode()}", _request(b"/books", bearer, b"", method))
    yield Attack("CONNECT host:port", b"CONNECT 127.0.0.1:5432 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for target in (
        b"http://127.0.0.1:9/books",
        b"HTTP://localhost/books",
        b"//evil.example/books",
        b"*",
        b"books",
        b"localhost:80",
    ):
        yield Attack(f"target {target.decode()}", _request(target, bearer))
    yield Attack(
        "an override of the method", _request(b"/nothing", bearer + b"X-HTTP-Method-Override: DELETE\r\n", b"", b"GET")
    )


def _disguises(path: str) -> Iterator[str]:
    """Yield spellings of an internal path."""
    inner = path.lstrip("/")
    for start in ("/books", "/auth/login", "/.well-known/jwks.json", "/orders", ""):
        for dots in (
            "..",
            "%2e%2e",
            "%2E.",
            ".%2e",
            "..%00",
            "..;",
            "..%20",
            "%252e%252e",
            "\uff0e\uff0e",
            "..%5c",
            "%c0%ae%c0%ae",
            "..%c0%af",
        ):
            for slash in ("/", "\\", "%2f", "%5c", "%2F", "%252f", "//", "/./", "%c0%af"):
                yield f"{start}{slash}{dots}{slash}{inner}"
                yield f"{start}{slash}{dots}{slash}{dots}{slash}{inner}"
    for spelled in (
        path.upper(),
        path.title(),
        f"/{path}",
        f"/.{path}",
        f"{path}/",
        f"{path}/.",
        f"{path}%00",
        f"{path}%20",
        f"{path};a=b",
    ):
        yield spelled
    for spelled in (
        f"{path}?",
        f"{path}#",
        f"{path}%23",
        f"/%69nternal{path[9:]}",
        quote(path, safe=""),
        f"/{quote(inner, safe='')}",
    ):
        yield spelled
    yield f"/books?/../..{path}"
    yield f"http://127.0.0.1{path}"
    yield f"//127.0.0.1{path}"
    yield f"/books@{inner}"


def _try_paths(shop: Shop, report: Report, person: Caller, *, quick: bool) -> None:
    inner = ("/internal/revocations",) if quick else ("/internal/revocations", "/metrics", "/internal/offers")
    port, mark = shop.ports["GATEWAY_PORT"], f"disguise-{next(_numbers)}"
    for path in inner:
        for disguise in dict.fromkeys(_disguises(path)):
            headers = [("Authorization", f"Bearer {person.bearer}"), ("X-Request-ID", mark)]
            target = disguise.encode()
            lines = b"".join(b"%b: %b\r\n" % (name.encode(), value.encode()) for name, value in headers)
            exchange = raw_http.send(port, _request(target, lines + b"Connection: close\r\n"))
            body = exchange.answers[0].body if exchange.answers else b""
            is_list = exchange.status == 200 and b'"items"' in body  # noqa: PLR2004 (what stood behind a "?" is a query of /books)
            refusals = _BAD_FORM if _AMBIGUOUS.search(disguise.partition("?")[0]) else REFUSALS
            held = (exchange.status in refusals or is_list) and b"as_of" not in body
            report.expect(
                held, f"{disguise} is answered {exchange.status}", curl("GET", f"{shop.api}{disguise}", headers)
            )
    time.sleep(0.3)
    for service in ("auth-service", "book-service", "order-service"):
        marked = [line for line in shop.log(service).splitlines() if mark in line]
        inside = [line for line in marked if "path=/internal" in line or "path=/metrics" in line]
        what = f"{service} was asked for an internal path: {inside[:1]}"
        report.expect(not inside, what, f"grep {mark} log/{service}.log")


def _try_pipelining(shop: Shop, report: Report, bearer: bytes) -> None:
    """Twenty requests at once get twenty answers in their order, each its own; the private ones only with a token."""
    paths = [b"/books/suggest?q=a", b"/nothing"] * 10
    data = b"".join(_request(path, bearer if number % 4 == 0 else b"") for number, path in enumerate(paths))
    exchange = raw_http.send(shop.ports["GATEWAY_PORT"], data)
    wanted = [(200 if number % 4 == 0 else 401) if number % 2 == 0 else 404 for number in range(20)]
    got = [answer.status for answer in exchange.answers]
    report.expect(
        got == wanted, f"pipelined requests are answered {got}", f"printf … | nc 127.0.0.1 {shop.ports['GATEWAY_PORT']}"
    )
