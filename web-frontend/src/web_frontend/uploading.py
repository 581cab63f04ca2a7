"""A form with a file, read as it comes (RFC 7578): first its fields, then the bytes of the file, never the whole.

Starlette's own reader would write the file to a temporary place first, which is memory on many machines, and would do
so before anybody has looked at the form's token.
"""

import asyncio
from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from web_frontend.submitted_form import Submitted

_STALLED_SECONDS = 25.0
"""Shorter than the gateway waits for us, so that we are the ones who say what happened."""
_MOST_BYTES_OF_FIELDS = 16 * 1024
"""Their names and values, and what stands around each, so that many empty ones are too many."""
_BYTES_AROUND_A_FIELD = 64
_LONGEST_NAME = 200


class NotAnUpload(Exception):
    """The body is no form with a file, or it does not end as it should."""


class FileTooLarge(Exception):
    """The file has more bytes than one may send."""


class UploadStalled(Exception):
    """The browser has sent nothing for a while."""


class UploadForm:
    """The form that a request brings. Its fields must come before its file; what comes after the file is not read."""

    def __init__(self, request: Request, *, largest: int) -> None:
        """Take the request, whose body nobody has begun to read, and the most bytes that the file may have.

        Raises ``NotAnUpload``.
        """
        kind, options = parse_options_header(request.headers.get("content-type"))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise NotAnUpload
        self._parts = _Parts(options[b"boundary"])
        self._body = request.stream()
        self._left = largest

    @property
    def filename(self) -> str:
        """Return the file's own name without a folder, or an empty text where no file was chosen."""
        name = (self._parts.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
        return "".join(character for character in name if character.isprintable()).strip()[-_LONGEST_NAME:]

    async def fields(self) -> Submitted:
        """Read the fields, up to the first bytes of the file.

        Raises ``NotAnUpload`` also when there is no file, ``UploadStalled``, and what the request's stream raises.
        """
        while self._parts.filename is None:
            await self._read_on()
        return Submitted(self._parts.fields)

    async def file(self) -> AsyncIterator[bytes]:
        """Yield the file as it comes, and end only when it is whole.

        Raises ``FileTooLarge``, ``NotAnUpload`` when it breaks off, ``UploadStalled``, and what the request's stream
        raises.
        """
        while True:
            for chunk in self._parts.take_file():
                self._left -= len(chunk)
                if self._left < 0:
                    raise FileTooLarge
                yield chunk
            if self._parts.has_ended:
                return
            await self._read_on()

    async def _read_on(self) -> None:
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                chunk = await anext(self._body)
        except TimeoutError as error:
            raise UploadStalled from error
        except StopAsyncIteration as error:
            raise NotAnUpload from error
        self._parts.write(chunk)


class _Parts:
    """What the parser has found so far."""

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, list[str]] = {}
        self.filename: str | None = None
        self.has_ended = False
        self._name = ""
        self._in_file = False
        self._value = bytearray()
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._bytes_of_fields = 0
        self._file: list[bytes] = []
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise NotAnUpload from error

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise NotAnUpload from error

    def take_file(self) -> list[bytes]:
        found, self._file = self._file, []
        return found

    def _on_part_begin(self) -> None:
        self._disposition = b""
        self._value.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        if self.filename is None:
            self._count(len(self._disposition) + _BYTES_AROUND_A_FIELD)
        _, options = parse_options_header(self._disposition)
        filename = options.get(b"filename")
        self._name = options.get(b"name", b"").decode(errors="replace")
        self._in_file = filename is not None and self.filename is None
        if self._in_file and filename is not None:
            self.filename = filename.decode(errors="replace")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._file.append(data[start:end])
        elif self.filename is None:
            self._count(end - start)
            self._value += data[start:end]

    def _count(self, size: int) -> None:
        self._bytes_of_fields += size
        if self._bytes_of_fields > _MOST_BYTES_OF_FIELDS:
            raise NotAnUpload

    def _on_part_end(self) -> None:
        if self.filename is None:
            value = self._value.decode(errors="replace").replace("\0", "")
            self.fields.setdefault(self._name, []).append(value)
        self._in_file = False

    def _on_end(self) -> None:
        self.has_ended = True
