"""What readers ask a catalogue, by kind: drawn with a seed from the books that are in it."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlencode

from catalogue_books import BETWEEN_BOOKS, BLOCK, FIRST_ADDED, UNPOPULAR, book_id, isbn13, stocked_books
from catalogue_people import SUBJECTS
from catalogue_words import rare_words, vocabulary, words

from service_kit.text import search_key

EACH = 100
"""Different questions of a kind."""
_RARE_FROM = 60_000
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Question:
    """The same question put to the API and to the web page, as paths with query."""

    api: str
    page: str


@dataclass(frozen=True)
class Kind:
    """Questions of one kind. ``adversarial`` ones are meant to hurt."""

    name: str
    questions: Sequence[Question]
    adversarial: bool = False


class Known:
    """What is known of the catalogue: enough to ask about things that are there."""

    def __init__(self, books: int, seed: int) -> None:
        """Read the beginning, the middle and the end of the catalogue again from where it was made."""
        self.books = books
        self.chance = random.Random(f"questions {seed}")
        starts = {0, books // 2 // BLOCK * BLOCK, (books - 1) // BLOCK * BLOCK}
        rows = [row for start in sorted(starts) for row, _ in stocked_books(start, min(start + BLOCK, books), seed)]
        self.titles = [found for row in rows if (found := _WORD.findall(search_key(row[2])))]
        self.authors = [author for row in rows for author in row[4] if author.isascii()]
        self.frequent = [word for word, _ in _counted(self.titles) if len(word) > 3][:40]
        rare = {word.lower() for word in rare_words()[_RARE_FROM:]}
        self.rare = sorted({word for title in self.titles for word in title if word in rare})

    def some_words(self, most: int) -> list[str]:
        """Return one to ``most`` words of one book's title or author, frequent ones as often as they are."""
        title = self.chance.choice(self.titles)
        if self.chance.random() < 0.25 and self.authors:
            title = [*title, search_key(self.chance.choice(self.authors)).split()[-1]]
        return self.chance.sample(title, min(len(title), self.chance.randint(1, most)))


def kinds_of_questions(
    known: Known, present: Mapping[str, str | None], deep: Mapping[str, Sequence[str]]
) -> Iterator[Kind]:
    """Yield all kinds. ``present`` are ids with ISBNs of books on the shelf, ``deep`` cursors far down by page size."""
    chance = known.chance
    ids, isbns = list(present), [isbn for isbn in present.values() if isbn]
    yield Kind("one book by id", [Question(f"/books/{book}", f"/books/{book}") for book in ids])
    yield Kind("one book by ISBN", [Question(f"/books/isbn/{isbn}", f"/books?q={isbn}") for isbn in isbns])
    yield Kind("24 newest, first page", [listed()])
    yield Kind("24 newest, 4,000th page", [listed(cursor=cursor) for cursor in deep["newest"]])
    yield Kind("24 by title, first page", [listed(sort="title")])
    yield from _filtered(known)
    yield from _searches(known)
    prefixes = ["".join(known.some_words(2)[0])[: chance.randint(1, 6)] for _ in range(EACH)]
    yield Kind("suggestions, 1 to 6 letters", [suggested(prefix) for prefix in prefixes])
    yield from _adversarial(known)


def _filtered(known: Known) -> Iterator[Kind]:
    chance = known.chance
    topics = SUBJECTS[:8]
    yield Kind("common subject, facets", [listed(subject=topic, facets="true") for topic in topics])
    combined = [
        listed(subject=topic, language=language, price_min=low, price_max=low + 10, facets="true")
        for topic in topics
        for language in ("eng", "deu")
        for low in (5, 15)
    ]
    yield Kind("subject, language and price, facets", combined)
    authors = chance.sample(sorted(set(known.authors)), min(EACH, len(set(known.authors))))
    yield Kind("one author, facets", [listed(author=author, facets="true") for author in authors])


def _searches(known: Known) -> Iterator[Kind]:
    chance = known.chance
    yield searches("search: a rare word", [chance.choice(known.rare) for _ in range(EACH)])
    yield searches("search: a very common word", known.frequent)
    pairs = [" ".join(chance.sample(known.frequent, 2)) for _ in range(EACH)]
    yield searches("search: two common words", pairs)
    mix = [" ".join(known.some_words(3)) for _ in range(EACH)]
    yield searches("search: mix of 1 to 3 words", mix)
    yield searches("search: mix, with facets", mix, facets="true")
    yield searches("search: common word, facets", known.frequent, facets="true")
    yield searches("search: a typo", [_misspelt(chance, _long_word(known)) for _ in range(EACH)])
    yield searches(
        "search: two words, one typo",
        [f"{chance.choice(known.frequent)} {_misspelt(chance, _long_word(known))}" for _ in range(EACH)],
    )


def _adversarial(known: Known) -> Iterator[Kind]:
    chance = known.chance
    stop = ["the", "of", "and the", "the of", "a", "to the", "of the and", "in", "it", "der die das", "le la les"]
    yield searches("adversarial: stop words only", stop, adversarial=True)
    german, french = words("deu")[:40], [word for word in words("fra") if word.isascii()][:40]
    apart = [f"{chance.choice(german)} {chance.choice(french)}" for _ in range(EACH)]
    yield searches("adversarial: frequent words that rarely meet", apart, adversarial=True)
    many = [" ".join(chance.choice(known.frequent) for _ in range(12)) for _ in range(EACH)]
    yield searches("adversarial: twelve common words", many, adversarial=True)
    never_sold = UNPOPULAR.split()[0].lower()
    unpopular = [never_sold, *(f"{never_sold} {word}" for word in known.frequent)]
    yield searches("adversarial: a frequent word of unpopular books", unpopular, adversarial=True)
    yield searches("adversarial: …, with facets", unpopular, adversarial=True, facets="true")
    yield Kind("adversarial: suggestions for one letter", [suggested(letter) for letter in _LETTERS], adversarial=True)
    yield searches("adversarial: one letter", list(_LETTERS), adversarial=True)
    digits = [f"{chance.randrange(10**4):04d}" for _ in range(EACH)]
    yield searches("adversarial: four last digits", digits, adversarial=True)
    nonsense = ["".join(chance.choices(_LETTERS, k=chance.randint(8, 14))) for _ in range(EACH)]
    yield searches("adversarial: no such word", nonsense, adversarial=True)


def searches(name: str, texts: Sequence[str], *, adversarial: bool = False, **more: str) -> Kind:
    return Kind(name, [listed(q=text, **more) for text in dict.fromkeys(texts)], adversarial)


def listed(**query: object) -> Question:
    """Return the question for a list of books; a page always has facets."""
    asked = urlencode({name: str(value) for name, value in query.items()})
    shown = urlencode({name: str(value) for name, value in query.items() if name != "facets"})
    return Question(f"/books?{asked}".rstrip("?"), f"/books?{shown}".rstrip("?"))


def suggested(text: str) -> Question:
    return Question(f"/books/suggest?q={quote(text)}", f"/suggestions?q={quote(text)}")


def some_ids(known: Known) -> dict[str, str]:
    """Return ids, with ISBNs, of books all over the catalogue; few of them may be archived, or have no ISBN."""
    numbers = [known.chance.randrange(known.books) for _ in range(EACH)]
    return {str(book_id(number, FIRST_ADDED + number * BETWEEN_BOOKS)): isbn13(number) for number in numbers}


def _counted(titles: Sequence[Sequence[str]]) -> list[tuple[str, int]]:
    return Counter(word for title in titles for word in set(title)).most_common()


def _long_word(known: Known) -> str:
    while True:
        word: str = known.chance.choice(known.chance.choice(known.titles))
        if len(word) >= 6 and word.isascii():
            return word


def _misspelt(chance: random.Random, word: str) -> str:
    """Return the word with one slip of the fingers: a letter left out, doubled, swapped or another one."""
    place = chance.randrange(1, len(word) - 1)
    head, tail = word[:place], word[place:]
    slips: Sequence[Callable[[], str]] = (
        lambda: head + tail[1:],
        lambda: head + tail[0] + tail,
        lambda: head[:-1] + tail[0] + head[-1] + tail[1:],
        lambda: head + chance.choice(_LETTERS) + tail[1:],
    )
    known = _spelt_right()
    for _ in range(20):
        if (slip := chance.choice(slips)()) not in known:
            return slip
    return head + "q" + tail


@cache
def _spelt_right() -> frozenset[str]:
    return frozenset(word.lower() for word in vocabulary("eng"))
