"""Titles and descriptions of the benchmark's books, by language, out of words drawn by Zipf's law."""

import random
from functools import cache

from catalogue_words import phrases, rare_words, vocabulary, words, words_elsewhere

_FLAT = 25
"""How many of the most frequent words are about as frequent as each other: no noun is in every fourth title."""
_COMMON, _COMMON_SHARE = 1200, 0.5
"""Half of all nouns are from the first 1200, the others from all: most words are rare, and most titles are not."""
_SENTENCES = 6_000


def _picked(roll: float, among: list[str]) -> str:
    return among[int(roll * len(among))]


def zipf_rank(roll: float, most: int, flat: int = _FLAT) -> int:
    """Return a rank from 0 to ``most - 1`` whose chance falls as 1 / (rank + flat), from a ``roll`` in [0, 1)."""
    return int(flat * ((most + flat) / flat) ** roll) - flat


class Titles:
    """Titles, subtitles and descriptions from one stream of chance."""

    def __init__(self, chance: random.Random) -> None:
        """Take the stream; each book takes from it in its turn."""
        self._roll = chance.random

    def title(self, language: str) -> str:
        """Return a title in ``language`` (ISO 639-3)."""
        if language == "jpn":
            return self._japanese()
        if language in {"rus", "ara"}:
            return self._few_words(language)
        if self._roll() < 0.004:
            return _picked(self._roll(), phrases("odd titles"))
        patterns = phrases(f"{language} titles")
        return self.filled(patterns[zipf_rank(self._roll(), len(patterns), 6)], vocabulary(language))

    def subtitle(self, language: str) -> str | None:
        """Return a subtitle, which two books in five have."""
        roll = self._roll()
        if language not in {"eng", "deu"} or roll > 0.4:
            return None
        return self.filled(_picked(roll / 0.4, phrases("subtitles")), vocabulary(language))

    def description(self) -> str | None:
        """Return some 300 to 800 characters, for seven books in eight."""
        roll, pool = self._roll, _sentences()
        if roll() < 0.125:
            return None
        return " ".join([pool[int(roll() * _SENTENCES)] for _ in range(4 + int(roll() * 6))])

    def filled(self, pattern: str, nouns: list[str]) -> str:
        """Return the pattern with a noun for every ``{}``."""
        roll, most = self._roll, len(nouns)
        parts = pattern.split("{}")
        filled = parts[0]
        for part in parts[1:]:
            filled += nouns[zipf_rank(roll(), _COMMON if roll() < _COMMON_SHARE else most)] + part
        if "{" in filled:
            adjective = _picked(roll(), words("deu adjectives"))
            filled = filled.format(number=1 + int(12 * roll() ** 2), adjective=adjective)
        return filled

    def _japanese(self) -> str:
        roll = self._roll
        letters = [
            _picked(roll(), words("jpn characters" if roll() < 0.5 else "jpn kana"))
            for _ in range(3 + int(roll() * 10))
        ]
        return "".join(letters)

    def _few_words(self, language: str) -> str:
        roll, known = self._roll, words_elsewhere(language)
        chosen = [known[zipf_rank(roll(), len(known), 10)] for _ in range(1 + int(roll() * 4))]
        return " ".join(chosen).capitalize()


@cache
def _sentences() -> list[str]:
    chance = random.Random("sentences")
    titles, nouns = Titles(chance), [noun.lower() for noun in vocabulary("eng")[:900]] + rare_words()[:4000]
    return [titles.filled(chance.choice(phrases("sentences")), nouns) for _ in range(_SENTENCES)]
