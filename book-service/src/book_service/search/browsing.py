"""Browsing: the names of authors, subjects and publishers, and books that stand near each other."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from book_service.catalogue import repository as catalogue
from book_service.catalogue.errors import BookNotFound
from book_service.catalogue.repository import BookRow
from book_service.catalogue.representation import present
from book_service.search import browsing_repository as repository
from book_service.search.browsing_repository import COUNT_LIMIT
from book_service.search.facets import Kind, lexeme_of
from book_service.search.remembered import Remembered
from book_service.search.schemas import FacetValue, SimilarBooks, ValueQuery
from service_kit.database import Database
from service_kit.paging import INT4, INT8, Page, cut_page, decode_cursor
from service_kit.prepared import Reader, Row
from service_kit.text import search_key

_SHELF_SECONDS = 30.0
"""To find what stands near a book costs more than all else on its page, and hardly ever changes."""


class Browsing:
    """Leads from one shelf to the next."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency
        self._shelves: Remembered[Sequence[UUID]] = Remembered(seconds=_SHELF_SECONDS)

    async def names(self, kind: Kind, query: ValueQuery) -> Page[FacetValue]:
        """Return a page of the names of one kind that books in the catalogue have. Raises ``InvalidCursor``."""
        scope = {"names": kind.value, **query.model_dump(mode="json", exclude={"cursor", "limit"})}
        cursor = decode_cursor(query.cursor, scope, key_types=[str if query.sort == "name" else INT4, INT8])
        prefix = search_key(query.q or "")
        async with self._database.read() as connection:
            rows = await repository.names(connection, kind, prefix, sort=query.sort, cursor=cursor, limit=query.limit)
            total = await repository.count_names(connection, kind, prefix)
        page = cut_page(
            rows,
            limit=query.limit,
            cursor=cursor,
            query=scope,
            keys=lambda row: (row.key if query.sort == "name" else row.books, row.id),
        )
        return Page[FacetValue](
            items=[FacetValue(value=row.value, count=row.books) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=min(total, COUNT_LIMIT),
            total_is_estimate=total > COUNT_LIMIT,
        )

    async def similar(self, book_id: UUID, *, limit: int, for_editor: bool, with_book: bool = False) -> SimilarBooks:
        """Return books of the same shelf: by the same authors, then of the same subjects.

        Raises ``BookNotFound``; ``with_book`` also for an archived book that a reader asks for.
        """
        async with self._database.reader() as reader:
            facets = await repository.facets_of(reader, book_id)
            if facets is None:
                rows = await catalogue.books_by_ids(reader, [book_id])
                return self._near(rows.get(book_id), [], for_editor=for_editor, with_book=with_book)
            # An edit that moves the book to another shelf is another question.
            key = (book_id, frozenset(row.id for row in facets), limit)
            ids = await self._shelves.recall(key, lambda: _near_ids(reader, book_id, facets, limit))
            rows = await catalogue.books_by_ids(reader, [book_id, *ids])
        # The shelf was looked at a moment ago; prices, stock and what has left the catalogue are as of now.
        found = [rows[one] for one in ids if one in rows and rows[one].archived_at is None]
        return self._near(rows.get(book_id), found, for_editor=for_editor, with_book=with_book)

    def _near(
        self, row: BookRow | None, found: Sequence[BookRow], *, for_editor: bool, with_book: bool
    ) -> SimilarBooks:
        if row is None or (with_book and row.archived_at is not None and not for_editor):
            raise BookNotFound
        book, *items = (present(each, currency=self._currency, for_editor=for_editor) for each in (row, *found))
        return SimilarBooks(items=items, book=book if with_book else None)


async def _near_ids(reader: Reader, book_id: UUID, facets: Sequence[Row], limit: int) -> Sequence[UUID]:
    telling = {kind.value: [row.id for row in facets if row.kind == kind.value] for kind in Kind}
    subjects = telling[Kind.SUBJECT.value]
    return await repository.near(
        reader,
        book_id,
        facets=[*subjects, *telling[Kind.LANGUAGE.value], *telling[Kind.PUBLISHER.value]],
        authors=_query(telling[Kind.AUTHOR.value], " | "),
        subjects=_query(subjects, " | "),
        all_subjects=_query(subjects, " & "),
        limit=limit,
    )


def _query(facets: Iterable[int], operator: str) -> str:
    return operator.join(f"'{lexeme_of(facet)}'" for facet in facets) or "'#'"
