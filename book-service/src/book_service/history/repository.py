"""The history's SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Text, Uuid, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.actors import Actor
from book_service.catalogue.models import Book
from book_service.history.models import BookRevision, RevisionKind
from service_kit.paging import Cursor

AnyRow = Row[*tuple[Any, ...]]

COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Revision:
    """What one change made of a book: ``version`` is the book's version that it made.

    ``changes`` is ``{field: [before, after]}`` as ``history.content`` makes it.
    """

    book_id: UUID
    version: int
    kind: RevisionKind
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    source_version: int | None = None


# One statement for any number of rows. Their changes travel as one JSON array: JSON of JSON needs no escaping twice.
_RECORD = text(
    """
    INSERT INTO book_revisions (book_id, version, kind, changes, source_version, actor, actor_name, import_id)
    SELECT book_id, version, kind, coalesce(changes.value, '{}'), source_version, :actor, :actor_name, :import_id
      FROM unnest(:book_ids, :versions, :kinds, :source_versions) WITH ORDINALITY
               AS made (book_id, version, kind, source_version, place)
      LEFT JOIN jsonb_array_elements(:changes) WITH ORDINALITY AS changes (value, place) USING (place)
    """
).bindparams(
    bindparam("book_ids", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("source_versions", type_=ARRAY(Integer)),
    bindparam("changes", type_=JSONB),
    bindparam("actor", type_=Text),
    bindparam("actor_name", type_=Text),
    bindparam("import_id", type_=Uuid),
)


async def record(
    session: AsyncSession, revisions: Sequence[Revision], *, actor: Actor, import_id: UUID | None = None
) -> None:
    """Write revisions, all by one actor, in one statement: after the books' rows were written, in their transaction."""
    if not revisions:
        return
    await session.execute(
        _RECORD,
        {
            "book_ids": [revision.book_id for revision in revisions],
            "versions": [revision.version for revision in revisions],
            "kinds": [revision.kind for revision in revisions],
            "source_versions": [revision.source_version for revision in revisions],
            "changes": [dict(revision.changes) for revision in revisions],
            "actor": actor.id,
            "actor_name": actor.name,
            "import_id": import_id,
        },
    )


async def revisions_of_import(
    connection: AsyncConnection | AsyncSession,
    import_id: UUID,
    *,
    after: tuple[UUID, int] | None = None,
    limit: int,
) -> Sequence[AnyRow]:
    """Return what an import made, by book id and version, behind ``after``.

    Each row has the revision's ``book_id``, ``version``, ``kind`` and ``changes``, and the book's ``current_version``
    and ``archived_at``: a book whose current version is not the revision's was changed since. A book that an import
    touched twice (applied, then undone) has a row for each.
    """
    statement = (
        select(
            BookRevision.book_id,
            BookRevision.version,
            BookRevision.kind,
            BookRevision.changes,
            Book.version.label("current_version"),
            Book.archived_at,
        )
        .join(Book, Book.id == BookRevision.book_id)
        .where(BookRevision.import_id == import_id)
        .order_by(BookRevision.book_id, BookRevision.version)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(BookRevision.book_id, BookRevision.version) > after)
    return (await connection.execute(statement)).all()


async def between(
    connection: AsyncConnection | AsyncSession, book_id: UUID, *, after: int, up_to: int
) -> Sequence[AnyRow]:
    """Return ``version`` and ``changes`` of the revisions after one version and up to another, newest first."""
    statement = (
        select(BookRevision.version, BookRevision.changes)
        .where(BookRevision.book_id == book_id, BookRevision.version > after, BookRevision.version <= up_to)
        .order_by(BookRevision.version.desc())
    )
    return (await connection.execute(statement)).all()


async def page_of_revisions(
    connection: AsyncConnection, book_id: UUID, cursor: Cursor | None, limit: int
) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` revisions away from the cursor: newest first, backwards for ``prev``."""
    columns = BookRevision.__table__.c
    statement = select(*columns).where(columns.book_id == book_id)
    backwards = cursor is not None and cursor.direction == "prev"
    if cursor is not None:
        place = cursor.keys[0]
        statement = statement.where(columns.version > place if backwards else columns.version < place)
    statement = statement.order_by(columns.version.asc() if backwards else columns.version.desc())
    return (await connection.execute(statement.limit(limit + 1))).all()


async def count_revisions(connection: AsyncConnection, book_id: UUID) -> int:
    """Count a book's revisions, up to ``COUNT_LIMIT + 1``."""
    counted = select(BookRevision.version).where(BookRevision.book_id == book_id).limit(COUNT_LIMIT + 1).subquery()
    return await connection.scalar(select(func.count()).select_from(counted)) or 0
