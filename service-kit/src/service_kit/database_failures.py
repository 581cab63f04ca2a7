"""What it means when PostgreSQL fails: "not now", which the client may repeat, or a fault of ours."""

import asyncio
import functools
import random
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError

from service_kit.languages.texts import N_
from service_kit.problems import Unavailable

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_NOT_NOW = (
    "08",  # the connection was lost or could not be made
    "25006",  # read-only: a standby that is not yet the primary
    "25P03",  # we were silent for too long within a transaction
    "53",  # too few resources: disk, memory, connections
    "55P03",  # somebody else keeps the lock
    "57014",  # the statement took too long
    "57P",  # the server is going down or coming up
)
"""SQLSTATEs, or what they begin with (PostgreSQL, appendix A)."""
_ABORTED = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_TRIES = 3


FAILURES = (DBAPIError, asyncpg.InterfaceError, asyncpg.PostgresError, OSError, TimeoutError)
"""What PostgreSQL and the network raise. SQLAlchemy does not translate what the driver raises while it connects."""


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer, or all connections stay busy."""

    code = "database_unavailable"
    title = N_("The database is not available for a moment")


class TransactionAborted(DatabaseUnavailable):
    """PostgreSQL ended the transaction in favour of another one. Nothing of it was done, for certain."""

    def __init__(self) -> None:
        """Say so, and that it may be repeated at once."""
        super().__init__(N_("It collided with other requests, and nothing was done."), retry_after=1)


def as_unavailable(error: BaseException) -> DatabaseUnavailable | None:
    """Return what a client is to be told of a failure that passes by itself, or None of one that does not."""
    if isinstance(error, (asyncpg.InterfaceError, OSError, TimeoutError)):
        return DatabaseUnavailable()
    state = sqlstate(error)
    if state in _ABORTED:
        return TransactionAborted()
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return DatabaseUnavailable() if is_lost or state.startswith(_NOT_NOW) else None


def repeated_when_aborted(
    method: Callable[_Parameters, Coroutine[Any, Any, _Result]],
) -> Callable[_Parameters, Coroutine[Any, Any, _Result]]:
    """Call a method again, three times in all, when PostgreSQL ended its transaction in favour of another one.

    Only for a method that is one transaction and nothing besides it: such a transaction has left no trace, so the
    method begins anew. A lost connection leaves open what became of it, and is not repeated.
    """

    @functools.wraps(method)
    async def repeated(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        for _ in range(_TRIES - 1):
            try:
                return await method(*args, **kwargs)
            except TransactionAborted:
                await asyncio.sleep(random.uniform(0.01, 0.05))  # noqa: S311
        return await method(*args, **kwargs)

    return repeated


def sqlstate(error: BaseException) -> str:
    """Return the five-character SQLSTATE of a driver's error, or an empty string."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or ""


def violated_constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that a statement broke, or an empty string."""
    cause = getattr(error.orig, "__cause__", None)
    return getattr(cause, "constraint_name", None) or ""
