"""HTTP/1.1 messages (RFC 9112) as bytes: read whole, so that they can be cut, repeated and sent later."""

import asyncio
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
_NO_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer; ``body`` is as it was on the wire, chunked or not."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        """All of it."""
        return self.head + self.body

    @property
    def _first_line(self) -> list[str]:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)

    @property
    def target(self) -> str:
        """Method and path of a request, without the query: ``PUT /internal/reservations/…``."""
        method, path = self._first_line[:2]
        return f"{method} {path.split('?')[0]}"

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self._first_line[1])


async def read_request(reader: asyncio.StreamReader) -> Message | None:
    """Read a request; None when the connection ends before it is whole."""
    return await _read(reader, is_answer=False)


async def read_answer(reader: asyncio.StreamReader) -> Message | None:
    """Read an answer; None when the connection ends before it is whole."""
    return await _read(reader, is_answer=True)


async def _read(reader: asyncio.StreamReader, *, is_answer: bool) -> Message | None:
    try:
        head = await reader.readuntil(HEAD_END)
        return Message(head, await _body(reader, head, is_answer=is_answer))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
        return None


async def _body(reader: asyncio.StreamReader, head: bytes, *, is_answer: bool) -> bytes:
    headers = dict(_headers(head))
    if is_answer and int(head.split(b" ", 2)[1]) in _NO_BODY:
        return b""
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return await _chunks(reader)
    if b"content-length" in headers:
        return await reader.readexactly(int(headers[b"content-length"]))
    return await reader.read() if is_answer else b""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    size = -1
    while size != 0:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        parts += [line, await reader.readexactly(size + 2)]
    return b"".join(parts)


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    lines = head.split(b"\r\n")[1:]
    return [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
