"""What may be asked of histories, and putting earlier versions back."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.actors import Actor
from book_service.catalogue import repository as catalogue
from book_service.catalogue.changes import RecordChanges, content_of
from book_service.catalogue.errors import BookNotFound
from book_service.catalogue.models import Book as BookRecord
from book_service.catalogue.repository import BookRow
from book_service.catalogue.representation import TaggedBook
from book_service.history import repository
from book_service.history.content import FIELDS, Changes, before_changes, changes_between
from book_service.history.errors import RevisionNotFound
from book_service.history.repository import COUNT_LIMIT, AnyRow
from book_service.history.schemas import Change, History, Revision, Version
from service_kit.database import Database
from service_kit.paging import INT4, cut_page, decode_cursor


class HistoryService:
    """The history of each book."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._changes = RecordChanges(currency=currency)

    async def of_book(self, book_id: UUID, *, limit: int, encoded_cursor: str | None) -> History:
        """Return a page of a book's history, newest first. Raises ``BookNotFound``, ``InvalidCursor``."""
        scope = {"history": str(book_id)}
        cursor = decode_cursor(encoded_cursor, scope, key_types=[INT4])
        async with self._database.read() as connection:
            if await catalogue.book_by_id(connection, book_id) is None:
                raise BookNotFound
            rows = await repository.page_of_revisions(connection, book_id, cursor, limit)
            total = await repository.count_revisions(connection, book_id)
        page = cut_page(rows, limit=limit, cursor=cursor, query=scope, keys=lambda row: (row.version,))
        return History(
            items=[_revision(row) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=min(total, COUNT_LIMIT),
            total_is_estimate=total > COUNT_LIMIT,
        )

    async def version(self, book_id: UUID, version: int) -> Version:
        """Return what a book said at a version. Raises ``BookNotFound``, ``RevisionNotFound``."""
        async with self._database.read() as connection:
            book = await catalogue.book_by_id(connection, book_id)
            if book is None:
                raise BookNotFound
            then = await _content(connection, book, version)
        return Version(version=version, fields=then, restoring=_told(changes_between(content_of(book), then)))

    async def restore(self, book_id: UUID, version: int, *, actor: Actor, if_match: str | None) -> TaggedBook:
        """Put an earlier version's content back, as a new version. Whether the book is archived is no part of it.

        Raises ``BookNotFound``, ``PreconditionFailed``, ``RevisionNotFound``, ``BookArchived``, ``IsbnTaken``.
        """
        async with self._database.transaction() as session:
            record = await self._changes.existing(session, book_id, if_match)
            then = await _content(session, record, version)
            return await self._changes.save(session, record, then, actor=actor, source_version=version)


async def _content(
    connection: AsyncConnection | AsyncSession, book: BookRecord | BookRow, version: int
) -> dict[str, Any]:
    later = await repository.between(connection, book.id, after=version, up_to=book.version)
    # Without every change since, what the version said cannot be told.
    if version > book.version or len(later) != book.version - version:
        raise RevisionNotFound
    return before_changes(content_of(book), (row.changes for row in later))


def _told(changes: Changes) -> dict[str, Change]:
    order = {name: place for place, name in enumerate(FIELDS)}
    # JSONB forgets the order of keys.
    return {
        name: Change(before=changes[name][0], after=changes[name][1])
        for name in sorted(changes, key=lambda name: order.get(name, len(order)))
    }


def _revision(row: AnyRow) -> Revision:
    return Revision(
        version=row.version,
        kind=row.kind,
        at=row.created_at,
        actor=row.actor,
        actor_name=row.actor_name,
        changes=_told(row.changes),
        import_id=row.import_id,
        source_version=row.source_version,
    )
