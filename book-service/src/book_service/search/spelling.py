"""Mistakes in a word that are forgiven, and how the word that was meant is recognised.

A word of the catalogue is kept with numbers that stand for it, for each way to leave out one of its letters, and for
its sound. What was typed has such numbers too, and a word that was meant shares one of them: a letter too many,
missing, wrong, or in its neighbour's place (the symmetric deletions of W. Garbe), and spellings of one sound
("Dostoevski"). So the question to the database is one of equality, and its answer is short.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

SHORTEST, LONGEST = 4, 32
_LONG = 7
"""From so many letters on two mistakes are forgiven."""
_SOUND_LETTERS = 3
_SOUNDS = (
    (re.compile(r"tsch|tch|sch|sh|ch|cz"), "x"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"[cqk]+h?"), "k"),
    (re.compile(r"w"), "v"),
    (re.compile(r"z"), "s"),
    (re.compile(r"[aeiouyhj]"), ""),
)
_REPEATED = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word of the catalogue, and how many books have it."""

    word: str
    books: int


def is_forgiven(word: str) -> bool:
    """Tell whether mistakes in such a word are looked for: numbers and short words are taken as they are."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def misspellings(word: str) -> list[int]:
    """Return the numbers by which ``word`` is recognised in spite of a mistake, if any is forgiven."""
    return sorted({_number(text) for text in _likenesses(word)}) if is_forgiven(word) else []


def nearest(word: str, candidates: Iterable[Candidate]) -> list[str]:
    """Return those that may have been meant: the nearest first, and of equally near ones the commonest."""
    found = []
    for candidate in candidates:
        distance = OSA.distance(word, candidate.word, score_cutoff=3)
        if 0 < distance <= _forgiven_distance(word, candidate.word):
            found.append((distance, -candidate.books, candidate.word))
    return [candidate for _distance, _books, candidate in sorted(found)]


def _forgiven_distance(word: str, other: str) -> int:
    if len(word) < _LONG:
        return 1
    return 3 if len(word) > _LONG and _sound(word) == _sound(other) else 2


def _likenesses(word: str) -> Iterator[str]:
    yield word
    yield from (word[:at] + word[at + 1 :] for at in range(len(word)))
    sound = _sound(word)
    if len(sound) >= _SOUND_LETTERS:
        yield f"~{sound}"


def _sound(word: str) -> str:
    """Return the consonants of a word in letters of the same sound: ``dstvsk`` for Dostoyevsky and Dostoevski."""
    if not word.isascii():
        return ""
    sound = word
    for pattern, letter in _SOUNDS:
        sound = pattern.sub(letter, sound)
    sound = _REPEATED.sub(r"\1", sound)
    # Without its vowels "Emma" is like half the dictionary, so the first letter stays.
    return sound if sound[:1] == word[:1] or not word[:1] else word[0] + sound


def _number(text: str) -> int:
    number = zlib.crc32(text.encode())
    return number - (1 << 32) if number >= 1 << 31 else number
