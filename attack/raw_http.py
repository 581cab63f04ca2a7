"""Bytes to a server and its answers back, without a library that would mend them."""

import contextlib
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from attack.shop import LOOPBACK

READ_BYTES = 65_536
MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of several that may come over a connection."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back over one connection, and whether the server closed it."""

    answers: list[Answer]
    rest: bytes
    """What is no whole answer."""
    closed: bool

    @property
    def status(self) -> int:
        """The first answer's status; 0 without one."""
        return self.answers[0].status if self.answers else 0


def send(port: int, data: bytes | Sequence[bytes], *, seconds: float = 5.0, quiet: float = 0.5) -> Exchange:
    """Send bytes, or pieces one after the other, and read until the server closes or is ``quiet`` after an answer."""
    pieces = [data] if isinstance(data, bytes) else data
    received, closed, deadline = b"", False, time.monotonic() + seconds
    with socket.create_connection((LOOPBACK, port), timeout=seconds) as connection:
        with contextlib.suppress(OSError):  # it may answer and close before all is sent
            for number, piece in enumerate(pieces):
                if number:
                    time.sleep(0.05)
                connection.sendall(piece)
        while time.monotonic() < deadline and len(received) < MOST_BYTES:
            connection.settimeout(quiet if _parse(received)[0] else max(deadline - time.monotonic(), 0.01))
            try:
                more = connection.recv(READ_BYTES)
            except TimeoutError:
                break
            except OSError:
                closed = True
                break
            if not more:
                closed = True
                break
            received += more
    answers, rest = _parse(received)
    return Exchange(answers, rest, closed)


def get(url: str, headers: Sequence[tuple[str, str]], method: str = "GET") -> Exchange:
    """Send a request with exactly these headers; the connection is to be closed after it."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close", "Content-Length: 0"]
    lines += [f"{name}: {value}" for name, value in headers]
    return send(parts.port or 80, "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape"))


def _parse(received: bytes) -> tuple[list[Answer], bytes]:
    answers: list[Answer] = []
    while received.startswith(b"HTTP/1."):
        head, found, rest = received.partition(b"\r\n\r\n")
        if not found:
            break
        first, *lines = head.split(b"\r\n")
        headers = {
            name.strip().lower().decode("latin-1"): value.strip().decode("latin-1")
            for name, _, value in (line.partition(b":") for line in lines)
        }
        body, rest, is_whole = _body(headers, rest)
        if not is_whole:
            break
        status = int(first.split(b" ")[1])
        received = rest
        if status >= 200:  # noqa: PLR2004 (100 Continue is no answer yet)
            answers.append(Answer(status, headers, body))
    return answers, received


def _body(headers: dict[str, str], rest: bytes) -> tuple[bytes, bytes, bool]:
    if "chunked" in headers.get("transfer-encoding", ""):
        body, end = b"", rest.find(b"0\r\n\r\n")
        if end < 0:
            return b"", rest, False
        body = rest[:end]
        return body, rest[end + 5 :], True
    length = int(headers.get("content-length", "0"))
    return rest[:length], rest[length:], len(rest) >= length
