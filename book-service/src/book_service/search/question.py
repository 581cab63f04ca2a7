"""What a reader typed into the one box, taken apart."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from book_service.catalogue.isbn import isbn13_of
from book_service.catalogue.sorting import title_key
from book_service.search.words import query_words

MOST_WORDS = 12

# A scanner may send the symbology before the digits (ISO/IEC 15424), and the add-on with a price behind them.
_SCANNED = re.compile(r"\s*(?:\][A-Za-z]\d)?\s*(97[89]\d{10})\s*(?:\d{2}|\d{5})?\s*")
_DIGITS = re.compile(r"(?:isbn[ :]*)?([0-9][0-9 \-\u2010-\u2015]*[xX]?)", re.IGNORECASE)
_LABEL = re.compile(r"\s*(?:isbn|ean)(?:-?1[03])?[:\s]*", re.IGNORECASE)
_HYPHENS = re.compile(r"[ \-\u2010-\u2015]")
_FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for: an ISBN, or words, or digits that may be either the part of an ISBN or a word."""

    kind: Literal["words", "isbn", "digits"]
    words: tuple[str, ...] = ()
    title_key: str = ""
    isbn13: str | None = None
    digits: str = ""

    @classmethod
    def parse(cls, text: str) -> "Question":
        """Take apart what was typed, or scanned."""
        isbn13 = _isbn13_in(text)
        if isbn13 is not None:
            return cls("isbn", isbn13=isbn13)
        words = query_words(text, most=MOST_WORDS)
        digits = _DIGITS.fullmatch(text.strip())
        compact = _HYPHENS.sub("", digits[1]).upper() if digits else ""
        kind: Literal["words", "digits"] = "digits" if len(compact) >= _FEWEST_DIGITS else "words"
        return cls(kind, words, title_key(text), digits=compact if kind == "digits" else "")

    def with_words(self, changes: dict[str, str]) -> "Question":
        """Return the same question with other words in place of some."""
        words = tuple(dict.fromkeys(changes.get(word, word) for word in self.words))
        return replace(self, words=words, title_key=title_key(" ".join(words)))

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be found by it: it was punctuation alone."""
        return not (self.words or self.isbn13 or self.digits)


def _isbn13_in(text: str) -> str | None:
    scanned = _SCANNED.fullmatch(text)
    for candidate in (scanned[1] if scanned else "", _HYPHENS.sub("", _LABEL.sub("", text, count=1))):
        try:
            return isbn13_of(candidate)
        except ValueError:
            continue
    return None
