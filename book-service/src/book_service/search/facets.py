"""Facets: the properties that a list of books is narrowed by, each value with a short name for the index."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache

_STEPS_PER_DOUBLING = 2
_KIND_BITS = 3
_NUMBERS = "asplfbk*"


class Kind(Enum):
    """What a facet is about; the letters are what the database keeps."""

    AUTHOR = "a"
    SUBJECT = "s"
    PUBLISHER = "p"
    LANGUAGE = "l"
    FORMAT = "f"
    PRICE = "b"
    IN_STOCK = "k"
    ALL = "*"
    """Every book in the catalogue has this one, so its count is theirs."""

    @property
    def number(self) -> int:
        """Return the number from 0 to 7 that is the end of the ids of this kind."""
        return _NUMBERS.index(self.value)


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of one kind."""

    kind: Kind
    value: str

    @property
    def id(self) -> int:
        """Return the number that stands for the value: 60 bits of a digest, the same on every replica, and its kind."""
        return _facet_id(self.kind.value, self.value)

    @property
    def lexeme(self) -> str:
        """Return the word of the index that stands for the value; no word of a text has such a sign in it."""
        return lexeme_of(self.id)

    def __str__(self) -> str:
        """Return kind and value in one text, as ``parse`` reads it."""
        return self.kind.value + self.value

    @classmethod
    def parse(cls, text: str) -> "Facet":
        """Read what ``str`` gave."""
        return cls(Kind(text[0]), text[1:])


ALL_BOOKS = Facet(Kind.ALL, "")
IN_STOCK = Facet(Kind.IN_STOCK, "yes")

PRICE_BANDS: tuple[tuple[Decimal, Decimal | None], ...] = (
    (Decimal(0), Decimal(5)),
    (Decimal(5), Decimal(10)),
    (Decimal(10), Decimal(20)),
    (Decimal(20), Decimal(40)),
    (Decimal(40), None),
)
"""What the price is counted by: from the first price on, and below the second."""


@lru_cache(maxsize=50_000)
def _facet_id(kind: str, value: str) -> int:
    digest = hashlib.blake2b((kind + value).encode(), digest_size=8, person=b"quire facet").digest()
    return int.from_bytes(digest) >> 4 << _KIND_BITS | _NUMBERS.index(kind)


def lexeme_of(facet_id: int) -> str:
    """Return the word of the index for the facet with this id."""
    return f"#{facet_id:x}"


def price_facet(price: Decimal) -> Facet:
    """Return the band that a price is counted in; its value is the band's lowest price."""
    low = next(low for low, high in reversed(PRICE_BANDS) if price >= low)
    return Facet(Kind.PRICE, str(low))


def price_facets(lowest: Decimal, highest: Decimal) -> list[Facet]:
    """Return the bands that a range of prices reaches into."""
    return [
        Facet(Kind.PRICE, str(low)) for low, high in PRICE_BANDS if low <= highest and (high is None or lowest < high)
    ]


def price_lexeme(price: Decimal) -> str:
    """Return the word of the index for prices near ``price``: two steps for each doubling."""
    return f"${_step(price)}"


def price_lexemes(lowest: Decimal | None, highest: Decimal | None, limit: Decimal) -> Iterator[str]:
    """Yield the words of the index for all prices of a range."""
    for step in range(_step(lowest or Decimal(0)), _step(limit if highest is None else highest) + 1):
        yield f"${step}"


def _step(price: Decimal) -> int:
    return int(math.log2(float(price) + 1) * _STEPS_PER_DOUBLING)
