"""All books of a search, in batches, whatever their number."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from book_service.catalogue import repository as catalogue
from book_service.catalogue.repository import BookRow
from book_service.exporting import repository
from book_service.exporting.repository import Selection
from book_service.search.question import Question
from book_service.search.schemas import BookQuery
from book_service.search.service import SearchService
from book_service.search.suggesting import titles_of
from book_service.search.wanting import wanted_by
from service_kit.database import Database

BATCH = 500


async def batches(database: Database, search: SearchService, query: BookQuery) -> AsyncIterator[Sequence[BookRow]]:
    """Yield all books that match, newest first; each batch is read when it is asked for.

    A book that is added meanwhile is not among them, for it would stand before the first one. Lists that people read
    end after the best matches; these do not, and they have the mistakes forgiven that the list of the same query has.
    """
    selection = await _selection(database, await _as_understood(search, query))
    after: UUID | None = None
    while True:
        async with database.reader() as reader:
            ids = await repository.ids_behind(reader, selection, after, BATCH)
            books = await catalogue.books_by_ids(reader, ids) if ids else {}
        rows = [books[book_id] for book_id in ids if book_id in books]
        if query.in_stock:
            # The index follows the stock within a second; what is written is what can be had now.
            rows = [row for row in rows if row.available > 0]
        if rows:
            yield rows
        if len(ids) < BATCH:
            return
        after = ids[-1]


async def _as_understood(search: SearchService, query: BookQuery) -> BookQuery:
    if not query.q or not Question.parse(query.q).words:
        return query
    page = await search.find(query.model_copy(update={"limit": 1}), for_editor=True)
    corrected = page.search.corrected if page.search is not None else None
    return query.model_copy(update={"q": corrected or query.q})


async def _selection(database: Database, query: BookQuery) -> Selection:
    question = Question.parse(query.q) if query.q else None
    wanted = wanted_by(query, question)
    async with database.reader() as reader:
        titles = await titles_of(reader, question)
    return Selection(
        is_archived=query.archived,
        wanted=wanted.begun,
        narrowing=wanted.narrowing,
        also=titles.isbn_books,
        is_by_ids=titles.is_by_isbn or (question is not None and question.is_empty),
        lowest=wanted.lowest,
        highest=wanted.highest,
    )
