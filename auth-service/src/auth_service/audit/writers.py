"""Events of the audit trail as files."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Protocol

from auth_service.audit.schemas import AuditEventBody, ExportFormat
from auth_service.listing import AnyRow
from service_kit.spreadsheets import defused

_COLUMNS = (
    "number",
    "at",
    "action",
    "actor",
    "actor_email",
    "subject",
    "subject_email",
    "address",
    "user_agent",
    "detail",
)


class Writer(Protocol):
    """Writes events in one format."""

    media_type: str

    def beginning(self) -> bytes:
        """Return what stands before the first event."""

    def events(self, rows: Sequence[AnyRow]) -> bytes:
        """Return events."""


class CsvWriter:
    """Writes events as CSV (RFC 4180), which no spreadsheet runs."""

    media_type = "text/csv; charset=utf-8; header=present"

    def beginning(self) -> bytes:
        """Return the header."""
        return _lines([_COLUMNS])

    def events(self, rows: Sequence[AnyRow]) -> bytes:
        """Return a line for each event."""
        return _lines([[_cell(row, column) for column in _COLUMNS] for row in rows])


class JsonLinesWriter:
    """Writes events as JSON Lines: one object on each line, as the API shows it."""

    media_type = "application/jsonl"

    def beginning(self) -> bytes:
        """Return nothing."""
        return b""

    def events(self, rows: Sequence[AnyRow]) -> bytes:
        """Return a line for each event."""
        return b"".join(AuditEventBody.of(row).model_dump_json().encode() + b"\n" for row in rows)


def writer_of(export_format: ExportFormat) -> Writer:
    """Return the writer of a format."""
    return JsonLinesWriter() if export_format is ExportFormat.JSONL else CsvWriter()


def _cell(row: AnyRow, column: str) -> str:
    value = getattr(row, column)
    if value is None:
        return ""
    if column == "at":
        return str(value.isoformat())
    if column == "detail":
        return defused(json.dumps(value, sort_keys=True, ensure_ascii=False)) if value else ""
    return defused(str(value))


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
