"""What may be done with books, and in which transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.catalogue import repository
from book_service.catalogue.errors import BookArchived, BookNotFound, IsbnTaken, PreconditionFailed
from book_service.catalogue.etags import book_etag, matching_versions
from book_service.catalogue.models import Book as BookRecord
from book_service.catalogue.presentation import present_book
from book_service.catalogue.repository import BookRow
from book_service.catalogue.schemas import Book, BookCreate, BookFields, BookPatch
from book_service.idempotency import IdempotencyKeyRow
from book_service.inventory import repository as inventory
from book_service.search import index
from service_kit.database import Database, violated_constraint
from service_kit.idempotency import IdempotentRequest, StoredAnswer, claim, complete
from service_kit.identifiers import new_id


@dataclass(frozen=True, slots=True)
class TaggedBook:
    """A book and its entity tag."""

    book: Book
    etag: str


class CatalogueService:
    """The catalogue."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the service's database and the shop's currency (ISO 4217)."""
        self._database = database
        self._currency = currency

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
        self, new: BookCreate, *, actor: str, key: IdempotentRequest | None = None
    ) -> TaggedBook | StoredAnswer:
        """Add a book with its first stock, once for a key; a repeated request gets the first one's answer.

        Raises ``IsbnTaken``, and what ``claim`` raises.
        """
        async with self._database.transaction() as session:
            earlier = await claim(session, IdempotencyKeyRow, key) if key else None
            if earlier is not None and earlier.answer is not None:
                return earlier.answer
            book_id = await self._add(session, new, actor=actor)
            created = self._tagged(await repository.current(session, book_id), for_editor=True)
            if key is not None:
                headers = {"ETag": created.etag, "Location": book_path(book_id)}
                await complete(
                    session, IdempotencyKeyRow, key, StoredAnswer(201, created.book.model_dump_json(), headers)
                )
            return created

    async def create_first_books(self, books: Sequence[BookCreate], *, actor: str) -> int:
        """Add all ``books``, in one transaction, if there is no book yet; return how many were added."""
        async with self._database.transaction() as session:
            if not await repository.is_empty(session):
                return 0
            for new in books:
                await self._add(session, new, actor=actor)
            return len(books)

    async def replace(self, book_id: UUID, fields: BookFields, *, if_match: str | None) -> TaggedBook:
        """Replace all of a book's fields.

        Raises ``BookNotFound``, ``BookArchived``, ``PreconditionFailed``, ``IsbnTaken``.
        """
        async with self._database.transaction() as session:
            record = await self._existing(session, book_id, if_match)
            return await self._save(session, record, fields)

    async def patch(self, book_id: UUID, changes: BookPatch, *, if_match: str | None) -> TaggedBook:
        """Change some fields (RFC 7396). Raises as ``replace`` does."""
        async with self._database.transaction() as session:
            record = await self._existing(session, book_id, if_match)
            return await self._save(session, record, _merged(record, changes))

    async def archive(self, book_id: UUID, *, if_match: str | None) -> None:
        """Take a book out of the catalogue; orders keep their copy. Archiving it again changes nothing."""
        async with self._database.transaction() as session:
            record = await self._existing(session, book_id, if_match)
            if record.archived_at is None:
                await repository.touch(session, book_id, archived_at=func.now())
                await index.refresh(session, [book_id])

    async def restore(self, book_id: UUID, *, if_match: str | None) -> TaggedBook:
        """Put an archived book back. Raises ``BookNotFound``, ``PreconditionFailed``."""
        async with self._database.transaction() as session:
            record = await self._existing(session, book_id, if_match)
            if record.archived_at is not None:
                await repository.touch(session, book_id, archived_at=None)
                await index.refresh(session, [book_id])
            return self._tagged(await repository.current(session, book_id), for_editor=True)

    async def _add(self, session: AsyncSession, new: BookCreate, *, actor: str) -> UUID:
        book_id = new_id()
        await self._refuse_taken_isbn(session, new.isbn13, other_than=book_id)
        session.add(BookRecord(id=book_id, **_columns(new)))
        await _flush(session, new.isbn13)
        await inventory.open_stock(session, book_id, quantity=new.stock, actor=actor)
        await index.refresh(session, [book_id])
        return book_id

    async def _save(self, session: AsyncSession, record: BookRecord, fields: BookFields) -> TaggedBook:
        if record.archived_at is not None:
            raise BookArchived
        await self._refuse_taken_isbn(session, fields.isbn13, other_than=record.id)
        columns = _columns(fields)
        # An edit that changes nothing must not make the edits that others have begun stale.
        if any(getattr(record, name) != value for name, value in columns.items()):
            try:
                await repository.touch(session, record.id, **columns)
            except IntegrityError as error:
                _raise_isbn_taken(error, fields.isbn13)
            await index.refresh(session, [record.id])
        return self._tagged(await repository.current(session, record.id), for_editor=True)

    async def _existing(self, session: AsyncSession, book_id: UUID, if_match: str | None) -> BookRecord:
        record = await repository.lock_book(session, book_id)
        if record is None:
            raise BookNotFound
        accepted = matching_versions(if_match)
        if accepted is not None and record.version not in accepted:
            now = self._tagged(await repository.current(session, book_id), for_editor=True)
            raise PreconditionFailed(headers={"ETag": now.etag}, current=now.book)
        return record

    async def _refuse_taken_isbn(self, session: AsyncSession, isbn13: str | None, *, other_than: UUID) -> None:
        holder = await repository.holder_of_isbn(session, isbn13, other_than=other_than) if isbn13 else None
        if holder is not None:
            archived = holder.archived_at is not None
            detail = f"{isbn13} is the ISBN of “{holder.title}”{', which is archived' if archived else ''}."
            raise IsbnTaken(detail, book_id=holder.id, archived=archived)

    def _visible(self, row: BookRow | None, *, for_editor: bool) -> TaggedBook:
        if row is None or (row.archived_at is not None and not for_editor):
            raise BookNotFound
        return self._tagged(row, for_editor=for_editor)

    def _tagged(self, row: BookRow, *, for_editor: bool) -> TaggedBook:
        book = present_book(row, currency=self._currency, for_editor=for_editor)
        return TaggedBook(book, book_etag(row.version, row.stock_version))


def book_path(book_id: UUID) -> str:
    """Return the path of a book (RFC 9110, section 10.2.2: ``Location``)."""
    return f"/books/{book_id}"


def _columns(fields: BookFields) -> dict[str, Any]:
    values = fields.model_dump(exclude={"stock"})
    # The serializer writes prices as text, which is right for JSON and wrong for the database.
    values["price"] = Decimal(fields.price)
    return values


def _merged(record: BookRecord, changes: BookPatch) -> BookFields:
    kept = {name: getattr(record, name) for name in BookFields.model_fields}
    changed = {name: getattr(changes, name) for name in changes.model_fields_set}
    return BookFields.model_validate(kept | changed)


async def _flush(session: AsyncSession, isbn13: str | None) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        _raise_isbn_taken(error, isbn13)


def _raise_isbn_taken(error: IntegrityError, isbn13: str | None) -> NoReturn:
    # Two editors may have checked before either wrote; then the unique constraint decides.
    if violated_constraint(error) == "books_isbn13_key":
        detail = f"{isbn13} was given to another book just now."
        raise IsbnTaken(detail) from error
    raise error
