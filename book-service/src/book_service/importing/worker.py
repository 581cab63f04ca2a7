"""Moves imports on: a task in every replica that claims them and works until they wait for a person."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from book_service.importing import work_repository
from book_service.importing.applying import Applying
from book_service.importing.checking import Checking
from book_service.importing.holding import LEASE_SECONDS, Held, LeaseLost
from book_service.importing.reading import Reading
from book_service.importing.states import WORKED_ON
from book_service.importing.undoing import Undoing
from service_kit.database import Database
from service_kit.identifiers import new_id
from service_kit.languages.choice import Languages
from service_kit.languages.language import speak
from service_kit.languages.texts import _
from service_kit.problems import DomainError

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
AT_ONCE = 2
"""Imports that one replica works on at a time, so that a small one does not wait for the end of a large one."""
_LONGEST_PAUSE_SECONDS = 30.0
_TRIES_OF_A_FILE = 5
_UPLOAD_SECONDS = 3600.0
_KEPT_DAYS = 30


class ImportWorker:
    """One replica's worker. Several replicas share the work without knowing of each other."""

    def __init__(self, database: Database, *, currency: str, languages: Languages) -> None:
        """Take the database, the currency of the shop's prices, and the languages that problems are told in."""
        self._database = database
        self._languages = languages
        reading = Reading(database, currency=currency)
        checking, applying, undoing = Checking(database, currency=currency), Applying(database), Undoing(database)
        self._steps: dict[str, Callable[[Held], Awaitable[Held | None]]] = {
            "reading": reading.run,
            "checking": checking.step,
            "applying": applying.step,
            "undoing": undoing.step,
            "deleting": self._delete_some,
        }
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for work at once."""
        self._woken.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Work until the context ends; what is under way is then given back, for another replica to go on with."""
        tasks = [asyncio.create_task(self._run()) for _ in range(AT_ONCE)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def work_off(self) -> bool:
        """Claim one import and move it on as far as it goes without a person; return false when there was none."""
        async with self._database.autocommit() as connection:
            row = await work_repository.claim(connection, lease=new_id(), lease_seconds=LEASE_SECONDS)
        if row is None:
            return False
        await self._carry_out(Held(row, row.lease))
        return True

    async def abandon(self) -> None:
        """Have imports deleted whose file stopped coming, and those that nobody decided on for long."""
        async with self._database.autocommit() as connection:
            await work_repository.abandon(connection, upload_seconds=_UPLOAD_SECONDS, kept_days=_KEPT_DAYS)

    async def _run(self) -> None:
        failing = False
        while True:
            self._woken.clear()
            try:
                while await self.work_off():
                    failing = False
            except Exception as error:  # noqa: BLE001 (whatever it was, the work is still in the database)
                if not failing:
                    log.warning("imports cannot be worked on", error=f"{type(error).__name__}: {error}")
                failing = True
            with contextlib.suppress(TimeoutError):
                # Jitter keeps replicas that were started together from looking together for ever.
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311

    async def _carry_out(self, held: Held) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(import_id=str(held.id))
        # What is wrong with the file and its rows is kept in the words of whoever sent it.
        speak(self._languages.tagged(held.row.language))
        try:
            await self._move_on(held)
        except LeaseLost:
            log.info("import left to somebody else")
        except asyncio.CancelledError:
            await self._give_back(held)
            raise
        except Exception as error:
            if isinstance(error, DomainError):
                log.warning("import postponed", reason=error.code)
            else:
                log.exception("import failed")
            await self._postpone(held, is_fault=not isinstance(error, DomainError))

    async def _move_on(self, held: Held) -> None:
        now: Held | None = held
        while now is not None and now.row.state in WORKED_ON:
            state = now.row.state
            now = await self._steps[state](now)
            if now is not None and now.row.state != state:
                log.info("import moved on", before=state, now=now.row.state, rows=now.row.rows)
            # Batches follow each other; requests come in between.
            await asyncio.sleep(0)

    async def _delete_some(self, held: Held) -> Held | None:
        async with self._database.transaction() as session:
            held = await held.hold(session)
            if await work_repository.clear_some(session, held.id, results_alone=False):
                return held
            await work_repository.delete_import(session, held.id)
        return None

    async def _give_back(self, held: Held) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1), self._database.autocommit() as connection:
                await work_repository.give_back(connection, held.id, lease=held.lease)

    async def _postpone(self, held: Held, *, is_fault: bool) -> None:
        async with self._database.transaction() as session:
            row = await work_repository.postpone(
                session, held.id, lease=held.lease, longest_seconds=_LONGEST_PAUSE_SECONDS
            )
            # A database that is busy or away is not the file's fault.
            if row is not None and row.state == "reading" and is_fault and row.failures >= _TRIES_OF_A_FILE:
                problem = {"code": "unreadable", "detail": _("The file makes our reader fail."), "line": None}
                await work_repository.advance(session, held.id, place=0, state="refused", problem=problem)
