"""ONIX."""

from collections.abc import Iterator
from book_service.importing.file_rows import FileRow


class OnixReader:
    columns: list[str] | None = None

    def __init__(self, currency: str) -> None: ...
    def feed(self, data: bytes) -> Iterator[FileRow]:
        yield from ()

    def close(self) -> Iterator[FileRow]:
        yield from ()
