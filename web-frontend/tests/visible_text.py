"""What people see or hear of a page, piece by piece, and whether a piece was translated.

With the pseudo-language each translation stands in ⟦ ⟧, so that what stands outside was forgotten, unless it is data.
"""

import re
from collections.abc import Iterable, Iterator
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any

from babel import Locale

from service_kit.languages.language import Language

SPOKEN = {"aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt"}
# What is inside is nobody's language, or written by Babel: code, keys, moments, names of people and books.
OF_NOBODY = {"script", "style", "template", "code", "kbd", "time", "bdi", "svg", "cover"}
VOID = {"input", "meta", "link", "br", "hr", "img", "wbr", "source", "col"}
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")
_DATA_LIKE = re.compile(r"[A-Z\s@]|[^\x00-\x7f]|\d")


class Pseudo(NullTranslations):
    """A language whose every text shows that it is one."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, _context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def npgettext(self, _context: str, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


# English as the world writes it: a tag of its own, so that nothing that is remembered by language is mixed up with it.
PSEUDO = Language("en", Locale("en", "001"), Pseudo())


class Pieces(HTMLParser):
    """Texts of a page outside of translations; ``found`` has them in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            # A cover shows title and author once more, as a picture.
            self._open.append("cover" if "cover" in (dict(attrs).get("class") or "").split() else tag)
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            self._note(given.get("value", ""))
        if tag == "meta" and given.get("name") == "description":
            self._note(given.get("content", ""))
        for name in SPOKEN & given.keys():
            self._note(given[name])

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._open[-1:] == ["cover"]:
            self._open.pop()
        elif tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if OF_NOBODY & set(self._open):
            return
        outside = ""
        for character in data:
            self._depth += (character == "⟦") - (character == "⟧")
            outside += character if self._depth == 0 and character != "⟧" else " "
        self._note(outside)

    def _note(self, text: str) -> None:
        bare = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        while bare != text:
            text, bare = bare, re.sub(r"⟦[^⟦⟧]*⟧", " ", bare)
        if _LETTERS.search(bare):
            self.found.append(" ".join(bare.split()))


def strings_in(value: Any) -> Iterator[str]:
    """Yield the texts of some JSON that may be shown: no codes, which are words of the API and not of people."""
    if isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, str) and _DATA_LIKE.search(value):
        # Pages show the first sentences of a description alone.
        yield from (" ".join(part.split()) for part in _SENTENCE_END.split(value))


def forgotten(html: str, data: Iterable[str]) -> list[str]:
    """Return what a page in the pseudo-language says that is neither a translation nor data."""
    known = sorted({text for text in data if len(text) > 1}, key=len, reverse=True)
    left = []
    for piece in Pieces(html).found:
        rest = piece
        for text in known:
            if text in rest:
                rest = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", " ", rest)
        if _LETTERS.search(rest):
            left.append(rest)
    return left
