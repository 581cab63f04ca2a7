"""Words as they are searched: how a text falls into words, and which of them a book is found by."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from service_kit.text import search_key

LONGEST_WORD = 64
"""Longer runs of letters are cut here, in books and in questions alike."""

_RUN = re.compile(r"[^\W_]+(?:['’ʼ`-][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"['’ʼ`]")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\. ?){2,}")
# Scripts that put no spaces between words: Thai to Khmer, kana, Han.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


class Weight(Enum):
    """Where in a book a word stands; the letters are PostgreSQL's weights of lexemes."""

    TITLE = "A"
    AUTHORS = "B"
    SUBTITLE = "C"
    REST = "D"


def query_words(text: str, *, most: int) -> tuple[str, ...]:
    """Take apart what was typed into words that must all be there, each once, in the order in which they were typed."""
    words: list[str] = []
    for run in _RUN.finditer(search_key(text)):
        words += _unspaced_or_whole(_PART.findall(_APOSTROPHE.sub("", run[0])))
    return tuple(dict.fromkeys(words))[:most]


def indexed_words(text: str) -> Iterator[str]:
    """Yield every form in which somebody may type a word of ``text``; some come more than once.

    ``"e-book"`` is found as ``e``, ``book`` and ``ebook``; ``"l’étranger"`` as ``etranger`` and ``letranger``;
    ``"J. R. R."`` also as ``jrr``.
    """
    folded = search_key(text)
    for run in _RUN.finditer(folded):
        parts = _PART.findall(run[0])
        yield from _unspaced_or_whole(parts)
        if len(parts) > 1:
            yield from _joined(run[0], parts)
    if "." in folded:
        for initials in _INITIALS.finditer(folded):
            yield "".join(_PART.findall(initials[0]))[:LONGEST_WORD]


def _joined(run: str, parts: list[str]) -> Iterator[str]:
    yield "".join(parts)[:LONGEST_WORD]
    if "-" in run:
        # "hors-d’œuvre" is asked for as its parts between hyphens, each without its apostrophe.
        yield from _unspaced_or_whole(_PART.findall(_APOSTROPHE.sub("", run)))


def _unspaced_or_whole(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        if part.isascii() or not _UNSPACED.search(part):
            yield part[:LONGEST_WORD]
        else:
            yield from _pairs(part)


def _pairs(part: str) -> Iterator[str]:
    """Yield pairs of neighbouring signs, so that a word inside a text without spaces is found."""
    end = 0
    for run in _UNSPACED.finditer(part):
        if run.start() > end:
            yield part[end : run.start()][:LONGEST_WORD]
        signs = run[0]
        yield from (signs[at : at + 2] for at in range(len(signs) - 1)) if len(signs) > 1 else (signs,)
        end = run.end()
    if end < len(part):
        yield part[end:][:LONGEST_WORD]
