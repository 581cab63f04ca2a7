"""The cover of a book that is still being typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from web_frontend.catalogue.books import authors_line
from web_frontend.isbn import isbn13_in


@dataclass(frozen=True, slots=True)
class Draft:
    """What the macro of covers wants to know of a book; once it is saved, its cover is the same."""

    isbn13: str | None
    title: str
    by: str

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """Return the draft of what stands in a book's form."""
        title = " ".join(values.get("title", "").split())
        authors = [author for line in values.get("authors", "").split("\n") if (author := " ".join(line.split()))]
        return cls(isbn13_in(values.get("isbn", "")), title, authors_line(authors))
