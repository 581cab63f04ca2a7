"""Marking, in a suggestion, what was typed."""

import re
import unicodedata

from markupsafe import Markup, escape

_WORD = re.compile(r"\w+")


def highlighted(text: str, words: str) -> Markup:
    """Return ``text`` with what begins like one of ``words`` inside ``<mark>``, whatever the case and the accents."""
    wanted = sorted({_folded(word)[0] for word in _WORD.findall(words)} - {""}, key=len, reverse=True)
    if not wanted:
        return escape(text)
    folded, places = _folded(text)
    marked, end = Markup(), 0
    # At the start of a word alone: "in" is to be found in "in the woods", not in "fiction".
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})", folded):
        start, stop = places[found.start()], places[found.end()]
        marked += Markup("{}<mark>{}</mark>").format(text[end:start], text[start:stop])
        end = stop
    return marked + text[end:]


def _folded(text: str) -> tuple[str, list[int]]:
    """Return ``text`` without case and accents, and for each of its places the one in ``text``."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        decomposed = unicodedata.normalize("NFKD", character).casefold()
        kept = [part for part in decomposed if not unicodedata.combining(part)]
        folded += kept
        places += [place] * len(kept)
    return "".join(folded), [*places, len(text)]
