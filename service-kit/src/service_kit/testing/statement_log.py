"""What PostgreSQL was asked while a block ran, from its own log: every statement, in turn, with its parameters."""

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from service_kit.embedded_postgres import EmbeddedPostgres

_WAIT_SECONDS = 10.0
_ENTRY = re.compile(r"^<(\d+) (\S*)> (\w+): +", re.MULTILINE)
_STATEMENT = re.compile(r"(?:execute [^:]+|statement): (.*)", re.DOTALL)
_VALUE = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the server got it; ``values`` are its parameters as SQL literals."""

    backend: str
    database: str
    sql: str
    values: tuple[str, ...] = ()


@contextlib.contextmanager
def logged_statements(postgres: EmbeddedPostgres) -> Iterator[list[Statement]]:
    """Give a list that holds, once the block has ended, what all databases of the server were asked in it."""
    statements: list[Statement] = []
    _configure(postgres, log_statement="all", log_line_prefix="<%p %d> ")
    begin = postgres.log_file.stat().st_size
    try:
        yield statements
        statements += _parsed(postgres.log_file.read_bytes()[begin:].decode())
    finally:
        _configure(postgres, log_statement="none")


def _configure(postgres: EmbeddedPostgres, **settings: str) -> None:
    for name, value in settings.items():
        postgres.run_sql(f"ALTER SYSTEM SET {name} = '{value}'")
    postgres.run_sql("SELECT pg_reload_conf()")
    deadline = time.monotonic() + _WAIT_SECONDS
    # Who connects after the server has read its settings sees the new ones, and the others have been told by then.
    while any(postgres.run_sql(f"SHOW {name}") != value.strip() for name, value in settings.items()):
        if time.monotonic() > deadline:
            message = "PostgreSQL does not read its settings again"
            raise TimeoutError(message)


def _parsed(log: str) -> Iterator[Statement]:
    # An entry per statement, and behind it one with its parameters, if there are any.
    _, *parts = _ENTRY.split(log)
    waiting: Statement | None = None
    for backend, database, kind, text in zip(*(parts[start::4] for start in range(4)), strict=True):
        said = text.replace("\n\t", "\n").strip()
        if kind == "DETAIL" and waiting is not None:
            yield Statement(waiting.backend, waiting.database, waiting.sql, tuple(_VALUE.findall(said)))
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        found = _STATEMENT.match(said) if kind == "LOG" else None
        waiting = Statement(backend, database, found[1].strip().rstrip(";")) if found else None
    if waiting is not None:
        yield waiting
