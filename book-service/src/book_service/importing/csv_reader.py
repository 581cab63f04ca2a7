"""CSV (RFC 4180) as spreadsheets and other systems write it."""

import csv
import json
from collections import Counter
from collections.abc import Iterator

from book_service.importing.columns import recognised
from book_service.importing.file_rows import FileRow
from book_service.importing.lines import Lines, NeedMore
from book_service.importing.refusals import FileRefused
from book_service.importing.utf8 import Utf8
from service_kit.languages.texts import _, written_number

_DELIMITERS = (",", ";", "\t", "|")
_MOST_COLUMNS = 200
_LONGEST_NAME = 200
_SEPARATOR_LINE = "sep="  # what Excel writes and reads in front of the header


class CsvReader:
    """Reads one file. Cells come as they are; rows without any text are left out."""

    def __init__(self) -> None:
        """Begin with the header."""
        self.columns: list[str] | None = None
        self._utf8 = Utf8()
        self._lines = Lines()
        self._records: Iterator[list[str]] | None = None

    def feed(self, data: bytes) -> Iterator[FileRow]:
        """Read the next piece."""
        return self._read(data, last=False)

    def close(self) -> Iterator[FileRow]:
        """Read what is left; an unclosed quote is noticed here at the latest."""
        yield from self._read(b"", last=True)
        if self.columns is None:
            detail = _("The file is empty: it has no header and no rows.")
            raise FileRefused(detail, code="empty_file", line=1)

    def _read(self, data: bytes, *, last: bool) -> Iterator[FileRow]:
        self._lines.add(self._utf8.decode(data, last=last), last=last)
        while (record := self._next_record()) is not None:
            line, cells = record
            if not any(cells):
                continue
            if self.columns is None:
                self.columns = _header(cells, line)
            else:
                yield FileRow(line, json.dumps(cells, ensure_ascii=False, separators=(",", ":")))

    def _next_record(self) -> tuple[int, list[str]] | None:
        try:
            if self._records is None:
                self._records = self._begun()
            line = self._lines.number
            cells = next(self._records)
        except NeedMore:
            self._lines.go_back()
            return None
        except StopIteration:
            return None
        except csv.Error as error:
            raise FileRefused(_in_words(error, line), code="broken_csv", line=line) from error
        self._lines.keep()
        return line, cells

    def _begun(self) -> Iterator[list[str]]:
        """Find the delimiter by the first line, which stays the next one, and begin."""
        first = next(self._lines, "")
        if first[:4].lower() == _SEPARATOR_LINE and first[4:5] in _DELIMITERS:
            self._lines.keep()
            return _records(self._lines, first[4])
        self._lines.go_back()
        return _records(self._lines, _delimiter_of(first))


def _records(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _delimiter_of(header: str) -> str:
    def likelihood(delimiter: str) -> tuple[int, int]:
        try:
            names = next(_records(iter([header]), delimiter), [])
        except csv.Error:
            return 0, 0
        return sum(recognised(name) for name in names), len(names)

    return max(_DELIMITERS, key=likelihood)


def _header(cells: list[str], line: int) -> list[str]:
    # A column without a name is told by its place; spreadsheets leave such behind on the right.
    names = [
        " ".join(cell.split())[:_LONGEST_NAME] or _("column %(place)s", place=place)
        for place, cell in enumerate(cells, start=1)
    ]
    if len(names) > _MOST_COLUMNS:
        detail = _(
            "The header has %(columns)s columns; at most %(most)s are taken.", columns=len(names), most=_MOST_COLUMNS
        )
        raise FileRefused(detail, code="too_many_columns", line=line)
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        named = ", ".join(f"“{name}”" for name in doubled[:5])
        detail = _("The header has more than one column %(names)s. Give each column a name of its own.", names=named)
        raise FileRefused(detail, code="doubled_columns", line=line)
    return names


def _in_words(error: csv.Error, line: int) -> str:
    if "field limit" in str(error):
        return _(
            "A cell that begins on line %(line)s is longer than %(most)s characters. Perhaps a quote is not closed.",
            line=line,
            most=written_number(csv.field_size_limit()),
        )
    if "unexpected end" in str(error):
        return _("A quote that is opened on line %(line)s is not closed.", line=line)
    return _(
        "The quotes of the record that begins on line %(line)s do not match: inside quotes, write each quote twice.",
        line=line,
    )
