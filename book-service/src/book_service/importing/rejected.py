"""The rows of an import that were not applied, as a file to mend and send again."""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from book_service.importing import repository
from book_service.importing.states import FileFormat
from service_kit.database import Database
from service_kit.spreadsheets import as_typed, defused

PROBLEM_COLUMN = "problem"
EXTENSIONS: dict[FileFormat, str] = {"csv": "csv", "jsonl": "jsonl", "onix": "xml"}
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl",
    "onix": "application/xml",
}
_BATCH = 200
_PRODUCT = re.compile(r"""<(?:\w+:)?(Product|product)\b(?:[^>"']|"[^"]*"|'[^']*')*?\sxmlns(?::\w+)?=["']([^"']*)["']""")


async def rejected_file(database: Database, sent: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 (a row of the table)
    """Yield the bad and failed rows in the format that was sent: a CSV file with a column more that says why."""
    writer = _WRITERS[sent.format](sent)
    place = 0
    begun = False
    while True:
        async with database.read() as connection:
            rows = await repository.rejected_rows(connection, sent.id, place, _BATCH)
        if not begun:
            yield writer.beginning(rows[0] if rows else None)
            begun = True
        if not rows:
            break
        yield b"".join(writer.row(row) for row in rows)
        place = rows[-1].number
    yield writer.end()


def _why(row: Any) -> str:  # noqa: ANN401
    told = (f"{problem['field']}: {problem['msg']}" if problem["field"] else problem["msg"] for problem in row.problems)
    return "; ".join(told)


class _Csv:
    def __init__(self, sent: Any) -> None:  # noqa: ANN401
        self._columns: list[str] = sent.columns
        # A file that was mended and sent again has the column already.
        self._has_column = self._columns[-1:] == [PROBLEM_COLUMN]

    def beginning(self, first: Any) -> bytes:  # noqa: ANN401
        del first
        return _line([*self._columns, *([] if self._has_column else [PROBLEM_COLUMN])])

    def row(self, row: Any) -> bytes:  # noqa: ANN401
        cells: list[str] = json.loads(row.content)
        if self._has_column:
            cells = cells[: len(self._columns) - 1]
        # A row with too few cells gets its problem into the right column all the same; what is too much stays.
        missing = len(self._columns) - self._has_column - len(cells)
        return _line([*cells, *[""] * missing, _why(row)])

    def end(self) -> bytes:
        return b""


def _line(cells: list[str]) -> bytes:
    # What was sent may hold formulas; an import reads each cell with its apostrophe and without as the same.
    text = io.StringIO(newline="")
    csv.writer(text).writerow(defused(as_typed(cell)) for cell in cells)
    return text.getvalue().encode()


class _JsonLines:
    def __init__(self, sent: Any) -> None:  # noqa: ANN401
        del sent

    def beginning(self, first: Any) -> bytes:  # noqa: ANN401
        del first
        return b""

    def row(self, row: Any) -> bytes:  # noqa: ANN401
        try:
            book = json.loads(row.content)
        except (ValueError, RecursionError):
            book = None
        if not isinstance(book, dict):
            # To mend what is no JSON one has to see it.
            return f"{row.content}\n".encode()
        return json.dumps(book | {PROBLEM_COLUMN: _why(row)}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"

    def end(self) -> bytes:
        return b""


class _Onix:
    def __init__(self, sent: Any) -> None:  # noqa: ANN401
        del sent
        self._short = False

    def beginning(self, first: Any) -> bytes:  # noqa: ANN401
        found = _PRODUCT.match(first.source) if first is not None else None
        self._short = found is not None and found[1] == "product"
        namespace = f" xmlns={quoteattr(found[2])}" if found is not None else ""
        now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        release = "3.1" if "3.1" in namespace else "3.0"
        if self._short:
            header = f"<header><sender><x298>Quire</x298></sender><x307>{now}</x307></header>"
        else:
            header = (
                f"<Header><Sender><SenderName>Quire</SenderName></Sender><SentDateTime>{now}</SentDateTime></Header>"
            )
        declaration = '<?xml version="1.0" encoding="UTF-8"?>'
        return f'{declaration}\n<{self._root} release="{release}"{namespace}>\n{header}\n'.encode()

    def row(self, row: Any) -> bytes:  # noqa: ANN401
        # A comment must not hold two hyphens in a row (XML 1.0, section 2.5).
        why = escape(_why(row)).replace("--", "- -")
        return f"<!-- {why} -->\n{row.source}\n".encode()

    def end(self) -> bytes:
        return f"</{self._root}>\n".encode()

    @property
    def _root(self) -> str:
        return "ONIXmessage" if self._short else "ONIXMessage"


_WRITERS: dict[str, Any] = {"csv": _Csv, "jsonl": _JsonLines, "onix": _Onix}
