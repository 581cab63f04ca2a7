"""The words that the benchmark's books are made of: common ones by language, and rare ones that are invented.

The same rank is always the same word, in every process and on every machine.
"""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

RARE_WORDS = 230_000
_LISTS = Path(__file__).with_name("catalogue_words.txt")
_CODAS = ["", "", "", "", "l", "n", "r", "s", "t", "m", "nd", "rt", "st", "ck", "ll", "ng", "rn", "x"]


@cache
def phrases(name: str) -> list[str]:
    """Return the lines of a list; the first ones are meant to be the most frequent."""
    return _lists()[name].splitlines()


@cache
def words(name: str) -> list[str]:
    """Return the words of a list, as they come."""
    return _lists()[name].split()


@cache
def rare_words() -> list[str]:
    """Return the invented words, all distinct."""
    chance, known = random.Random("rare words"), dict[str, None]()
    for word in _invented(chance):
        known[word] = None
        if len(known) == RARE_WORDS:
            break
    return list(known)


@cache
def vocabulary(language: str) -> list[str]:
    """Return the words of a language's titles, most frequent first; the invented ones come last."""
    rare, common = rare_words(), list(dict.fromkeys(words(language)))
    if language == "deu":
        compounds = [f"{first}{second.lower()}" for first in common for second in common if first != second]
        return [*common, *_shuffled(compounds), *rare[:60_000]]
    first = [word.capitalize() for word in common]
    if language == "eng":
        return [*first, *_shuffled([f"{word}s" for word in first[:380] if not word.endswith(("s", "y"))]), *rare]
    return [*first, *rare[60_000:90_000]]


@cache
def words_elsewhere(language: str) -> list[str]:
    """Return words of rus or ara: common ones, then rare ones that are spelt out of the halves of those."""
    common, chance = words(language), random.Random(language)
    halves = [word[: len(word) // 2 + 1] for word in common]
    ends = [word[len(word) // 2 :] for word in common]
    return [*common, *dict.fromkeys(f"{first}{end}" for first in halves for end in chance.sample(ends, 30))]


def _invented(chance: random.Random) -> Iterator[str]:
    pick, roll, onsets, vowels, endings = (
        chance.choice,
        chance.random,
        words("onsets"),
        words("vowels"),
        words("endings"),
    )
    while True:
        word = pick(onsets) + pick(vowels) + pick(_CODAS) + pick(onsets) + pick(vowels)
        word += pick(_CODAS) if roll() < 0.5 else pick(endings)
        yield (word if roll() < 0.9 else f"{word}{pick(onsets)}{pick(vowels)}{pick(_CODAS)}").capitalize()


def _shuffled(found: list[str]) -> list[str]:
    random.Random("order").shuffle(found)
    return found


@cache
def _lists() -> dict[str, str]:
    sections = _LISTS.read_text(encoding="utf-8").split("\n\n")
    return {name.removeprefix("["): body for name, _, body in (section.partition("]\n") for section in sections)}
