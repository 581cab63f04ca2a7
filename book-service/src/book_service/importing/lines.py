"""Lines of a text that comes in pieces."""

import io
from collections import deque
from typing import Self

from book_service.importing.file_rows import LONGEST_LINE
from book_service.importing.refusals import FileRefused
from service_kit.languages.texts import _, written_number


class NeedMore(Exception):
    """There is no whole line left; the next piece of the file has to come."""


class Lines:
    """An iterator of lines with their ends (LF, CR LF or CR) that can go back to where a record began.

    ``number`` is the line, counted from 1, that the next record begins on.
    """

    def __init__(self) -> None:
        """Begin without any text."""
        self._ready: deque[str] = deque()
        self._taken: list[str] = []
        self._rest = ""
        self._ended = False
        self.number = 1

    def add(self, text: str, *, last: bool = False) -> None:
        """Take the next piece. Raises ``FileRefused`` when a line is too long."""
        # Not splitlines(): that takes characters inside cells for line ends, such as U+2028.
        lines = io.StringIO(self._rest + text, newline="").readlines()
        # A CR at the end may be half of a CR LF.
        self._rest = lines.pop() if lines and not last and not lines[-1].endswith("\n") else ""
        self._ready.extend(lines)
        self._ended = last
        if len(self._rest) > LONGEST_LINE:
            line = self.number + len(self._ready)
            detail = _(
                "Line %(line)s is longer than %(most)s characters.", line=line, most=written_number(LONGEST_LINE)
            )
            raise FileRefused(detail, code="line_too_long", line=line)

    def __iter__(self) -> Self:
        """Iterate."""
        return self

    def __next__(self) -> str:
        """Return the next line. Raises ``NeedMore`` when it has not come yet."""
        if not self._ready:
            if self._ended:
                raise StopIteration
            raise NeedMore
        line = self._ready.popleft()
        self._taken.append(line)
        return line

    def keep(self) -> None:
        """End the record here."""
        self.number += len(self._taken)
        self._taken.clear()

    def go_back(self) -> None:
        """Return to where the record began."""
        self._ready.extendleft(reversed(self._taken))
        self._taken.clear()
