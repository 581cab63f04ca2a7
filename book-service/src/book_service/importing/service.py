"""What people may do with imports, and in which transaction."""

import contextlib
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from book_service.actors import Actor
from book_service.idempotency import IdempotencyKeyRow
from book_service.importing import repository, work_repository
from book_service.importing.columns import problem_of
from book_service.importing.errors import ImportNotFound, ImportState, InvalidMapping, TooManyImports, UploadBrokenOff
from book_service.importing.rejected import EXTENSIONS, MEDIA_TYPES, rejected_file
from book_service.importing.samples import ROWS_READ, samples_of
from book_service.importing.schemas import Import, ImportPage, ImportPatch, ImportRowPage, ImportRowResult
from book_service.importing.states import (
    CAN_BE_CANCELLED,
    CAN_BE_DELETED,
    CAN_BE_MAPPED,
    CAN_BE_UNDONE,
    CLEAR_FIRST,
    FileFormat,
)
from service_kit.database import Database
from service_kit.idempotency import IdempotentRequest, StoredAnswer, claim, complete, fingerprint
from service_kit.identifiers import new_id
from service_kit.languages.language import current_language
from service_kit.languages.texts import N_
from service_kit.paging import INT4, cut_page, decode_cursor

_CHUNK = 256 * 1024
_MOST_WAITING = 50
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_FOLDERS = re.compile(r"^.*[\\/]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is about to come; ``target`` is the path and query that it was sent to."""

    name: str
    format: FileFormat | None
    content: AsyncIterator[bytes]
    key: str | None
    target: str


@dataclass(frozen=True, slots=True)
class Received:
    """An import whose file has come; ``replayed`` when the same request was answered before."""

    answer: Import
    replayed: bool


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """Rows to mend and to send again; written while it is sent."""

    name: str
    media_type: str
    content: AsyncIterator[bytes]


class ImportService:
    """Imports."""

    def __init__(self, database: Database, *, wake: Callable[[], None]) -> None:
        """Take the database, and what tells the worker that there is work."""
        self._database = database
        self._wake = wake

    async def receive(self, upload: Upload, actor: Actor) -> Received:
        """Keep a file as it comes and have it read, once for a key.

        Nothing is kept of a file that does not come as a whole. Raises ``IdempotencyKeyReused``, ``TooManyImports``,
        ``UploadBrokenOff``, and what the upload itself raises.
        """
        import_id = new_id()
        async with self._database.transaction() as session:
            if await repository.count_waiting(session) >= _MOST_WAITING:
                raise TooManyImports
            # Of a name with folders, as some clients send it, the file's own.
            name = _FOLDERS.sub("", upload.name) or upload.name
            await repository.begin(session, import_id, name=name, file_format=upload.format, actor=actor)
        try:
            digest = await self._keep(import_id, upload.content)
            return await self._received(import_id, upload, digest, actor)
        except BaseException:
            await self._discard(import_id)
            raise

    async def _keep(self, import_id: UUID, content: AsyncIterator[bytes]) -> bytes:
        digest = hashlib.sha256()
        buffer = bytearray()
        number = 0
        async for piece in content:
            digest.update(piece)
            buffer += piece
            while len(buffer) >= _CHUNK:
                await self._add(import_id, number, bytes(buffer[:_CHUNK]))
                del buffer[:_CHUNK]
                number += 1
        if buffer:
            await self._add(import_id, number, bytes(buffer))
        return digest.digest()

    async def _add(self, import_id: UUID, number: int, data: bytes) -> None:
        async with self._database.autocommit() as connection:
            if not await repository.add_chunk(connection, import_id, number, data):
                detail = N_("The import was cancelled or deleted meanwhile.")
                raise UploadBrokenOff(detail)

    async def _received(self, import_id: UUID, upload: Upload, digest: bytes, actor: Actor) -> Received:
        async with self._database.transaction() as session:
            request = None
            if upload.key is not None:
                request = IdempotentRequest(actor.id, upload.key, fingerprint("POST", upload.target, digest))
                earlier = await claim(session, IdempotencyKeyRow, request, resource_id=import_id)
                if earlier is not None and earlier.answer is not None:
                    await repository.move(session, import_id, "deleting")
                    return Received(await self._earlier(session, earlier.resource_id, earlier.answer), replayed=True)
            row = await repository.lock(session, import_id)
            if row is None or row.state != "receiving":
                raise UploadBrokenOff
            received = Import.of(await repository.move(session, import_id, "reading"))
            if request is not None:
                answer = StoredAnswer(202, received.model_dump_json())
                await complete(session, IdempotencyKeyRow, request, answer)
        self._wake()
        return Received(received, replayed=False)

    async def _earlier(self, session: AsyncSession, import_id: UUID | None, answer: StoredAnswer) -> Import:
        # As it is now; as it was then when somebody has deleted it.
        row = await repository.import_of(session, import_id) if import_id else None
        return Import.of(row) if row is not None else Import.model_validate_json(answer.body)

    async def _discard(self, import_id: UUID) -> None:
        # Should even this fail, the worker finds uploads that stopped.
        with contextlib.suppress(Exception):
            async with self._database.transaction() as session:
                if await repository.lock(session, import_id) is not None:
                    await repository.move(session, import_id, "deleting")
        self._wake()

    async def find(self, *, limit: int, cursor: str | None) -> ImportPage:
        """Return one page of imports, newest first. Raises ``InvalidCursor``."""
        scope = {"list": "imports"}
        place = decode_cursor(cursor, scope, key_types=[UUID])
        async with self._database.read() as connection:
            rows = await repository.page_of_imports(connection, place, limit)
            total = await repository.count_imports(connection)
        page = cut_page(rows, limit=limit, cursor=place, query=scope, keys=lambda row: (str(row.id),))
        return ImportPage(
            items=[Import.of(row) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=min(total, repository.COUNT_LIMIT),
            total_is_estimate=total > repository.COUNT_LIMIT,
        )

    async def get(self, import_id: UUID) -> Import:
        """Return one import. Raises ``ImportNotFound``."""
        async with self._database.read() as connection:
            row = await repository.import_of(connection, import_id)
            if row is None:
                raise ImportNotFound
            if row.columns is None or row.state not in CAN_BE_MAPPED:
                return Import.of(row)
            sent = await work_repository.rows_behind(connection, import_id, 0, ROWS_READ)
        return Import.of(row, samples_of(row.columns, [one.content for one in sent]))

    async def rows(self, import_id: UUID, *, outcome: str | None, limit: int, cursor: str | None) -> ImportRowPage:
        """Return one page of an import's rows, in the file's order. Raises ``ImportNotFound``, ``InvalidCursor``."""
        scope = {"import": str(import_id), "outcome": outcome}
        place = decode_cursor(cursor, scope, key_types=[INT4])
        async with self._database.read() as connection:
            if await repository.import_of(connection, import_id) is None:
                raise ImportNotFound
            rows = await repository.page_of_results(connection, import_id, outcome, place, limit)
            total = await repository.count_results(connection, import_id, outcome)
        page = cut_page(rows, limit=limit, cursor=place, query=scope, keys=lambda row: (row.number,))
        return ImportRowPage(
            items=[ImportRowResult.of(row) for row in page.rows],
            next_cursor=page.next_cursor,
            prev_cursor=page.prev_cursor,
            total=min(total, repository.COUNT_LIMIT),
            total_is_estimate=total > repository.COUNT_LIMIT,
        )

    async def rejected(self, import_id: UUID) -> RejectedFile:
        """Return the rows that were not applied as a file. Raises ``ImportNotFound``, ``ImportState``."""
        async with self._database.read() as connection:
            row = await repository.import_of(connection, import_id)
        if row is None:
            raise ImportNotFound
        if row.format is None or (row.format == "csv" and row.columns is None):
            raise _wrong_state(row)
        name = f"{_EXTENSION.sub('', row.name)}-rejected.{EXTENSIONS[row.format]}"
        return RejectedFile(name, MEDIA_TYPES[row.format], rejected_file(self._database, row))

    async def change(self, import_id: UUID, changes: ImportPatch) -> Import:
        """Say how the file is to be read, and have it checked again.

        Raises ``ImportNotFound``, ``ImportState``, ``InvalidMapping``.
        """
        async with self._database.transaction() as session:
            row = await self._locked(session, import_id)
            if row.state not in CAN_BE_MAPPED:
                raise _wrong_state(row)
            values: dict[str, Any] = {"place": CLEAR_FIRST, **repository.counts_of_a_new_check(), **_language()}
            if changes.mapping is not None:
                values["mapping"] = _mapping(row, changes)
            if changes.options is not None:
                values["options"] = changes.options.model_dump()
            changed = await repository.move(session, import_id, "checking", **values)
        self._wake()
        return Import.of(changed)

    async def apply(self, import_id: UUID, actor: Actor) -> Import:
        """Have a checked import applied; one that is, or is being, stays as it is.

        Raises ``ImportNotFound``, ``ImportState``.
        """
        return await self._decide(import_id, actor, ("checked",), "applying", already=("applying", "applied"))

    async def undo(self, import_id: UUID, actor: Actor) -> Import:
        """Have an import undone, also one that was cancelled while it was applied. Raises as ``apply`` does."""
        return await self._decide(import_id, actor, CAN_BE_UNDONE, "undoing", already=("undoing", "undone"))

    async def _decide(
        self, import_id: UUID, actor: Actor, allowed: tuple[str, ...], state: str, *, already: tuple[str, ...]
    ) -> Import:
        async with self._database.transaction() as session:
            row = await self._locked(session, import_id)
            if row.state in already:
                return Import.of(row)
            if row.state not in allowed or (row.state == "cancelled" and not row.applied):
                raise _wrong_state(row)
            decider = {"deciding_actor": actor.id, "deciding_actor_name": actor.name, **_language()}
            moved = await repository.move(session, import_id, state, place=0, **decider)
        self._wake()
        return Import.of(moved)

    async def cancel(self, import_id: UUID) -> Import:
        """Stop an import where it is; what was applied stays, and can be undone. Raises as ``apply`` does."""
        async with self._database.transaction() as session:
            row = await self._locked(session, import_id)
            if row.state == "cancelled":
                return Import.of(row)
            if row.state not in CAN_BE_CANCELLED:
                raise _wrong_state(row)
            await work_repository.forget_file(session, import_id)
            await work_repository.forget_keys(session, import_id)
            return Import.of(await repository.move(session, import_id, "cancelled"))

    async def delete(self, import_id: UUID) -> None:
        """Delete an import of which nothing was applied. Raises as ``apply`` does."""
        async with self._database.transaction() as session:
            row = await self._locked(session, import_id)
            if row.state not in CAN_BE_DELETED or row.applied:
                raise _wrong_state(row)
            await repository.move(session, import_id, "deleting", problem=None)
        self._wake()

    async def _locked(self, session: AsyncSession, import_id: UUID) -> Any:  # noqa: ANN401 (a row of the table)
        row = await repository.lock(session, import_id)
        if row is None:
            raise ImportNotFound
        return row


_STATES = {
    "receiving": N_("Its file is still on its way."),
    "reading": N_("The file is being read."),
    "needs_mapping": N_("It waits for somebody to say what its columns are."),
    "checking": N_("The file is being checked."),
    "checked": N_("The file has been checked and waits to be applied."),
    "applying": N_("The import is being applied."),
    "applied": N_("The import has been applied."),
    "undoing": N_("The import is being undone."),
    "undone": N_("The import has been undone."),
    "refused": N_("The file was refused."),
    "cancelled": N_("The import was cancelled."),
    "deleting": N_("The import is being deleted."),
}
"""Why an import is not changed, by the state that it is in."""


def _wrong_state(row: Any) -> ImportState:  # noqa: ANN401 (a row of the table)
    detail = _STATES.get(row.state)
    return ImportState(detail, state=row.state)


def _language() -> dict[str, str]:
    # What comes of it is for whoever asked for it last.
    return {"language": current_language().tag}


def _mapping(row: Any, changes: ImportPatch) -> dict[str, str | None]:  # noqa: ANN401 (a row of the table)
    if row.columns is None:
        detail = N_("Only a CSV file has columns.")
        raise InvalidMapping(detail)
    wanted = changes.mapping or {}
    if strange := [name for name in wanted if name not in row.columns]:
        detail = N_("The file has no column %(column)s.")
        raise InvalidMapping(detail, values={"column": json.dumps(strange[0], ensure_ascii=False)})
    mapping: dict[str, str | None] = {**row.mapping, **wanted}
    if problem := problem_of(mapping):
        raise InvalidMapping(problem)
    return mapping
