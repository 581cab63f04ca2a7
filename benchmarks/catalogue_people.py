"""The authors, publishers and subjects of the benchmark's books."""

import random
from functools import cache

from catalogue_words import phrases, rare_words, words

AUTHORS = 320_000
PUBLISHERS = 20_000
_ELSEWHERE = 3_000

_TOPICS = phrases("topics")

SUBJECTS = [
    topic if aspect is None else f"{topic}, {aspect}" for aspect in (None, *phrases("aspects")) for topic in _TOPICS
]
"""Forty topics, most frequent first, and each once for every aspect: some 1,500."""
TOPICS = len(_TOPICS)


@cache
def authors() -> list[str]:
    """Return the authors, most productive first, all distinct."""
    chance, found = random.Random("authors"), dict[str, None]()
    rare, roll, pick = rare_words(), chance.random, chance.choice
    given, family = words("given names"), [name.replace("-", " ") for name in words("family names")]
    while len(found) < AUTHORS:
        surname = pick(family) if roll() < 0.15 else rare[int(len(rare) ** roll()) - 1]
        initial = f" {chr(65 + int(roll() * 26))}." if roll() < 0.35 else ""
        found[f"{pick(given)}{initial} {surname}"] = None
    return list(found)


@cache
def authors_elsewhere(language: str) -> list[str]:
    """Return authors who write their names in the letters of ``language``: rus, jpn or ara."""
    chance = random.Random(language)
    if language == "jpn":
        characters = words("jpn characters")
        return ["".join(chance.choices(characters, k=4)) for _ in range(_ELSEWHERE)]
    given, syllables = words(f"{language} given names"), words(f"{language} syllables")
    return [f"{chance.choice(given)} {''.join(chance.choices(syllables, k=3)).capitalize()}" for _ in range(_ELSEWHERE)]


@cache
def publishers() -> list[str]:
    """Return the publishers, largest first, all distinct."""
    chance, found = random.Random("publishers"), dict[str, None]()
    rare, imprints = rare_words(), phrases("imprints")
    while len(found) < PUBLISHERS:
        found[f"{chance.choice(rare)} {chance.choice(imprints)}"] = None
    return list(found)
