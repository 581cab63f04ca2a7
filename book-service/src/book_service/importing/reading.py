"""The first phase of an import: the file, taken apart into rows.

The file is read from its beginning each time: whoever takes over skips the rows that are there already. Its rows, and
the place up to which they were read, are written in one transaction per batch.
"""

import time
from collections.abc import AsyncIterator
from typing import Any

from book_service.importing import work_repository
from book_service.importing.columns import guessed, needs_a_person, problem_of, unknown
from book_service.importing.file_rows import MOST_ROWS, FileRow, Reader
from book_service.importing.holding import BATCH, LEASE_SECONDS, Held
from book_service.importing.pacing import Pace
from book_service.importing.refusals import FileRefused
from book_service.importing.sniffing import reader_of, sniffed
from service_kit.database import Database
from service_kit.languages.texts import _, written_number

_PIECE = 16 * 1024
_BATCH_CHARACTERS = 2_000_000
_RENEW_SECONDS = LEASE_SECONDS / 4


class _Batch:
    """Rows that are to be written together; the first ``skip`` were written before."""

    def __init__(self, *, skip: int) -> None:
        self._skip = skip
        self._rows: list[FileRow] = []
        self._characters = 0
        self.read = 0

    def add(self, row: FileRow) -> bool:
        """Take a row; tell whether the batch is full. Raises ``FileRefused`` for one row too many."""
        self.read += 1
        if self.read > MOST_ROWS:
            detail = _("The file has more than %(most)s rows; send it in parts.", most=written_number(MOST_ROWS))
            raise FileRefused(detail, code="too_many_rows", line=row.line)
        if self.read > self._skip:
            self._rows.append(row)
            self._characters += len(row.content) + len(row.source or "")
        return len(self._rows) >= BATCH or self._characters > _BATCH_CHARACTERS

    def take(self) -> list[FileRow]:
        """Return the rows, and begin the next batch."""
        rows, self._rows, self._characters = self._rows, [], 0
        return rows


class Reading:
    """Reads files."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """Take the database, and the currency of the shop's prices."""
        self._database = database
        self._currency = currency

    async def run(self, held: Held) -> Held | None:
        """Read the whole file; None when it cannot be taken. Raises ``LeaseLost``."""
        try:
            return await self._read(held)
        except FileRefused as refusal:
            await self._refuse(held, refusal)
            return None

    async def _read(self, held: Held) -> Held:
        beginning = await self._chunk(held, 0)
        if beginning is None:
            detail = _("The file is empty.")
            raise FileRefused(detail, code="empty_file", line=1)
        file_format = held.row.format or sniffed(beginning)
        reader = reader_of(file_format, self._currency)
        described: dict[str, Any] = {"format": file_format}
        batch = _Batch(skip=held.row.place)
        async for row in self._rows(held, reader):
            if batch.read == 0 and reader.columns is not None:
                described |= _columns(reader.columns)
            if batch.add(row):
                held = await self._write(held, batch.take())
        if batch.read == 0:
            detail = _("The file has no rows.")
            raise FileRefused(detail, code="no_rows", line=1)
        return await self._finish(held, batch.take(), described)

    async def _rows(self, held: Held, reader: Reader) -> AsyncIterator[FileRow]:
        pace = Pace()
        async for piece in self._pieces(held):
            for row in reader.feed(piece):
                yield row
                await pace.breathe()
            await pace.breathe()
        for row in reader.close():
            yield row

    async def _pieces(self, held: Held) -> AsyncIterator[bytes]:
        """Yield the file in pieces that take little time each, and keep the lease alive."""
        number = 0
        renewed_at = time.monotonic()
        while True:
            chunk = await self._chunk(held, number)
            if chunk is None:
                return
            if time.monotonic() - renewed_at > _RENEW_SECONDS:
                async with self._database.autocommit() as connection:
                    await held.hold(connection)
                renewed_at = time.monotonic()
            for start in range(0, len(chunk), _PIECE):
                yield chunk[start : start + _PIECE]
            number += 1

    async def _write(self, held: Held, batch: list[FileRow]) -> Held:
        async with self._database.transaction() as session:
            held = await held.hold(session)
            first = held.row.place + 1
            await work_repository.insert_rows(session, held.id, first, batch)
            return await held.advance(session, place=held.row.place + len(batch), more={"rows": len(batch)})

    async def _finish(self, held: Held, batch: list[FileRow], described: dict[str, Any]) -> Held:
        mapping = described.get("mapping")
        state = "needs_mapping" if mapping is not None and needs_a_person(mapping) else "checking"
        async with self._database.transaction() as session:
            held = await held.hold(session)
            if batch:
                await work_repository.insert_rows(session, held.id, held.row.place + 1, batch)
            await work_repository.forget_file(session, held.id)
            return await held.advance(session, place=0, more={"rows": len(batch)}, state=state, **described)

    async def _chunk(self, held: Held, number: int) -> bytes | None:
        async with self._database.read() as connection:
            return await work_repository.chunk(connection, held.id, number)

    async def _refuse(self, held: Held, refusal: FileRefused) -> None:
        problem = {"code": refusal.code, "detail": refusal.detail, "line": refusal.line}
        async with self._database.transaction() as session:
            held = await held.hold(session)
            await work_repository.forget_file(session, held.id)
            await held.advance(session, place=0, state="refused", problem=problem)


def _columns(columns: list[str]) -> dict[str, Any]:
    mapping = guessed(columns)
    problem = problem_of(mapping)
    if problem is not None and not unknown(mapping):
        raise FileRefused(problem, code="missing_columns", line=1)
    return {"columns": columns, "mapping": mapping}
