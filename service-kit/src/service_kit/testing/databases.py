"""Migrated databases for tests."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service_kit.database import sqlstate, with_driver
from service_kit.embedded_postgres import EmbeddedPostgres

_TABLES = """
    SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
_NUMBERS_ANEW = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_TRIES = 5
_DEADLOCK = "40P01"


_STEPS = """
import sys
from alembic.config import main
for step in sys.argv[2:]:
    main(["-c", sys.argv[1], *step.split()])
"""


def alembic(service: Path, variable: str, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Alembic for the service in the folder ``service``, as an operator would. Raises on failure."""
    return alembic_steps(service, variable, url, " ".join(arguments))


def alembic_steps(service: Path, variable: str, url: str, *steps: str) -> subprocess.CompletedProcess[str]:
    """Run several commands of Alembic, like ``upgrade head``, in one process: to start one takes the most time."""
    command = [sys.executable, "-c", _STEPS, str(service / "alembic.ini"), *steps]
    return subprocess.run(command, env=os.environ | {variable: url}, capture_output=True, text=True, check=True)  # noqa: S603


def migrated_database(postgres: EmbeddedPostgres, service: Path, *, name: str, variable: str) -> str:
    """Create a role and a database ``name``, migrate it, and return its URL."""
    postgres.create_role_and_database(name, "test")
    url = postgres.url(name, name, "test")
    alembic(service, variable, url, "upgrade", "head")
    return url


async def empty_tables(url: str) -> None:
    """Empty all tables but Alembic's; quicker than a new database for each test."""
    engine = create_async_engine(with_driver(url))
    try:
        await _patiently(engine, _truncate)
    finally:
        await engine.dispose()


@asynccontextmanager
async def emptying(superuser_url: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Give a function that empties all tables but Alembic's, and starts their numbers anew.

    As PostgreSQL's superuser it is stopped by no trigger and no foreign key. So it may delete the few rows of a test,
    which is ten times cheaper than to truncate, and it keeps its connection.
    """
    engine = create_async_engine(with_driver(superuser_url), pool_size=1)
    try:
        yield partial(_patiently, engine, _delete)
    finally:
        await engine.dispose()


async def _patiently(engine: AsyncEngine, empty: Callable[[AsyncConnection], Awaitable[None]]) -> None:
    # A service may be at work in the background, and has locked tables in another order.
    for tries_left in reversed(range(_TRIES)):
        try:
            async with engine.begin() as connection:
                await empty(connection)
            break
        except DBAPIError as error:
            if sqlstate(error) != _DEADLOCK or not tries_left:
                raise


async def _truncate(connection: AsyncConnection) -> None:
    names = await connection.scalars(text(_TABLES))
    await connection.execute(text(f"TRUNCATE {', '.join(names.all())} RESTART IDENTITY CASCADE"))


async def _delete(connection: AsyncConnection) -> None:
    names = (await connection.scalars(text(_TABLES))).all()
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    # Waits for what is being written, which would else be there a moment later.
    await connection.execute(text(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE"))
    deletions = [f"d{number} AS (DELETE FROM {name})" for number, name in enumerate(names)]  # noqa: S608 (catalogue)
    await connection.execute(text(f"WITH {', '.join(deletions)} SELECT"))
    await connection.execute(text(_NUMBERS_ANEW))
