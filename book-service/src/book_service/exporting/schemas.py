"""Which books go out, and as what."""

from typing import Literal

from pydantic import Field

from book_service.catalogue.schemas import Format
from book_service.search.schemas import BookQuery

ExportFormat = Literal["csv", "jsonl", "onix"]
_EXPORTS = frozenset({"csv", "jsonl", "onix"})


class ExportQuery(BookQuery):
    """Which books, as for ``GET /books``. Those come newest first; where a page begins and ends is of no meaning here.

    ``format`` is both: ``csv``, ``jsonl`` or ``onix`` is the file's, and others are those of the books.
    """

    format: list[Format | ExportFormat] = Field(  # type: ignore[assignment]
        default_factory=list,
        max_length=6,
        description="`csv`, `jsonl` or `onix`: what to write. Others, as for `GET /books`: which books.",
    )

    @property
    def export_format(self) -> ExportFormat:
        """Return what to write; CSV when nothing is said."""
        return next((name for name in ("csv", "jsonl", "onix") if name in self.format), "csv")

    @property
    def books(self) -> BookQuery:
        """Return which books."""
        formats = [name for name in self.format if name not in _EXPORTS]
        return BookQuery.model_construct(**(dict(self) | {"format": formats, "facets": False, "cursor": None}))
