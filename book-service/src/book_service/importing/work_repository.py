"""The SQL of imports as workers move them on.

Every batch of work locks its import first, by ``hold``: then nobody cancels it in the middle, and a worker whose lease
went to another one finds out before it does anything.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Row,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.importing.comparing import Result
from book_service.importing.file_rows import FileRow
from book_service.importing.models import Import, ImportChunk, ImportKey, ImportResult, ImportRow
from book_service.importing.states import ENDED, WORKED_ON

AnyRow = Row[*tuple[Any, ...]]

_CLEARED_AT_ONCE = 20_000

_import = Import.__table__.c
_row = ImportRow.__table__.c
_result = ImportResult.__table__.c
_chunk = ImportChunk.__table__.c
_key = ImportKey.__table__.c

_LEASE_END = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease_seconds"))
_DUE = (
    select(_import.id)
    .where(_import.state.in_(WORKED_ON), func.coalesce(_import.leased_until, func.now()) <= func.clock_timestamp())
    .order_by(_import.touched_at)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_CLAIM = (
    update(Import)
    .where(_import.id == _DUE)
    .values(lease=bindparam("new_lease", type_=Uuid), leased_until=_LEASE_END, touched_at=func.now())
    .returning(*_import)
)
_HELD = (
    (_import.id == bindparam("held_id", type_=Uuid))
    & (_import.lease == bindparam("held_lease", type_=Uuid))
    & (_import.state == bindparam("held_state", type_=Text))
)
_HOLD = update(Import).where(_HELD).values(leased_until=_LEASE_END, touched_at=func.now()).returning(*_import)

_INSERT_ROWS = text(
    """
    INSERT INTO import_rows (import_id, number, line, content, source)
    SELECT :import_id, number, line, content, source
      FROM unnest(:numbers, :lines, :contents, :sources) AS row (number, line, content, source)
    """
).bindparams(
    bindparam("import_id", type_=Uuid),
    bindparam("numbers", type_=ARRAY(Integer)),
    bindparam("lines", type_=ARRAY(Integer)),
    bindparam("contents", type_=ARRAY(Text)),
    bindparam("sources", type_=ARRAY(Text)),
)

_INSERT_RESULTS = text(
    """
    INSERT INTO import_results (import_id, number, line, outcome, book_id, isbn13, title, changes, problems)
    SELECT :import_id, number, line, outcome, book_id, isbn13, title, changes, problems
      FROM jsonb_to_recordset(:results) AS result (
               number int, line int, outcome text, book_id uuid, isbn13 text, title text, changes jsonb, problems jsonb
           )
    """
).bindparams(bindparam("import_id", type_=Uuid), bindparam("results", type_=JSONB))

_UPDATE_RESULTS = text(
    """
    UPDATE import_results
       SET applied = result.applied, book_id = coalesce(result.book_id, import_results.book_id),
           version = result.version, outcome = coalesce(result.outcome, import_results.outcome),
           changes = coalesce(result.changes, import_results.changes),
           problems = coalesce(result.problems, import_results.problems)
      FROM jsonb_to_recordset(:results) AS result (
               number int, applied boolean, book_id uuid, version int, outcome text, changes jsonb, problems jsonb
           )
     WHERE import_id = :import_id AND import_results.number = result.number
    """
).bindparams(bindparam("import_id", type_=Uuid), bindparam("results", type_=JSONB))

_INSERT_KEYS = text(
    "INSERT INTO import_keys (import_id, key, line)"
    " SELECT :import_id, key, line FROM unnest(:keys, :lines) AS claimed (key, line)"
).bindparams(
    bindparam("import_id", type_=Uuid),
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("lines", type_=ARRAY(Integer)),
)


async def claim(connection: AsyncConnection, *, lease: UUID, lease_seconds: float) -> AnyRow | None:
    """Take the import that waits longest and that no other worker has, for ``lease_seconds``."""
    parameters = {"new_lease": lease, "lease_seconds": lease_seconds}
    return (await connection.execute(_CLAIM, parameters)).first()


async def hold(
    connection: AsyncSession | AsyncConnection, import_id: UUID, *, lease: UUID, state: str, lease_seconds: float
) -> AnyRow | None:
    """Lock the import and lengthen the lease; None when the lease was lost or the state is another one."""
    parameters = {"held_id": import_id, "held_lease": lease, "held_state": state, "lease_seconds": lease_seconds}
    return (await connection.execute(_HOLD, parameters)).first()


async def advance(
    session: AsyncSession,
    import_id: UUID,
    *,
    place: int,
    more: Mapping[str, int] | None = None,
    **values: Any,  # noqa: ANN401 (values of any column)
) -> AnyRow:
    """Write how far the import has come: ``more`` is added to its counts. The caller holds it."""
    if values.get("state") in ENDED:
        values |= {"finished_at": func.now(), "lease": None, "leased_until": None}
    counts = {name: _import[name] + number for name, number in (more or {}).items() if number}
    statement = update(Import).where(_import.id == import_id).values(place=place, failures=0, **counts, **values)
    return (await session.execute(statement.returning(*_import))).one()


async def give_back(connection: AsyncConnection, import_id: UUID, *, lease: UUID) -> None:
    """Let another worker take the import up at once."""
    held = (_import.id == import_id) & (_import.lease == lease)
    await connection.execute(update(Import).where(held).values(lease=None, leased_until=None))


async def postpone(
    connection: AsyncConnection | AsyncSession, import_id: UUID, *, lease: UUID, longest_seconds: float
) -> AnyRow | None:
    """Note a failure, and keep the import from workers for a while: longer with each one. Returns it."""
    held = (_import.id == import_id) & (_import.lease == lease)
    seconds = func.least(func.power(2.0, _import.failures), longest_seconds)
    until = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    statement = update(Import).where(held).values(failures=_import.failures + 1, lease=None, leased_until=until)
    return (await connection.execute(statement.returning(*_import))).first()


async def chunk(connection: AsyncConnection, import_id: UUID, number: int) -> bytes | None:
    """Return a piece of the file, or None behind the last one."""
    where = (_chunk.import_id == import_id) & (_chunk.number == number)
    data: bytes | None = await connection.scalar(select(_chunk.data).where(where))
    return data


async def forget_file(session: AsyncSession, import_id: UUID) -> None:
    """Delete the pieces of the file."""
    await session.execute(delete(ImportChunk).where(_chunk.import_id == import_id))


async def insert_rows(session: AsyncSession, import_id: UUID, first: int, rows: Sequence[FileRow]) -> None:
    """Keep rows as they were sent, numbered from ``first`` on."""
    parameters = {
        "import_id": import_id,
        "numbers": list(range(first, first + len(rows))),
        "lines": [row.line for row in rows],
        "contents": [row.content for row in rows],
        "sources": [row.source for row in rows],
    }
    await session.execute(_INSERT_ROWS, parameters)


async def rows_behind(
    connection: AsyncConnection | AsyncSession, import_id: UUID, place: int, limit: int
) -> Sequence[AnyRow]:
    """Return the next rows as they were sent: ``number``, ``line`` and ``content``."""
    statement = select(_row.number, _row.line, _row.content).where(_row.import_id == import_id, _row.number > place)
    return (await connection.execute(statement.order_by(_row.number).limit(limit))).all()


async def insert_results(session: AsyncSession, import_id: UUID, results: Sequence[Result]) -> None:
    """Write what the check said of rows."""
    told = [
        {
            "number": result.number,
            "line": result.line,
            "outcome": result.outcome,
            "book_id": None if result.book_id is None else str(result.book_id),
            "isbn13": result.isbn13,
            "title": result.title,
            "changes": result.changes,
            "problems": [problem.told() for problem in result.problems],
        }
        for result in results
    ]
    await session.execute(_INSERT_RESULTS, {"import_id": import_id, "results": told})


async def update_results(session: AsyncSession, import_id: UUID, results: Sequence[Mapping[str, Any]]) -> None:
    """Write what was done with rows, each by its ``number``; an outcome, changes or problems only where given."""
    if results:
        await session.execute(_UPDATE_RESULTS, {"import_id": import_id, "results": list(results)})


async def results_to_apply(session: AsyncSession, import_id: UUID, place: int, limit: int) -> Sequence[AnyRow]:
    """Return the next rows that add or change a book."""
    statement = (
        select(*_result)
        .where(_result.import_id == import_id, _result.outcome.in_(["new", "changed"]), _result.number > place)
        .order_by(_result.number)
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def results_to_undo(session: AsyncSession, import_id: UUID, place: int, limit: int) -> Sequence[AnyRow]:
    """Return the next rows that were applied."""
    statement = (
        select(*_result)
        .where(_result.import_id == import_id, _result.applied, _result.number > place)
        .order_by(_result.number)
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def claimed_keys(session: AsyncSession, import_id: UUID, keys: Sequence[str]) -> dict[str, int]:
    """Return the line that each of these keys was claimed by."""
    statement = select(_key.key, _key.line).where(_key.import_id == import_id, _key.key == func.any(_texts(keys)))
    return {row.key: row.line for row in await session.execute(statement)}


def _texts(values: Sequence[str]) -> Any:  # noqa: ANN401 (an array to compare with)
    return bindparam(None, list(values), type_=ARRAY(Text))


async def insert_keys(session: AsyncSession, import_id: UUID, keys: Mapping[str, int]) -> None:
    """Claim keys, each for its line."""
    parameters = {"import_id": import_id, "keys": list(keys), "lines": list(keys.values())}
    await session.execute(_INSERT_KEYS, parameters)


async def forget_keys(session: AsyncSession, import_id: UUID) -> None:
    """Delete the keys, once all rows were checked."""
    await session.execute(delete(ImportKey).where(_key.import_id == import_id))


async def clear_some(session: AsyncSession, import_id: UUID, *, results_alone: bool) -> bool:
    """Delete some of what belongs to an import; return false when nothing was left.

    ``results_alone`` keeps the rows as they were sent. In steps, for a million rows take longer than a statement may.
    """
    tables = [ImportResult, ImportKey] if results_alone else [ImportResult, ImportKey, ImportRow, ImportChunk]
    for table in tables:
        columns = table.__table__.c
        key = columns.key if table is ImportKey else columns.number
        limit = 200 if table is ImportChunk else _CLEARED_AT_ONCE
        some = select(columns.import_id, key).where(columns.import_id == import_id).limit(limit)
        statement = delete(table).where(tuple_(columns.import_id, key).in_(some))
        if (await session.execute(statement.returning(literal_column("1")))).first() is not None:
            return True
    return False


async def delete_import(session: AsyncSession, import_id: UUID) -> None:
    """Delete an import that nothing belongs to any more."""
    await session.execute(delete(Import).where(_import.id == import_id))


async def abandon(connection: AsyncConnection, *, upload_seconds: float, kept_days: float) -> None:
    """Have imports deleted whose file stopped coming, and those that nobody decided on for long."""
    silent = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, upload_seconds)
    old = func.now() - func.make_interval(0, 0, 0, kept_days)
    undecided = _import.state.in_(["needs_mapping", "checked", "refused", "cancelled"]) & (_import.applied == 0)
    where = ((_import.state == "receiving") & (_import.touched_at < silent)) | (undecided & (_import.touched_at < old))
    await connection.execute(update(Import).where(where).values(state="deleting", problem=None, lease=None))
