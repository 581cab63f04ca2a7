"""Books as answers show them, with their entity tags."""

from dataclasses import dataclass
from uuid import UUID

from book_service.catalogue.etags import book_etag
from book_service.catalogue.repository import BookRow
from book_service.catalogue.schemas import Book


@dataclass(frozen=True, slots=True)
class TaggedBook:
    """A book and its entity tag."""

    book: Book
    etag: str


def present(row: BookRow, *, currency: str, for_editor: bool) -> Book:
    """Return a book with its stock. Who does not edit books is not told what is on the shelf."""
    fields = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)
    fields["currency"] = currency
    if not for_editor:
        fields["on_hand"] = None
    return Book.model_validate(fields)


def tagged(row: BookRow, *, currency: str, for_editor: bool) -> TaggedBook:
    """Return a book with its entity tag."""
    return TaggedBook(present(row, currency=currency, for_editor=for_editor), book_etag(row.version, row.stock_version))


def book_path(book_id: UUID) -> str:
    """Return the path of a book (RFC 9110, section 10.2.2: ``Location``)."""
    return f"/books/{book_id}"
