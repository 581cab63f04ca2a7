"""Statements that pages ask for again and again, sent by the driver alone.

SQLAlchemy writes such a statement once; each connection prepares it once. What SQLAlchemy does around a statement
besides costs several times as much as the driver needs to send it and to read what comes back.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Row(asyncpg.Record):  # type: ignore[misc]  # asyncpg has no types
    """A row with the two names that a row of SQLAlchemy has: its columns are attributes, all of them a mapping."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (values of any column)
        """Return the value of a column."""
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    @property
    def _mapping(self) -> Mapping[str, Any]:
        mapping: Mapping[str, Any] = self
        return mapping


class Reader(Protocol):
    """A connection of the driver's on which single statements are read; see ``Database.reader``."""

    async def fetch(self, query: str, *args: object, record_class: type[Row]) -> list[Row]:
        """Return all rows."""


class Prepared:
    """A statement that reads, as the driver sends it."""

    def __init__(self, statement: Executable) -> None:
        """Take a statement; parameters whose types PostgreSQL cannot tell have them."""
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # all that can be executed have it
        self._text = str(compiled)
        self._names: Sequence[str] = compiled.positiontup or ()

    async def rows(self, reader: Reader, values: Mapping[str, Any]) -> list[Row]:
        """Return what it finds; ``values`` may hold more than it takes."""
        return await reader.fetch(self._text, *(values[name] for name in self._names), record_class=Row)
