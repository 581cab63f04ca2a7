"""What may have been meant when no book has what was typed."""

from collections.abc import AsyncIterator

from book_service.search import repository
from book_service.search.question import Question
from book_service.search.spelling import is_forgiven, misspellings, nearest
from book_service.search.wanted import Terms
from service_kit.prepared import Reader

_TRIES = 3
_WORDS_LOOKED_AT = 4


async def corrected(reader: Reader, question: Question, known: Terms) -> AsyncIterator[dict[str, str]]:
    """Yield a few changes of words to try, the likeliest first.

    Words that no book has are changed all at once; if each word is in some book, though no book has them all, one of
    them at a time, the rarest first.
    """
    unknown = [word for word in question.words if _is_unknown(word, question, known)]
    suspects = unknown or sorted(question.words, key=lambda word: known.words.get(word, 0))
    suspects = [word for word in suspects if is_forgiven(word)][:_WORDS_LOOKED_AT]
    meant = {word: await _meant(reader, word) for word in suspects}
    tries = (
        _all_at_once(meant) if unknown else [{word: other} for word, others in meant.items() for other in others[:1]]
    )
    for changes in tries[:_TRIES]:
        yield changes


def _is_unknown(word: str, question: Question, known: Terms) -> bool:
    is_begun = word == question.words[-1] and known.beginning > 0
    return not known.words.get(word) and not is_begun


async def _meant(reader: Reader, word: str) -> list[str]:
    return nearest(word, await repository.alike(reader, misspellings(word)))


def _all_at_once(meant: dict[str, list[str]]) -> list[dict[str, str]]:
    if not meant or not all(meant.values()):
        return []
    best = {word: others[0] for word, others in meant.items()}
    seconds = [best | {word: others[1]} for word, others in meant.items() if len(others) > 1]
    return [best, *seconds]
