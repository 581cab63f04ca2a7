"""What goes out, in pieces."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from book_service.catalogue.repository import BookRow
from book_service.exporting.csv_writer import CsvWriter
from book_service.exporting.json_lines_writer import JsonLinesWriter
from book_service.exporting.onix_writer import OnixWriter
from book_service.exporting.schemas import ExportFormat, ExportQuery
from book_service.exporting.selection import batches
from book_service.search.service import SearchService
from service_kit.database import Database


class Writer(Protocol):
    """Writes books in one format."""

    media_type: str
    extension: str

    def beginning(self) -> bytes:
        """Return what stands before the first book."""

    def books(self, rows: Sequence[BookRow]) -> bytes:
        """Return books."""

    def end(self) -> bytes:
        """Return what stands behind the last book."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is written while it is sent. One that breaks off in the middle raises."""

    name: str
    media_type: str
    content: AsyncIterator[bytes]


class ExportService:
    """Exports."""

    def __init__(self, database: Database, search: SearchService, *, currency: str, shop_name: str) -> None:
        """Take the database, what finds books, the currency of the prices, and what the shop calls itself."""
        self._database = database
        self._search = search
        self._currency = currency
        self._shop_name = shop_name

    async def export(self, query: ExportQuery) -> Export:
        """Write the books that match. The first of them are read before this returns, so that a failure is told."""
        now = dt.datetime.now(dt.UTC)
        writer = self._writer(query.export_format, now)
        found = batches(self._database, self._search, query.books)
        first = await anext(found, None)
        name = f"books-{now:%Y-%m-%d}.{writer.extension}"
        return Export(name, writer.media_type, _content(writer, first, found))

    def _writer(self, export_format: ExportFormat, now: dt.datetime) -> Writer:
        if export_format == "onix":
            return OnixWriter(self._currency, sender=self._shop_name, sent_at=now)
        return JsonLinesWriter(self._currency) if export_format == "jsonl" else CsvWriter(self._currency)


_AT_A_TIME = 50


async def _content(
    writer: Writer, first: Sequence[BookRow] | None, others: AsyncIterator[Sequence[BookRow]]
) -> AsyncIterator[bytes]:
    if beginning := writer.beginning():
        yield beginning
    rows = first
    while rows is not None:
        # In small pieces, so that other requests are served in between.
        for start in range(0, len(rows), _AT_A_TIME):
            yield writer.books(rows[start : start + _AT_A_TIME])
        rows = await anext(others, None)
    if end := writer.end():
        yield end
