"""One service's PostgreSQL: bounded connections, given out in the order they were asked for.

SQLAlchemy's asynchronous pool is unfair once requests outnumber connections, so callers queue at a semaphore of the
pool's size (first come, first served) and wait a bounded time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine

from service_kit.problems import DomainError, Unavailable

WAIT_SECONDS = 5.0
STATEMENT_SECONDS = 15
_IN_USE = Gauge("database_connections_in_use", "Connections to PostgreSQL that are at work.")

_CONNECTION_CLASSES = ("08", "53", "57P")
"""SQLSTATE classes that say "not now": connection lost, resources, the server is going down or coming up."""


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer, or all connections stay busy."""

    code = "database_unavailable"
    title = "The database is not available for a moment"


class Database:
    """Connections to one database."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Take a ``postgresql://`` URL and the largest number of connections."""
        self._engine = create_async_engine(
            with_driver(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            # Values of statements are what people typed; they do not belong in logs.
            hide_parameters=True,
            connect_args={
                "timeout": WAIT_SECONDS,
                "server_settings": {
                    "application_name": "quire",
                    "statement_timeout": f"{STATEMENT_SECONDS}s",
                    # A client that vanished in the middle of a transaction must not keep rows locked.
                    "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS}s",
                },
            },
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._slots = asyncio.Semaphore(pool_size)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session in a transaction: returning commits, raising rolls back."""
        async with self._slot(), self._sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for single statements that read; each commits by itself, saving two round trips."""
        async with self.autocommit() as connection:
            yield connection

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection on which each statement is a transaction of its own: for work that is one statement."""
        async with self._slot(), self._autocommit.connect() as connection:
            yield connection

    async def check(self) -> str:
        """Ask the database for an answer, for readiness."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))
        return "answers"

    async def dispose(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError as error:
            detail = "All connections to the database are busy."
            raise DatabaseUnavailable(detail) from error
        _IN_USE.inc()
        try:
            yield
        except DomainError:
            raise
        except (DBAPIError, OSError, TimeoutError) as error:
            if not _is_unavailable(error):
                raise
            raise DatabaseUnavailable from error
        finally:
            _IN_USE.dec()
            self._slots.release()


def with_driver(url: str) -> str:
    """Return the URL with the driver that SQLAlchemy is to use; people write ``postgresql://``."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if separator and scheme in {"postgres", "postgresql"} else url


def sqlstate(error: BaseException) -> str:
    """Return the five-character SQLSTATE of a driver's error, or an empty string."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or ""


def violated_constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that a statement broke, or an empty string."""
    cause = getattr(error.orig, "__cause__", None)
    return getattr(cause, "constraint_name", None) or ""


def _is_unavailable(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or sqlstate(error).startswith(_CONNECTION_CLASSES)
    return isinstance(error, (OSError, TimeoutError))
