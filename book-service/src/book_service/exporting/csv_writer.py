"""Books as CSV (RFC 4180), in the columns that an import takes."""

import csv
import io
from collections.abc import Sequence

from book_service.catalogue.repository import BookRow
from book_service.importing.cells import joined
from book_service.importing.columns import FIELDS
from service_kit.spreadsheets import defused

COLUMNS = (*(field for field in FIELDS if field != "stock"), "on_hand", "available")


class CsvWriter:
    """Writes books as CSV."""

    media_type = "text/csv; charset=utf-8; header=present"
    extension = "csv"

    def __init__(self, currency: str) -> None:
        """Take the currency of the prices."""
        self._currency = currency

    def beginning(self) -> bytes:
        """Return the header."""
        return _lines([COLUMNS])

    def books(self, rows: Sequence[BookRow]) -> bytes:
        """Return a line for each book."""
        return _lines([self._cells(row) for row in rows])

    def end(self) -> bytes:
        """Return nothing: a CSV file has no end of its own."""
        return b""

    def _cells(self, row: BookRow) -> list[str]:
        cells = (
            row.id,
            row.isbn13,
            row.title,
            row.subtitle,
            joined(row.authors),
            row.publisher,
            row.published_on,
            row.language,
            row.format,
            row.pages,
            joined(row.subjects),
            row.description,
            f"{row.price:.2f}",
            self._currency,
            row.on_hand,
            row.available,
        )
        return ["" if cell is None else defused(str(cell)) for cell in cells]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
