"""What a book is found by: its words with their weights, its facets, its price."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from book_service.catalogue.sorting import title_key
from book_service.search.facets import ALL_BOOKS, IN_STOCK, Facet, Kind, price_facet, price_lexeme
from book_service.search.words import Weight, indexed_words

_POSITIONS = {Weight.TITLE: 1, Weight.AUTHORS: 2, Weight.SUBTITLE: 3, Weight.REST: 4}
"""One place for each weight: where in its title a word stands is not asked, and this keeps the index small."""


class SearchableBook(Protocol):
    """What is looked at of a book."""

    title: str
    subtitle: str | None
    authors: Sequence[str]
    publisher: str | None
    subjects: Sequence[str]
    language: str | None
    format: str | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """What a book is found by."""

    words: dict[str, Weight]
    facets: tuple[Facet, ...]
    price: Decimal
    title_key: str

    @property
    def lexemes(self) -> str:
        """Return words and facets as the text of a ``tsvector``."""
        words = [f"'{word}':{_POSITIONS[weight]}{weight.value}" for word, weight in self.words.items()]
        words += [f"'{facet.lexeme}'" for facet in self.facets]
        words.append(f"'{price_lexeme(self.price)}'")
        return " ".join(words)


def entry_of(book: SearchableBook, *, is_in_stock: bool) -> Entry:
    """Return what ``book`` is found by."""
    facets = [*_facets(book), *([IN_STOCK] if is_in_stock else []), ALL_BOOKS]
    return Entry(
        words=_weighted_words(book),
        facets=tuple(dict.fromkeys(facets)),
        price=book.price,
        title_key=title_key(book.title, book.language),
    )


def _weighted_words(book: SearchableBook) -> dict[str, Weight]:
    found: dict[str, Weight] = {}
    # The weightiest first: a word keeps the best of the places where it stands.
    for weight, texts in (
        (Weight.TITLE, (book.title,)),
        (Weight.AUTHORS, book.authors),
        (Weight.SUBTITLE, (book.subtitle or "",)),
        (Weight.REST, (*book.subjects, book.publisher or "")),
    ):
        for text in texts:
            for word in indexed_words(text):
                found.setdefault(word, weight)
    return found


def _facets(book: SearchableBook) -> Iterator[Facet]:
    yield from (Facet(Kind.AUTHOR, name) for name in book.authors)
    yield from (Facet(Kind.SUBJECT, name) for name in book.subjects)
    for kind, value in (
        (Kind.PUBLISHER, book.publisher),
        (Kind.LANGUAGE, book.language),
        (Kind.FORMAT, book.format),
    ):
        if value:
            yield Facet(kind, value)
    yield price_facet(book.price)
