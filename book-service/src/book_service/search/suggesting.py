"""What the search box offers while one types."""

from collections.abc import Sequence

from book_service.catalogue import repository as catalogue
from book_service.search import browsing_repository as values
from book_service.search import repository
from book_service.search.correcting import corrected
from book_service.search.facets import Kind
from book_service.search.question import Question
from book_service.search.repository import Place, Slice, Titles
from book_service.search.schemas import SuggestedBook, Suggestions
from book_service.search.wanted import Terms, Wanted
from service_kit.database import Database
from service_kit.prepared import Reader

_TITLES = 6
_VALUES = {Kind.AUTHOR: 4, Kind.SUBJECT: 3, Kind.PUBLISHER: 2}


class Suggesting:
    """Offers books and names."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency

    async def suggest(self, text: str) -> Suggestions:
        """Return a few titles, authors, subjects and publishers that match what is being typed."""
        question = Question.parse(text)
        async with self._database.reader() as reader:
            known, places = await self._places(reader, question)
            names = await _names(reader, question)
            changes: dict[str, str] = {}
            if not places and not any(names.values()) and question.words:
                async for changes in corrected(reader, question, known):
                    better = question.with_words(changes)
                    _known, places = await self._places(reader, better)
                    names = await _names(reader, better)
                    if places or any(names.values()):
                        question = better
                        break
                else:
                    changes = {}
            rows = await catalogue.books_by_ids(reader, [place.book_id for place in places])
        found = [rows[place.book_id] for place in places if place.book_id in rows]
        return Suggestions(
            titles=[
                SuggestedBook.model_validate(dict(row._mapping) | {"currency": self._currency})  # noqa: SLF001 (SQLAlchemy's API)
                for row in found
            ],
            authors=names[Kind.AUTHOR],
            subjects=names[Kind.SUBJECT],
            publishers=names[Kind.PUBLISHER],
            corrected=" ".join(question.words) if changes else None,
        )

    async def _places(self, reader: Reader, question: Question) -> tuple[Terms, Sequence[Place]]:
        if question.is_empty:
            return Terms(), []
        wanted = Wanted(words=question.words)
        known = await repository.terms(reader, wanted.words, [])
        titles = await titles_of(reader, question)
        found = await repository.find(reader, wanted, known, titles=titles, page=Slice("relevance", _TITLES))
        return known, found.page


async def titles_of(reader: Reader, question: Question | None) -> Titles:
    """Return what is looked for besides words: a whole title, an ISBN, its digits."""
    if question is None:
        return Titles(None)
    if question.isbn13 is not None:
        return Titles(None, await repository.books_of_isbn(reader, question.isbn13), is_by_isbn=True)
    books = await repository.books_of_digits(reader, question.digits) if question.digits else []
    return Titles(question.title_key, books)


async def _names(reader: Reader, question: Question) -> dict[Kind, list[str]]:
    if not question.words:
        return {kind: [] for kind in _VALUES}
    return await values.names_beginning(reader, Wanted(words=question.words).begun, _VALUES)
