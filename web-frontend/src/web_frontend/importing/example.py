"""A small file of ours that imports as it is, for people to fill in."""

import csv
import io

COLUMNS = (
    "isbn13", "title", "subtitle", "authors", "publisher", "published_on", "language", "format", "pages", "subjects",
    "description", "price", "stock",
)  # fmt: skip
_ROWS = (
    ("9780141439600", "A Tale of Two Cities", "", "Charles Dickens", "Penguin Classics", "2003-01-30", "eng",
     "paperback", "544", "Fiction; History", "London and Paris before and during the Revolution.", "8.99", "5"),
    ("", "Good Omens", "The Nice and Accurate Prophecies", "Terry Pratchett; Neil Gaiman", "", "1990", "eng",
     "hardback", "", "Fiction", "", "14.50", "0"),
)  # fmt: skip


def _example() -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *_ROWS])
    return text.getvalue()


EXAMPLE = _example()
