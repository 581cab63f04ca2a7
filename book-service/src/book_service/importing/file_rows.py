"""What all readers of files give."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MOST_ROWS = 1_000_000
LONGEST_LINE = 1 << 20
"""Characters. A line that does not end is not kept waiting for its end."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row as it was sent: JSON text of what it holds, for an ONIX product its XML too."""

    line: int
    content: str
    source: str | None = None


class Reader(Protocol):
    """Takes a file in pieces of any size and gives its rows as they become whole; keeps no more than one of them.

    Both methods raise ``FileRefused``. ``columns`` are the names in the header of a CSV file, once it was read.
    """

    columns: list[str] | None

    def feed(self, data: bytes) -> Iterator[FileRow]:
        """Read the next piece."""

    def close(self) -> Iterator[FileRow]:
        """Read what is left at the end of the file."""
