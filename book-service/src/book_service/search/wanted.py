"""What a list is to show, in the terms of the index."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from book_service.search.facets import ALL_BOOKS, Facet, Kind, price_facets

FEW = 2000
"""So many entries can be read at once, in whatever order they lie on the disk."""
_LOOKED_UP = 2
MANY_MEANINGS = 10_000
"""A beginning that stands for words in more books than this is not looked up as such in all of them."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How many books the parts of a question are in, as far as it is known."""

    words: Mapping[str, int] = field(default_factory=dict)
    beginning: int = 0
    """Books that have a word beginning with the last one; those with several such words count several times."""
    facets: Mapping[Facet, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that must all be there, the last perhaps only begun; groups of facets, one of each; a range of prices."""

    words: tuple[str, ...] = ()
    groups: Mapping[Kind, tuple[Facet, ...]] = field(default_factory=dict)
    prices: tuple[str, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    is_archived: bool = False

    @property
    def exact(self) -> str:
        """Return the whole as a ``tsquery``, each word as it was typed; empty when nothing is asked for."""
        return _all([*map(_quoted, self.words), *self._narrowing()])

    @property
    def begun(self) -> str:
        """Return the whole as a ``tsquery`` that is content with the beginning of the last word."""
        return _all([*map(_quoted, self.words[:-1]), *self._beginning(), *self._narrowing()])

    @property
    def narrowing(self) -> str:
        """Return the facets and prices as a ``tsquery``."""
        return _all(self._narrowing())

    def placed(self, weights: str, *, is_begun: bool = False) -> str:
        """Return the words as a ``tsquery`` that finds them only where they have one of ``weights``."""
        last = [f"{_quoted(self.words[-1])}:{'*' if is_begun else ''}{weights}"] if self.words else []
        return _all([*(f"{_quoted(word)}:{weights}" for word in self.words[:-1]), *last])

    def driver(self, terms: Terms) -> str | None:
        """Return a ``tsquery`` of one part alone that finds few entries, among them all that are wanted, or None.

        Where there is one, everything else is looked for among those: that takes the same short time whatever the
        other parts are.
        """
        found = [(terms.words.get(word, 0), _quoted(word)) for word in self.words[:-1]]
        found += [(terms.beginning, text) for text in self._beginning()]
        found += self._groups(terms)
        books, text = min(found, default=(FEW + 1, ""))
        return text if books <= FEW else None

    def rarest(self, terms: Terms, *, is_begun: bool) -> str:
        """Return a ``tsquery`` of the two parts that fewest books have: looking up more takes longer than comparing."""
        parts = [(terms.words.get(word, 0), _quoted(word)) for word in self.words[:-1]]
        if is_begun and terms.beginning <= MANY_MEANINGS:
            parts += [(terms.beginning, text) for text in self._beginning()]
        elif not is_begun:
            parts += [(terms.words.get(word, 0), _quoted(word)) for word in self.words[-1:]]
        parts += [(books, text) for books, text in self._groups(terms)]
        prices = [_any(self.prices)] if self.prices else []
        return _all([*(text for _books, text in sorted(parts)[:_LOOKED_UP]), *prices]) or _quoted("#")

    def expected(self, terms: Terms) -> float:
        """Return how many books have all that is wanted, if its parts had nothing to do with each other."""
        books = max(terms.facets.get(ALL_BOOKS, 0), 1)
        parts = [terms.words.get(word, 0) for word in self.words[:-1]]
        parts += [terms.beginning] if self.words else []
        parts += [count for count, _text in self._groups(terms)]
        if self.lowest is not None and self.highest is not None:
            parts.append(sum(terms.facets.get(band, 0) for band in price_facets(self.lowest, self.highest)))
        return books * math.prod(min(part / books, 1.0) for part in parts)

    def without(self, kind: Kind) -> "Wanted":
        """Return the same without the choice among values of ``kind``."""
        others = {other: group for other, group in self.groups.items() if other is not kind}
        if kind is Kind.PRICE:
            return replace(self, groups=others, prices=(), lowest=None, highest=None)
        return replace(self, groups=others)

    def _groups(self, terms: Terms) -> list[tuple[int, str]]:
        return [
            (sum(terms.facets.get(facet, 0) for facet in group), _any(facet.lexeme for facet in group))
            for group in self.groups.values()
        ]

    def _beginning(self) -> list[str]:
        return [f"{_quoted(self.words[-1])}:*"] if self.words else []

    def _narrowing(self) -> list[str]:
        groups = [_any(facet.lexeme for facet in group) for group in self.groups.values()]
        return [*groups, *([_any(self.prices)] if self.prices else [])]


def _quoted(lexeme: str) -> str:
    # Words are letters and digits alone, and our own signs are none that need to be escaped.
    return f"'{lexeme}'"


def _all(parts: Iterable[str]) -> str:
    return " & ".join(parts)


def _any(lexemes: Iterable[str]) -> str:
    return "(" + " | ".join(map(_quoted, lexemes)) + ")"
