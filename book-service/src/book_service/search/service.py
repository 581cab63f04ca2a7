"""Finding books: a list, a page at a time, with the facets that narrow it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from book_service.catalogue import repository as catalogue
from book_service.catalogue.representation import present
from book_service.search import presentation, repository
from book_service.search.correcting import corrected
from book_service.search.facets import ALL_BOOKS, Kind, price_facets
from book_service.search.misses import Misses
from book_service.search.question import Question
from book_service.search.remembered import Remembered
from book_service.search.repository import Found, Place, Slice, Titles, Values
from book_service.search.schemas import BookPage, BookQuery, Facets, Understood
from book_service.search.statements import MOST_RANKED, WALKED
from book_service.search.suggesting import titles_of
from book_service.search.wanted import Terms, Wanted
from book_service.search.wanting import wanted_by
from service_kit.database import Database
from service_kit.paging import cut_page, decode_cursor
from service_kit.prepared import Reader

_COST_OF_WALKING, _COST_OF_LOOKING_UP, _COST_OF_GATHERING = 1.5, 0.6, 2.0
"""Microseconds, measured: for reading an entry in the order of a list, looking one up, and reading one so found."""
_COUNTED_KINDS = (Kind.SUBJECT, Kind.AUTHOR, Kind.PUBLISHER, Kind.LANGUAGE, Kind.FORMAT, Kind.PRICE, Kind.IN_STOCK)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a question once it was asked."""

    question: Question | None
    wanted: Wanted
    known: Terms
    titles: Titles
    found: Found


class SearchService:
    """Finds books."""

    def __init__(self, database: Database, *, currency: str, misses: Misses) -> None:
        """Take the service's database, the shop's currency (ISO 4217), and where searches in vain are noted."""
        self._database = database
        self._currency = currency
        self._misses = misses
        self._whole: Remembered[presentation.FacetValues] = Remembered()
        self._long: Remembered[Found] = Remembered(lambda counted: counted.is_capped)

    async def find(self, query: BookQuery, *, for_editor: bool) -> BookPage:
        """Return one page of the books that match. Raises ``InvalidCursor``."""
        question = Question.parse(query.q) if query.q else None
        order = _order(query, question)
        scope = query.model_dump(mode="json", exclude={"cursor", "limit", "facets", "facet_values"})
        cursor = decode_cursor(query.cursor, scope, key_types=repository.key_types(order))
        page = Slice(order, query.limit + 1, cursor)
        async with self._database.reader() as reader:
            answer, changes = await self._answer(reader, query, question, page)
            cut = cut_page(answer.found.page, limit=query.limit, cursor=cursor, query=scope, keys=lambda row: row.keys)
            rows = await self._books(reader, cut.rows)
            facets = await self._facets(reader, answer, query) if query.facets else None
        if query.in_stock:
            # The index follows the stock within a second; what is shown is what can be had now.
            rows = [row for row in rows if row.available > 0]
        self._note_miss(query, answer, is_first=cursor is None)
        total, is_estimate = _total(answer)
        return BookPage(
            items=[present(row, currency=self._currency, for_editor=for_editor) for row in rows],
            next_cursor=cut.next_cursor,
            prev_cursor=cut.prev_cursor,
            total=total,
            total_is_estimate=is_estimate,
            search=_understood(query.q, question, answer, changes) if question and query.q else None,
            facets=facets,
        )

    async def _answer(
        self, reader: Reader, query: BookQuery, question: Question | None, page: Slice
    ) -> tuple[Answer, dict[str, str]]:
        answer = await self._ask(reader, query, question, page)
        if question is None or answer.found.count or not query.correct or not question.words:
            return answer, {}
        async for changes in corrected(reader, question, answer.known):
            better = await self._ask(reader, query, question.with_words(changes), page)
            if better.found.count:
                return better, changes
        return answer, {}

    async def _ask(self, reader: Reader, query: BookQuery, question: Question | None, page: Slice) -> Answer:
        wanted = wanted_by(query, question)
        facets = [ALL_BOOKS, *(facet for group in wanted.groups.values() for facet in group)]
        if wanted.lowest is not None and wanted.highest is not None:
            facets += price_facets(wanted.lowest, wanted.highest)
        known = await repository.terms(reader, wanted.words, facets)
        if question is None and not wanted.begun and known.facets.get(ALL_BOOKS, 0) <= MOST_RANKED:
            # So few are read and counted as they are at this moment.
            wanted = replace(wanted, groups={Kind.ALL: (ALL_BOOKS,)})
        titles = await titles_of(reader, question)
        if question is not None and question.is_empty:
            found = Found(0, is_capped=False, page=[], facets=[])
        else:
            found = await self._find(reader, wanted, known, titles, page, kinds=_COUNTED_KINDS if query.facets else ())
        return Answer(question, wanted, known, titles, found)

    async def _find(  # noqa: PLR0913
        self,
        reader: Reader,
        wanted: Wanted,
        known: Terms,
        titles: Titles,
        page: Slice,
        *,
        kinds: Sequence[Kind],
    ) -> Found:
        is_ranked = page.order == "relevance" or titles.is_by_isbn
        # A number that hardly any book has as a word was meant as the part of an ISBN, in whatever order.
        is_ranked = is_ranked or (bool(titles.isbn_books) and wanted.expected(known) < MOST_RANKED)
        if is_ranked or wanted.is_archived or wanted.driver(known) is not None:
            return await repository.find(reader, wanted, known, titles=titles, page=page, kinds=kinds)
        books = known.facets.get(ALL_BOOKS, 0)
        if wanted.begun and not _is_walked(wanted, known, page.limit):
            return await repository.find(reader, wanted, known, titles=titles, page=page, kinds=kinds, is_gathered=True)
        rows = await repository.walk(reader, wanted, page)
        if not wanted.begun:
            return Found(books, is_capped=False, page=rows, facets=None)
        if len(rows) < page.limit and books > WALKED:
            rows = await repository.gather(reader, wanted, page)
        counted = await self._count(reader, wanted, known, titles, kinds=kinds)
        return replace(counted, page=rows)

    async def _count(
        self, reader: Reader, wanted: Wanted, known: Terms, titles: Titles, *, kinds: Sequence[Kind]
    ) -> Found:
        key = (wanted.begun, wanted.lowest, wanted.highest, tuple(titles.isbn_books), bool(kinds))

        async def count() -> Found:
            return await repository.find(reader, wanted, known, titles=titles, page=None, kinds=kinds)

        return await self._long.recall(key, count)

    async def _facets(self, reader: Reader, answer: Answer, query: BookQuery) -> Facets:
        found, wanted = answer.found, answer.wanted
        values = dict(await self._counted(reader, found.facets))
        chosen = [kind for kind in wanted.groups if kind is not Kind.ALL] + ([Kind.PRICE] if wanted.prices else [])
        for kind in chosen:
            others = await self._counted(reader, await self._alternatives(reader, answer, kind))
            values[kind] = others[kind]
        is_complete = not wanted.begun or (found.count <= MOST_RANKED and not found.is_capped)
        return presentation.facets(values, query, found=found.count, is_complete=is_complete)

    async def _counted(self, reader: Reader, values: Values | None) -> presentation.FacetValues:
        if values is not None:
            return presentation.by_kind(values)

        async def count() -> presentation.FacetValues:
            return presentation.by_kind(await repository.commonest(reader, _COUNTED_KINDS))

        return await self._whole.recall(None, count)

    async def _alternatives(self, reader: Reader, answer: Answer, kind: Kind) -> Values | None:
        without = answer.wanted.without(kind)
        if without.begun or without.is_archived or answer.titles.is_by_isbn:
            titles = answer.titles
            return (await repository.find(reader, without, answer.known, titles=titles, page=None, kinds=[kind])).facets
        is_large = answer.known.facets.get(ALL_BOOKS, 0) > MOST_RANKED
        return None if is_large else await repository.commonest(reader, [kind])

    async def _books(self, reader: Reader, places: Sequence[Place]) -> list[catalogue.BookRow]:
        if not places:
            return []
        by_id = await catalogue.books_by_ids(reader, [place.book_id for place in places])
        return [by_id[place.book_id] for place in places if place.book_id in by_id]

    def _note_miss(self, query: BookQuery, answer: Answer, *, is_first: bool) -> None:
        is_narrowed = answer.wanted.groups or answer.wanted.prices or answer.wanted.is_archived
        says_something = answer.question is not None and not answer.question.is_empty
        if query.q and says_something and is_first and not answer.found.count and not is_narrowed:
            self._misses.note(query.q)


def _is_walked(wanted: Wanted, known: Terms, limit: int) -> bool:
    """Tell whether a page is filled sooner by reading entries in the order of the list than by gathering all."""
    books, expected = known.facets.get(ALL_BOOKS, 0), max(wanted.expected(known), 1.0)
    walking = limit * books / expected
    gathering = wanted.rarest_part(known) * _COST_OF_LOOKING_UP + expected * _COST_OF_GATHERING
    # What has to do with each other may be twice as rare as one would expect.
    return walking <= WALKED / 2 and walking * _COST_OF_WALKING <= gathering


def _order(query: BookQuery, question: Question | None) -> str:
    if query.sort in {None, "relevance"}:
        return "newest" if question is None else "relevance"
    return str(query.sort)


def _total(answer: Answer) -> tuple[int, bool]:
    """Return how many books there are, and whether that is an estimate."""
    count, wanted = answer.found.count, answer.wanted
    if not answer.found.is_capped:
        return count, False
    if wanted.is_archived:
        return count, True
    chosen = [facet for group in wanted.groups.values() for facet in group]
    if not wanted.words and not wanted.prices and len(chosen) == 1:
        return max(answer.known.facets.get(chosen[0], 0), count), False
    return max(count, round(wanted.expected(answer.known))) if count else 0, True


def _understood(q: str, question: Question, answer: Answer, changes: dict[str, str]) -> Understood:
    words = answer.question.words if answer.question is not None and changes else ()
    return presentation.understood(q, question.kind, words, changes)
