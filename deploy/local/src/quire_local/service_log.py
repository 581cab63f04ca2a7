"""The log file of one service, which does not grow without end."""

from __future__ import annotations

from collections import deque
from pathlib import Path

LARGEST_BYTES = 5_000_000
_LINES_REMEMBERED = 15


class ServiceLog:
    """Appends lines to a file; a full file becomes ``….log.1`` in place of the one before it."""

    def __init__(self, path: Path, largest: int = LARGEST_BYTES) -> None:
        """Open the file, with its folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.last_lines: deque[str] = deque(maxlen=_LINES_REMEMBERED)
        self._largest = largest
        self._file = path.open("a", encoding="utf-8", errors="replace")

    def write(self, line: str) -> None:
        """Append one line."""
        self.last_lines.append(line)
        try:
            self._file.write(f"{line}\n")
            self._file.flush()
            if self._file.tell() > self._largest:
                self._begin_anew()
        except OSError:
            return  # a full disk must not stop the shop; the line was shown all the same

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _begin_anew(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._file = self.path.open("a", encoding="utf-8", errors="replace")
