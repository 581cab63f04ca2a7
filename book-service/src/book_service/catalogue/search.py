"""What a reader typed into the search box, taken apart."""

import re
from dataclasses import dataclass

from book_service.catalogue.isbn import isbn13_of
from book_service.catalogue.sorting import title_key
from service_kit.text import search_key

_MOST_WORDS = 12
_DIGITS = re.compile(r"[0-9 \-]*[0-9][0-9 \-]*[xX]?")


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """The words to find, each anywhere in a book's search text, and the ISBN if it is one."""

    words: tuple[str, ...]
    title_key: str
    isbn13: str | None

    @classmethod
    def parse(cls, text: str) -> "SearchTerms":
        """Take apart what was typed: words in any order, or an ISBN, or some of its digits, with any hyphens."""
        try:
            return cls((), "", isbn13_of(text))
        except ValueError:
            pass
        if _DIGITS.fullmatch(text.strip()):
            return cls((re.sub(r"[ \-]", "", text).lower(),), search_key(text), None)
        return cls(tuple(search_key(text).split()[:_MOST_WORDS]), title_key(text), None)


def like_pattern(word: str) -> str:
    """Return the ``LIKE`` pattern that finds ``word`` anywhere."""
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    return f"%{escaped}%"


def search_text(*parts: str | list[str] | None) -> str:
    """Return the folded text in which a book is found."""
    flat = [text for part in parts if part for text in ([part] if isinstance(part, str) else part)]
    return search_key(" ".join(flat))
