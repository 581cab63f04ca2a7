"""Books as JSON Lines: each line one book as the API has it."""

from collections.abc import Sequence

from book_service.catalogue.repository import BookRow
from book_service.catalogue.representation import present


class JsonLinesWriter:
    """Writes books as JSON Lines."""

    media_type = "application/jsonl"
    extension = "jsonl"

    def __init__(self, currency: str) -> None:
        """Take the currency of the prices."""
        self._currency = currency

    def beginning(self) -> bytes:
        """Return nothing: the first line is a book."""
        return b""

    def books(self, rows: Sequence[BookRow]) -> bytes:
        """Return a line for each book."""
        return b"".join(self._line(row) for row in rows)

    def end(self) -> bytes:
        """Return nothing."""
        return b""

    def _line(self, row: BookRow) -> bytes:
        return present(row, currency=self._currency, for_editor=True).model_dump_json().encode() + b"\n"
