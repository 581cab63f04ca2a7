"""One service's PostgreSQL: bounded connections, given out in the order they were asked for.

SQLAlchemy's asynchronous pool is unfair once requests outnumber connections, so callers queue at a semaphore of the
pool's size (first come, first served) and wait a bounded time.

A caller waits as long for a PostgreSQL that is away: until it has a connection nothing has been done, so to try again
is safe. From then on nothing is tried again here, for what a lost connection was told may have been carried out; the
caller gets ``DatabaseUnavailable``, and whoever sent the request repeats it with its ``Idempotency-Key``. The one
exception is ``repeated_when_aborted``.
"""

import asyncio
import contextlib
import random
import select
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from prometheus_client import Gauge
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from service_kit.database_failures import FAILURES, DatabaseUnavailable, as_unavailable, sqlstate, violated_constraint
from service_kit.languages.texts import N_
from service_kit.prepared import Reader
from service_kit.problems import DomainError

__all__ = ["Database", "DatabaseUnavailable", "sqlstate", "violated_constraint", "with_driver"]

WAIT_SECONDS = 5.0
"""Longest wait for a connection, be it that all are busy or that PostgreSQL is away."""
STATEMENT_SECONDS = 6
"""Longest statement; PostgreSQL itself ends it, and the connection stays good."""
USE_SECONDS = 7.0
"""Longest use of a connection. Then it is cut, for a peer that is frozen or gone without a word answers nothing."""
CHECK_SECONDS = 1.0
"""Longest wait for a connection, and longest use of it, when it is only about readiness."""

_TRUSTED_SECONDS = 5.0
"""A connection that lay idle for longer has to prove that its peer is still there; a busy one costs no round trip."""
_PROOF_SECONDS = 1.0
_GOODBYE_SECONDS = 2.0
_FRESH_SECONDS = 2.0
"""So long after work that succeeded nobody asks whether the database is there."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
_Opened = TypeVar("_Opened", AsyncConnection, AsyncSession)
_Opening = TypeVar("_Opening")
_IN_USE = Gauge("database_connections_in_use", "Connections to PostgreSQL that are at work.")


class Database:
    """Connections to one database."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        settings: Mapping[str, str] | None = None,
        use_seconds: float | None = None,
    ) -> None:
        """Take a ``postgresql://`` URL, the largest number of connections, and settings of PostgreSQL's for them.

        ``use_seconds`` is for commands whose work nobody waits for: the longest use of a connection, instead of
        ``USE_SECONDS``.
        """
        self._use_seconds = use_seconds
        self._engine = create_async_engine(
            with_driver(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            # The connection that was used last: its process at PostgreSQL has all that it needs at hand.
            pool_use_lifo=True,
            # Values of statements are what people typed; they do not belong in logs.
            hide_parameters=True,
            connect_args={
                "timeout": WAIT_SECONDS,
                "server_settings": {
                    "application_name": "quire",
                    "statement_timeout": f"{STATEMENT_SECONDS}s",
                    # A client that vanished in the middle of a transaction must not keep rows locked.
                    "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS}s",
                    **(settings or {}),
                },
            },
        )
        self._trust = _Trust()
        event.listen(self._engine.sync_engine, "connect", self._trust.note_connection)
        event.listen(self._engine.sync_engine, "checkin", self._trust.note_use)
        event.listen(self._engine.sync_engine, "checkout", self._trust.refuse_lost)
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._slots = asyncio.Semaphore(pool_size)
        self._answered_at = -_FRESH_SECONDS

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session in a transaction: returning commits, raising rolls back."""
        async with self._opened(self._open_session, WAIT_SECONDS, self._use_seconds or USE_SECONDS) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for single statements that read; each commits by itself, saving two round trips."""
        async with self.autocommit() as connection:
            yield connection

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """Open a connection for ``Prepared`` statements; each is a transaction of its own."""
        loop = asyncio.get_running_loop()
        async with self._slot(loop.time() + WAIT_SECONDS) as deadline:
            pooled, driver = await _with_patience(self._open_pooled, deadline)
            cut = loop.call_later(self._use_seconds or USE_SECONDS, driver.terminate)
            try:
                yield driver
                self._answered_at = time.monotonic()
            finally:
                cut.cancel()
                # Nothing began a transaction, so nothing has to be waited for.
                pooled.close()

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection on which each statement is a transaction of its own: for work that is one statement."""
        async with self._opened(self._open_autocommit, WAIT_SECONDS, self._use_seconds or USE_SECONDS) as connection:
            yield connection

    async def check(self) -> str:
        """See that the database answers, for readiness; waits less than others do."""
        if time.monotonic() - self._answered_at < _FRESH_SECONDS:
            # Many who wait for a connection are no reason to take this service out of service.
            return "answers"
        async with self._opened(self._open_autocommit, CHECK_SECONDS, CHECK_SECONDS) as connection:
            await connection.execute(text("SELECT 1"))
        return "answers"

    async def dispose(self) -> None:
        """Close all connections, without waiting long for a peer that does not answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._engine.dispose()
        self._trust.terminate_all()

    @asynccontextmanager
    async def _opened(
        self, open_one: Callable[[], Awaitable[tuple[_Opened, Any]]], wait_seconds: float, use_seconds: float
    ) -> AsyncIterator[_Opened]:
        loop = asyncio.get_running_loop()
        async with self._slot(loop.time() + wait_seconds) as deadline:
            opened, driver = await _with_patience(open_one, deadline)
            cut = loop.call_later(use_seconds, driver.terminate)
            try:
                yield opened
                self._answered_at = time.monotonic()
            finally:
                await _close(opened, cut)

    @asynccontextmanager
    async def _slot(self, deadline: float) -> AsyncIterator[float]:
        """Have room for one connection, and say of what goes wrong with it that the database is unavailable."""
        await self._take_slot(deadline)
        try:
            with _unavailability():
                yield deadline
        finally:
            _IN_USE.dec()
            self._slots.release()

    async def _take_slot(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError as error:
            detail = N_("All connections to the database are busy.")
            raise DatabaseUnavailable(detail) from error
        _IN_USE.inc()

    async def _open_session(self) -> tuple[AsyncSession, Any]:
        session = AsyncSession(self._engine, expire_on_commit=False)
        try:
            return session, await self._trust.proven_driver(_pooled(await session.connection()))
        except BaseException:
            await _close(session)
            raise

    async def _open_pooled(self) -> tuple[PoolProxiedConnection, Any]:
        pooled = await self._engine.raw_connection()
        try:
            return pooled, await self._trust.proven_driver(pooled)
        except BaseException:
            pooled.close()
            raise

    async def _open_autocommit(self) -> tuple[AsyncConnection, Any]:
        connection = await self._autocommit.connect()
        try:
            return connection, await self._trust.proven_driver(_pooled(connection))
        except BaseException:
            await _close(connection)
            raise


def with_driver(url: str) -> str:
    """Return the URL with the driver that SQLAlchemy is to use; people write ``postgresql://``."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if separator and scheme in {"postgres", "postgresql"} else url


class _Trust:
    """Which pooled connections can still be relied on."""

    def __init__(self) -> None:
        self._since = 0.0
        self._drivers: weakref.WeakSet[Any] = weakref.WeakSet()

    def note_connection(self, connection: Any, _record: object) -> None:  # noqa: ANN401
        """Remember that a connection was opened."""
        self._drivers.add(connection.driver_connection)

    def terminate_all(self) -> None:
        """Cut what is still connected."""
        for driver in self._drivers:
            driver.terminate()

    def note_use(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Remember when a connection came back to the pool."""
        record.info["used_at"] = time.monotonic()

    def refuse_lost(self, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401
        """Have the pool open another connection in place of a lost one; to notice it costs no round trip."""
        driver = connection.driver_connection
        used_at = record.info.get("used_at")
        if used_at is not None and (used_at < self._since or driver.is_closed() or _has_unread(driver)):
            driver.terminate()
            raise DisconnectionError

    async def proven_driver(self, pooled: PoolProxiedConnection) -> Any:  # noqa: ANN401 (asyncpg has no types)
        """Return the driver's connection once it is known that its peer is there. Raises ``ConnectionError``."""
        driver: Any = pooled.driver_connection
        used_at = pooled.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < _TRUSTED_SECONDS:
            return driver
        try:
            # An empty statement; as SQLAlchemy's own ping, since the driver cannot read the answer to "" on its own.
            await driver.fetchrow(";", timeout=_PROOF_SECONDS)
        except FAILURES as error:
            # Without taking leave of somebody who is not there. What else lies in the pool has the same peer.
            driver.terminate()
            self._since = time.monotonic()
            message = "a pooled connection had lost its peer"
            raise ConnectionError(message) from error
        return driver


def _pooled(connection: AsyncConnection) -> PoolProxiedConnection:
    assert connection.sync_connection is not None  # noqa: S101 (it was opened)
    return connection.sync_connection.connection


def _has_unread(driver: Any) -> bool:  # noqa: ANN401
    # Without being asked, PostgreSQL says nothing but farewell. The event loop may not have come to read it yet.
    socket = driver._transport.get_extra_info("socket")  # noqa: SLF001 (there is no public way)
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return bool(poll.poll(0))


async def _with_patience(open_one: Callable[[], Awaitable[_Opening]], deadline: float) -> _Opening:
    """Open a connection, trying again until the deadline while PostgreSQL is away."""
    loop = asyncio.get_running_loop()
    pause = _FIRST_PAUSE
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                return await open_one()
        except FAILURES as error:
            if as_unavailable(error) is None or loop.time() >= deadline:
                raise
        # Jitter: those who lost their connections in the same moment are not to come back in the same moment.
        await asyncio.sleep(min(pause * random.uniform(0.5, 1.5), max(deadline - loop.time(), 0)))  # noqa: S311
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _close(opened: AsyncConnection | AsyncSession, cut: asyncio.TimerHandle | None = None) -> None:
    # Also while the request is being cancelled: a connection that is not given back is lost to the pool.
    closing = asyncio.create_task(opened.close())
    if cut is not None:
        closing.add_done_callback(lambda _: cut.cancel())
    await asyncio.shield(closing)


@contextmanager
def _unavailability() -> Iterator[None]:
    """Name what PostgreSQL and the network do to us; what the work itself raises passes as it is."""
    try:
        yield
    except DomainError:
        raise
    except FAILURES as error:
        unavailable = as_unavailable(error)
        if unavailable is None:
            raise
        raise unavailable from error
