"""Marking, in a suggestion, what was typed."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup, escape

_WORD = re.compile(r"\w+")


def highlighted(text: str, words: str) -> Markup:
    """Return ``text`` with what begins like one of ``words`` inside ``<mark>``, whatever the case and the accents."""
    wanted = _beginnings(words)
    if wanted is None:
        return escape(text)
    folded, places = _folded(text)
    parts, end = [], 0
    for found in wanted.finditer(folded):
        start, stop = places[found.start()], places[found.end()]
        parts += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return Markup("".join([*parts, escape(text[end:])]))  # noqa: S704 (each part of the text is escaped)


# The same words are looked for in everything that is suggested for them.
@lru_cache(maxsize=256)
def _beginnings(words: str) -> re.Pattern[str] | None:
    wanted = sorted({_folded(word)[0] for word in _WORD.findall(words)} - {""}, key=len, reverse=True)
    # At the start of a word alone: "in" is to be found in "in the woods", not in "fiction".
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})") if wanted else None


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return ``text`` without case and accents, and for each of its places the one in ``text``."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        decomposed = unicodedata.normalize("NFKD", character).casefold()
        kept = [part for part in decomposed if not unicodedata.combining(part)]
        folded += kept
        places += [place] * len(kept)
    return "".join(folded), [*places, len(text)]
