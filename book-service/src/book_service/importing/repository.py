"""The SQL of imports as people deal with them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, Row, Uuid, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.actors import Actor
from book_service.importing.models import Import, ImportResult, ImportRow
from book_service.importing.states import ENDED
from service_kit.languages.language import current_language
from service_kit.paging import Cursor

AnyRow = Row[*tuple[Any, ...]]

COUNT_LIMIT = 10_000
_COUNTS = ("checked", "new", "changed", "unchanged", "bad")

_import = Import.__table__.c
_result = ImportResult.__table__.c

_ADD_CHUNK = text(
    """
    WITH receiving AS (
        UPDATE imports SET bytes = bytes + octet_length(:data), touched_at = now()
         WHERE id = :import_id AND state = 'receiving' RETURNING id
    )
    INSERT INTO import_chunks (import_id, number, data) SELECT id, :number, :data FROM receiving
    RETURNING number
    """
).bindparams(
    bindparam("import_id", type_=Uuid), bindparam("number", type_=Integer), bindparam("data", type_=LargeBinary)
)


async def begin(session: AsyncSession, import_id: UUID, *, name: str, file_format: str | None, actor: Actor) -> None:
    """Write an import whose file is about to come."""
    values = {"id": import_id, "name": name, "format": file_format, "state": "receiving"}
    values["language"] = current_language().tag
    await session.execute(insert(Import).values(**values, actor=actor.id, actor_name=actor.name))


async def add_chunk(connection: AsyncConnection, import_id: UUID, number: int, data: bytes) -> bool:
    """Keep a piece of the file; return false when the import is not there or not receiving any more."""
    parameters = {"import_id": import_id, "number": number, "data": data}
    return (await connection.execute(_ADD_CHUNK, parameters)).first() is not None


async def import_of(connection: AsyncConnection | AsyncSession, import_id: UUID) -> AnyRow | None:
    """Return an import, but one that is being deleted."""
    statement = select(*_import).where(_import.id == import_id, _import.state != "deleting")
    return (await connection.execute(statement)).first()


async def lock(session: AsyncSession, import_id: UUID) -> AnyRow | None:
    """Return an import, locked until the transaction ends: whoever works on it waits, or we wait for its batch."""
    statement = select(*_import).where(_import.id == import_id, _import.state != "deleting").with_for_update()
    return (await session.execute(statement)).first()


async def move(session: AsyncSession, import_id: UUID, state: str, **values: Any) -> AnyRow:  # noqa: ANN401
    """Put a locked import into another state, out of the hands of whoever works on it."""
    finished = func.now() if state in ENDED else None
    values |= {"state": state, "touched_at": func.now(), "finished_at": finished, "failures": 0}
    values |= {"lease": None, "leased_until": None}
    statement = update(Import).where(_import.id == import_id).values(**values).returning(*_import)
    return (await session.execute(statement)).one()


def counts_of_a_new_check() -> Mapping[str, int]:
    """Return what the counts of an import are that is checked from the beginning."""
    return dict.fromkeys(_COUNTS, 0)


async def count_waiting(session: AsyncSession) -> int:
    """Count the imports that hold a file but were not applied."""
    statement = select(func.count()).where(_import.state.not_in([*ENDED, "deleting", "applying", "undoing"]))
    return await session.scalar(statement) or 0


async def page_of_imports(connection: AsyncConnection, cursor: Cursor | None, limit: int) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` imports away from the cursor: newest first, backwards for ``prev``."""
    statement = select(*_import).where(_import.state != "deleting")
    backwards = cursor is not None and cursor.direction == "prev"
    if cursor is not None:
        place = cursor.keys[0]
        statement = statement.where(_import.id > place if backwards else _import.id < place)
    statement = statement.order_by(_import.id.asc() if backwards else _import.id.desc())
    return (await connection.execute(statement.limit(limit + 1))).all()


async def count_imports(connection: AsyncConnection) -> int:
    """Count the imports, up to ``COUNT_LIMIT + 1``."""
    counted = select(_import.id).where(_import.state != "deleting").limit(COUNT_LIMIT + 1).subquery()
    return await connection.scalar(select(func.count()).select_from(counted)) or 0


async def page_of_results(
    connection: AsyncConnection, import_id: UUID, outcome: str | None, cursor: Cursor | None, limit: int
) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` rows away from the cursor, in the order of the file."""
    statement = select(*_result).where(_result.import_id == import_id)
    if outcome is not None:
        statement = statement.where(_result.outcome == outcome)
    backwards = cursor is not None and cursor.direction == "prev"
    if cursor is not None:
        place = cursor.keys[0]
        statement = statement.where(_result.number < place if backwards else _result.number > place)
    statement = statement.order_by(_result.number.desc() if backwards else _result.number.asc())
    return (await connection.execute(statement.limit(limit + 1))).all()


async def count_results(connection: AsyncConnection, import_id: UUID, outcome: str | None) -> int:
    """Count the rows with an outcome, or all of them, up to ``COUNT_LIMIT + 1``."""
    counted = select(_result.number).where(_result.import_id == import_id)
    if outcome is not None:
        counted = counted.where(_result.outcome == outcome)
    return await connection.scalar(select(func.count()).select_from(counted.limit(COUNT_LIMIT + 1).subquery())) or 0


async def rejected_rows(connection: AsyncConnection, import_id: UUID, after: int, limit: int) -> Sequence[AnyRow]:
    """Return bad and failed rows with what was sent: ``number``, ``content``, ``source`` and ``problems``."""
    row = ImportRow.__table__.c
    statement = (
        select(_result.number, row.content, row.source, _result.problems)
        .join(ImportRow, (row.import_id == _result.import_id) & (row.number == _result.number))
        .where(_result.import_id == import_id, _result.outcome.in_(["bad", "failed"]), _result.number > after)
        .order_by(_result.number)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()
