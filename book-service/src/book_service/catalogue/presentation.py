"""Books as callers see them."""

from book_service.catalogue.repository import BookRow
from book_service.catalogue.schemas import Book


def present_book(row: BookRow, *, currency: str, for_editor: bool) -> Book:
    """Return a row as a book; only those who edit books see how many copies are on the shelf."""
    fields = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)
    fields["currency"] = currency
    if not for_editor:
        fields["on_hand"] = None
    return Book.model_validate(fields)
