"""All books of a search, in batches, whatever their number."""

from collections.abc import AsyncIterator, Sequence

from book_service.catalogue import repository
from book_service.catalogue.repository import BookRow
from book_service.catalogue.schemas import BookQuery
from book_service.catalogue.search import SearchTerms
from service_kit.database import Database
from service_kit.paging import Cursor

BATCH = 500


async def batches(database: Database, query: BookQuery) -> AsyncIterator[Sequence[BookRow]]:
    """Yield all books that match, newest first; each batch is read when it is asked for.

    A book that is added meanwhile is not among them, for it would stand before the first one.
    """
    terms = SearchTerms.parse(query.q) if query.q else None
    order = repository.sort_order("newest", terms)
    query = query.model_copy(update={"limit": BATCH})
    cursor: Cursor | None = None
    while True:
        async with database.read() as connection:
            rows = await repository.page_of_books(connection, query, terms, order, cursor)
        if rows:
            yield rows[:BATCH]
        if len(rows) <= BATCH:
            return
        cursor = Cursor("next", (str(rows[BATCH - 1].id),))
