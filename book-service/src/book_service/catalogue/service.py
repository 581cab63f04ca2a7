"""What may be done with books, and in which transaction."""

from collections.abc import Sequence
from uuid import UUID

from book_service.actors import Actor
from book_service.catalogue import repository
from book_service.catalogue.changes import RecordChanges, content_of, fields_of
from book_service.catalogue.errors import BookNotFound
from book_service.catalogue.repository import BookRow
from book_service.catalogue.representation import TaggedBook, book_path, tagged
from book_service.catalogue.schemas import BookCreate, BookFields, BookPatch
from book_service.idempotency import IdempotencyKeyRow
from service_kit.database import Database
from service_kit.idempotency import IdempotentRequest, StoredAnswer, claim, complete


class CatalogueService:
    """The catalogue."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency
        self._changes = RecordChanges(currency=currency)

    async def get(self, book_id: UUID, *, for_editor: bool) -> TaggedBook:
        """Return one book. Raises ``BookNotFound``, also for an archived book that a reader asks for."""
        async with self._database.read() as connection:
            row = await repository.book_by_id(connection, book_id)
        return self._visible(row, for_editor=for_editor)

    async def get_by_isbn(self, isbn13: str, *, for_editor: bool) -> TaggedBook:
        """Return the book with this ISBN. Raises ``BookNotFound``."""
        async with self._database.read() as connection:
            row = await repository.book_by_isbn(connection, isbn13)
        return self._visible(row, for_editor=for_editor)

    async def create(
        self, new: BookCreate, *, actor: Actor, key: IdempotentRequest | None = None
    ) -> TaggedBook | StoredAnswer:
        """Add a book with its first stock, once for a key; a repeated request gets the first one's answer.

        Raises ``IsbnTaken``, and what ``claim`` raises.
        """
        async with self._database.transaction() as session:
            earlier = await claim(session, IdempotencyKeyRow, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return earlier.answer
            book_id = await self._changes.add(session, new, actor=actor)
            created = await self._changes.current(session, book_id)
            if key is not None:
                headers = {"ETag": created.etag, "Location": book_path(book_id)}
                await complete(
                    session, IdempotencyKeyRow, key, StoredAnswer(201, created.book.model_dump_json(), headers)
                )
            return created

    async def create_first_books(self, books: Sequence[BookCreate], *, actor: Actor) -> int:
        """Add all ``books``, in one transaction, if there is no book yet; return how many were added."""
        async with self._database.transaction() as session:
            if not await repository.is_empty(session):
                return 0
            return len(await self._changes.add_all(session, books, actor=actor))

    async def replace(self, book_id: UUID, fields: BookFields, *, actor: Actor, if_match: str | None) -> TaggedBook:
        """Replace all of a book's fields.

        Raises ``BookNotFound``, ``BookArchived``, ``PreconditionFailed``, ``IsbnTaken``.
        """
        async with self._database.transaction() as session:
            record = await self._changes.existing(session, book_id, if_match)
            return await self._changes.save(session, record, fields_of(fields), actor=actor)

    async def patch(self, book_id: UUID, changes: BookPatch, *, actor: Actor, if_match: str | None) -> TaggedBook:
        """Change some fields (RFC 7396). Raises as ``replace`` does."""
        changed = {name: getattr(changes, name) for name in changes.model_fields_set}
        async with self._database.transaction() as session:
            record = await self._changes.existing(session, book_id, if_match)
            return await self._changes.save(session, record, content_of(record) | changed, actor=actor)

    async def archive(self, book_id: UUID, *, actor: Actor, if_match: str | None) -> None:
        """Take a book out of the catalogue; orders keep their copy. Archiving it again changes nothing."""
        async with self._database.transaction() as session:
            record = await self._changes.existing(session, book_id, if_match)
            await self._changes.set_archived(session, record, archived=True, actor=actor)

    async def restore(self, book_id: UUID, *, actor: Actor, if_match: str | None) -> TaggedBook:
        """Put an archived book back. Raises ``BookNotFound``, ``PreconditionFailed``."""
        async with self._database.transaction() as session:
            record = await self._changes.existing(session, book_id, if_match)
            await self._changes.set_archived(session, record, archived=False, actor=actor)
            return await self._changes.current(session, book_id)

    def _visible(self, row: BookRow | None, *, for_editor: bool) -> TaggedBook:
        if row is None or (row.archived_at is not None and not for_editor):
            raise BookNotFound
        return self._tagged(row, for_editor=for_editor)

    def _tagged(self, row: BookRow, *, for_editor: bool) -> TaggedBook:
        return tagged(row, currency=self._currency, for_editor=for_editor)
