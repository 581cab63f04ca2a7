"""JSON Lines: one book as the API has it on each line."""

from collections.abc import Iterator

from book_service.importing.file_rows import FileRow
from book_service.importing.lines import Lines, NeedMore
from book_service.importing.utf8 import Utf8


class JsonLinesReader:
    """Reads one file. What a line holds is looked at when the row is checked."""

    columns: list[str] | None = None

    def __init__(self) -> None:
        """Begin with the first line."""
        self._utf8 = Utf8()
        self._lines = Lines()

    def feed(self, data: bytes) -> Iterator[FileRow]:
        """Read the next piece."""
        return self._read(data, last=False)

    def close(self) -> Iterator[FileRow]:
        """Read what is left."""
        return self._read(b"", last=True)

    def _read(self, data: bytes, *, last: bool) -> Iterator[FileRow]:
        self._lines.add(self._utf8.decode(data, last=last), last=last)
        while True:
            number = self._lines.number
            try:
                line = next(self._lines).strip()
            except (NeedMore, StopIteration):
                return
            self._lines.keep()
            if line:
                yield FileRow(number, line)
