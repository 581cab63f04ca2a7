"""Changes of books' records within a transaction: checked, written, recorded in the history and made findable."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from book_service.actors import Actor
from book_service.catalogue import repository
from book_service.catalogue.errors import BookArchived, BookNotFound, IsbnTaken, PreconditionFailed
from book_service.catalogue.etags import matching_versions
from book_service.catalogue.models import Book as BookRecord
from book_service.catalogue.repository import BookRow
from book_service.catalogue.representation import TaggedBook, tagged
from book_service.catalogue.schemas import BookCreate, BookFields
from book_service.history import repository as history
from book_service.history.content import FIELDS, changes_between
from book_service.history.models import RevisionKind
from book_service.inventory import repository as inventory
from book_service.search import index
from service_kit.database import violated_constraint
from service_kit.identifiers import new_id
from service_kit.languages.texts import N_


class RecordChanges:
    """What may be done to records. The caller opens the transaction."""

    def __init__(self, *, currency: str) -> None:
        """Take the shop's currency (ISO 4217)."""
        self._currency = currency

    async def current(self, session: AsyncSession, book_id: UUID) -> TaggedBook:
        """Return a book as the transaction sees it."""
        row = await repository.current(session, book_id)
        return tagged(row, currency=self._currency, for_editor=True)

    async def existing(self, session: AsyncSession, book_id: UUID, if_match: str | None) -> BookRecord:
        """Return a book, locked. Raises ``BookNotFound``, or ``PreconditionFailed`` with the book as it is now."""
        record = await repository.lock_book(session, book_id)
        if record is None:
            raise BookNotFound
        accepted = matching_versions(if_match)
        if accepted is not None and record.version not in accepted:
            now = await self.current(session, book_id)
            raise PreconditionFailed(headers={"ETag": now.etag}, current=now.book)
        return record

    async def add(self, session: AsyncSession, new: BookCreate, *, actor: Actor) -> UUID:
        """Add a book with its first stock, and return its id. Raises ``IsbnTaken``."""
        (book_id,) = await self.add_all(session, [new], actor=actor)
        return book_id

    async def add_all(self, session: AsyncSession, books: Sequence[BookCreate], *, actor: Actor) -> list[UUID]:
        """Add books with their first stock, and return their ids. Raises ``IsbnTaken``."""
        copies = {await _insert(session, new): new.stock for new in books}
        await inventory.open_stocks(session, copies, actor=actor.id)
        await history.record(session, [history.Revision(book_id, 1, "created") for book_id in copies], actor=actor)
        await index.refresh(session, list(copies))
        return list(copies)

    async def save(
        self,
        session: AsyncSession,
        record: BookRecord,
        fields: Mapping[str, Any],
        *,
        actor: Actor,
        source_version: int | None = None,
    ) -> TaggedBook:
        """Give a locked book the content ``fields`` (all of ``FIELDS``), which may be that of an earlier version.

        Raises ``BookArchived``, ``IsbnTaken``.
        """
        if record.archived_at is not None:
            raise BookArchived
        await _refuse_taken_isbn(session, fields["isbn13"], other_than=record.id)
        columns = _columns(fields)
        changes = changes_between(content_of(record), columns)
        # An edit that changes nothing must not make the edits that others have begun stale.
        if changes:
            kind: RevisionKind = "edited" if source_version is None else "reverted"
            revision = history.Revision(record.id, record.version + 1, kind, changes, source_version)
            try:
                await repository.touch(session, record.id, **columns)
            except IntegrityError as error:
                _raise_isbn_taken(error, fields["isbn13"])
            await history.record(session, [revision], actor=actor)
            await index.refresh(session, [revision.book_id])
        return await self.current(session, record.id)

    async def set_archived(self, session: AsyncSession, record: BookRecord, *, archived: bool, actor: Actor) -> None:
        """Take a locked book out of the catalogue or put it back; where it is there already nothing changes."""
        if (record.archived_at is not None) == archived:
            return
        kind: RevisionKind = "archived" if archived else "restored"
        revision = history.Revision(record.id, record.version + 1, kind, {"archived": [not archived, archived]})
        await repository.touch(session, record.id, archived_at=func.now() if archived else None)
        await history.record(session, [revision], actor=actor)
        await index.refresh(session, [revision.book_id])


def fields_of(fields: BookFields) -> dict[str, Any]:
    """Return what an editor said of a book, as its columns hold it."""
    return {name: getattr(fields, name) for name in FIELDS}


def content_of(record: BookRecord | BookRow) -> dict[str, Any]:
    """Return what a record says of its book."""
    return {name: getattr(record, name) for name in FIELDS}


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: fields[name] for name in FIELDS}
    # Histories hold prices as text, which is right for JSON and wrong for the database.
    values["price"] = Decimal(values["price"])
    return values


async def _insert(session: AsyncSession, new: BookCreate) -> UUID:
    book_id = new_id()
    await _refuse_taken_isbn(session, new.isbn13, other_than=book_id)
    session.add(BookRecord(id=book_id, **_columns(fields_of(new))))
    try:
        await session.flush()
    except IntegrityError as error:
        _raise_isbn_taken(error, new.isbn13)
    return book_id


async def _refuse_taken_isbn(session: AsyncSession, isbn13: str | None, *, other_than: UUID) -> None:
    holder = await repository.holder_of_isbn(session, isbn13, other_than=other_than) if isbn13 else None
    if holder is not None:
        archived = holder.archived_at is not None
        detail = (
            N_("%(isbn13)s is the ISBN of “%(title)s”, which is archived.")
            if archived
            else N_("%(isbn13)s is the ISBN of “%(title)s”.")
        )
        values = {"isbn13": isbn13, "title": holder.title}
        raise IsbnTaken(detail, values=values, book_id=holder.id, archived=archived)


def _raise_isbn_taken(error: IntegrityError, isbn13: str | None) -> NoReturn:
    # Two editors may have checked before either wrote; then the unique constraint decides.
    if violated_constraint(error) == "books_isbn13_key":
        detail = N_("%(isbn13)s was given to another book just now.")
        raise IsbnTaken(detail, values={"isbn13": isbn13}) from error
    raise error
