"""A million realistic books, the same on every machine: words, authors, publishers and subjects as Zipf's law has them.

``books(count, seed)`` gives rows in the order of ``COLUMNS``; ``catalogue_load.py`` brings them into a database. Books
come in blocks that know nothing of each other, so that several processes can make them, and the first ten thousand of
a million are the ten thousand of the small catalogue.
"""

import math
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from catalogue_people import SUBJECTS, TOPICS, authors, authors_elsewhere, publishers
from catalogue_titles import Titles, zipf_rank

BLOCK = 10_000
FIRST_ADDED = datetime(2019, 1, 1, tzinfo=UTC)
BETWEEN_BOOKS = timedelta(seconds=200)
COLUMNS = (
    *("id", "isbn13", "title", "subtitle", "authors", "publisher", "published_on", "language", "format", "pages"),
    *("subjects", "description", "price", "version", "created_at", "updated_at"),
    "archived_at",
)

_LANGUAGES: Mapping[str, float] = {"eng": 70, "deu": 9, "fra": 8, "spa": 5, "ita": 3, "rus": 2.2, "jpn": 1.8, "ara": 1}
_FORMATS: Mapping[str, float] = {"paperback": 52, "hardback": 24, "e-book": 18, "audiobook": 5, "other": 1}
UNPOPULAR = "Microfiche Edition"
"""The subtitle of two books in a hundred, none of which was ever sold: a frequent word, and no popular book has it."""
_UNPOPULAR_SHARE = 0.02
_NO_LANGUAGE, _NO_FORMAT = 0.02, 0.03
_HASH = 0x9E3779B97F4A7C15  # of Fibonacci hashing (Knuth 6.4): spreads what grows evenly


class Stock(NamedTuple):
    """How many copies of a book there are, and how many were ever sold."""

    on_hand: int
    sold: int


def books(count: int, seed: int = 1) -> Iterator[tuple[Any, ...]]:
    """Yield the first ``count`` books in the order of ``COLUMNS``."""
    for row, _ in stocked_books(0, count, seed):
        yield row


def stocked_books(first: int, last: int, seed: int = 1) -> Iterator[tuple[tuple[Any, ...], Stock]]:
    """Yield the books from number ``first``, which begins a block, up to before ``last``, each with its stock."""
    for start in range(first, last, BLOCK):
        shelf = _Shelf(random.Random(f"{seed} {start}"))
        for number in range(start, min(start + BLOCK, last)):
            yield shelf.book(number)


def isbn13(number: int) -> str:
    """Return a valid ISBN-13 (ISO 2108); different for every number below a billion."""
    digits = f"978{number * 618_033_989 % 1_000_000_000:09d}"
    weighted = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
    return f"{digits}{-weighted % 10}"


def book_id(number: int, added: datetime) -> UUID:
    """Return a UUIDv7 (RFC 9562) of the time when the book was added."""
    noise = (number + 1) * _HASH & (1 << 62) - 1
    time = (added - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return UUID(int=time << 80 | 7 << 76 | (noise >> 50) << 64 | 2 << 62 | noise)


class _Shelf:
    """A block of books, from one stream of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._roll = chance.random
        self._gauss = chance.gauss
        self._choices = chance.choices
        self._titles = Titles(chance)
        self._authors, self._publishers = authors(), publishers()

    def book(self, number: int) -> tuple[tuple[Any, ...], Stock]:
        roll, titles = self._roll, self._titles
        language = _drawn(roll(), _LANGUAGES, _LANGUAGE_ENDS)
        title, subtitle, writers = titles.title(language), titles.subtitle(language), self._writers(language)
        if microfiche := roll() < _UNPOPULAR_SHARE:
            subtitle = UNPOPULAR
        publisher = None if roll() < 0.03 else self._publishers[zipf_rank(roll(), len(self._publishers), 15)]
        isbn = None if roll() < 0.03 else isbn13(number)
        subjects, added = self._subjects(), FIRST_ADDED + number * BETWEEN_BOOKS
        declared = None if roll() < _NO_LANGUAGE else language
        row = (
            *(book_id(number, added), isbn, title, subtitle, writers, publisher, self._published_on(), declared),
            *(self._format(), self._pages(), subjects, titles.description(), self._price(), 1),
            *(added, added, added + timedelta(days=200) if roll() < 0.003 else None),
        )
        return row, self._stock(may_sell=not microfiche)

    def _writers(self, language: str) -> list[str]:
        roll = self._roll
        pool = authors_elsewhere(language) if language in {"rus", "jpn", "ara"} else self._authors
        share = roll()
        number = 1 if share < 0.72 else 2 if share < 0.92 else 3 if share < 0.97 else 4 if share < 0.99 else 0
        # The most productive have a thousand books and more, most have one or two.
        return list(dict.fromkeys([pool[int(len(pool) * roll() ** 2.1)] for _ in range(number)]))

    def _subjects(self) -> list[str]:
        roll = self._roll
        topic = zipf_rank(roll(), TOPICS, 4)
        chosen = [SUBJECTS[topic]]
        if roll() < 0.85:
            chosen.append(SUBJECTS[topic + TOPICS * (1 + zipf_rank(roll(), len(SUBJECTS) // TOPICS - 1, 3))])
        if roll() < 0.5:
            chosen.append(SUBJECTS[zipf_rank(roll(), len(SUBJECTS), 12)])
        return list(dict.fromkeys(chosen))

    def _published_on(self) -> str | None:
        roll = self._roll
        precision = roll()
        if precision < 0.03:
            return None
        year = 2026 - int(-14 * math.log(1 - roll()))
        year = max(year, 1850)
        month = f"-{1 + int(12 * roll()):02d}" if precision < 0.55 else ""
        day = f"-{1 + int(28 * roll()):02d}" if precision < 0.4 else ""
        return f"{year}{month}{day}"

    def _format(self) -> str | None:
        roll = self._roll()
        return None if roll < _NO_FORMAT else _drawn(self._roll(), _FORMATS, _FORMAT_ENDS)

    def _pages(self) -> int | None:
        return None if self._roll() < 0.05 else max(8, min(4000, int(math.exp(self._gauss(5.6, 0.5)))))

    def _price(self) -> Decimal:
        whole = max(1, min(990, int(math.exp(self._gauss(2.75, 0.65)))))
        roll = self._roll()
        cents = 99 if roll < 0.62 else 95 if roll < 0.78 else 50 if roll < 0.9 else 0
        return Decimal(whole * 100 + cents).scaleb(-2)

    def _stock(self, *, may_sell: bool) -> Stock:
        roll = self._roll
        on_hand = 0 if roll() < 0.2 else 1 + int(30 * roll() ** 2)
        sold = int(9000 ** roll()) if may_sell and roll() < 0.1 else 0
        return Stock(on_hand, sold)


def _ends(weights: Mapping[str, float]) -> list[float]:
    total = sum(weights.values())
    return [end / total for end in accumulate(weights.values())]


def _drawn(roll: float, weights: Mapping[str, float], ends: list[float]) -> str:
    for name, end in zip(weights, ends, strict=True):
        if roll < end:
            return name
    return next(iter(weights))


_LANGUAGE_ENDS, _FORMAT_ENDS = _ends(_LANGUAGES), _ends(_FORMATS)
