"""Tables in memory, and transactions on them.

A transaction reads what is committed, one statement at a time, and others may write between two of its statements.
From its first write to its commit nobody comes between, which is what the row locks of the SQL amount to for rows that
two transactions want; whether they are taken in an order that cannot deadlock is left to the rig.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from proof.model.clock import Clock
from proof.model.simulation import At, Pause


class Violation(Exception):
    """A constraint forbids it."""


class Tables:
    """What is committed. Rows are never changed, only others put in their place."""

    def __init__(self, clock: Clock) -> None:
        """Take the database's time."""
        self.clock = clock

    def contents(self) -> dict[str, Any]:
        """Return a copy that ``restore`` takes."""
        return {name: dict(table) for name, table in vars(self).items() if isinstance(table, dict)}

    def restore(self, contents: dict[str, Any]) -> None:
        """Go back to an earlier state."""
        vars(self).update(contents)


def insert(table: dict[Any, Any], key: object, row: object) -> None:
    """Add a row. Raises ``Violation`` when there is one with this primary key."""
    if key in table:
        message = f"there is a row {key}"
        raise Violation(message)
    table[key] = row


class Session:
    """A connection in a transaction, or one on which each statement commits by itself."""

    def __init__(self, tables: Any, *, autocommit: bool) -> None:  # noqa: ANN401 (its statements know whose they are)
        """Take the tables."""
        self._tables = tables
        self._autocommit = autocommit
        self._before: dict[str, Any] | None = None

    async def reads(self) -> Any:  # noqa: ANN401 (its statements know whose tables they are)
        """Begin a statement that reads; return what it sees."""
        if self._before is None:
            await Pause(At.STATEMENT)
        return self._tables

    @asynccontextmanager
    async def writes(self) -> AsyncIterator[Any]:
        """Open a statement that writes."""
        if self._before is None:
            await Pause(At.STATEMENT)
            self._before = self._tables.contents()
        yield self._tables
        if self._autocommit:
            await self.commit()

    async def commit(self) -> None:
        """Let the others see it. The answer to a commit may be lost, which undoes nothing."""
        if self._before is not None:
            self._before = None
            await Pause(At.COMMITTED)

    def roll_back(self) -> None:
        """Undo what was written, unless it is committed."""
        if self._before is not None:
            self._tables.restore(self._before)
            self._before = None


class _Transaction:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def __aenter__(self) -> Session:
        return self._session

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self._session.commit()
        else:
            self._session.roll_back()


class TablesDatabase:
    """In the place of ``service_kit.database.Database``."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables."""
        self._tables = tables

    def transaction(self) -> _Transaction:
        """Open a transaction: returning commits, raising rolls back."""
        return _Transaction(Session(self._tables, autocommit=False))

    def autocommit(self) -> _Transaction:
        """Open a connection for single statements."""
        return _Transaction(Session(self._tables, autocommit=True))

    read = autocommit
