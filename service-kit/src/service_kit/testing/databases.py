"""Migrated databases for tests."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service_kit.database import sqlstate, with_driver
from service_kit.embedded_postgres import EmbeddedPostgres

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


async def empty_tables(url: str, *, guarded: Sequence[str] = ()) -> None:
    """Empty all tables but Alembic's; quicker than a new database for each test.

    ``guarded`` names tables whose triggers refuse to have them emptied.

    A service may be at work in the background, and has locked tables in another order.
    """
    engine = create_async_engine(with_driver(url))
    try:
        for tries_left in reversed(range(_TRIES)):
            try:
                await _truncate(engine, guarded)
                break
            except DBAPIError as error:
                if sqlstate(error) != _DEADLOCK or not tries_left:
                    raise
    finally:
        await engine.dispose()


async def _truncate(engine: AsyncEngine, guarded: Sequence[str]) -> None:
    async with engine.begin() as connection:
        for table in guarded:
            await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        names = await connection.scalars(
            text(
                "SELECT format('%I', tablename) FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            )
        )
        await connection.execute(text(f"TRUNCATE {', '.join(names.all())} RESTART IDENTITY CASCADE"))
        for table in guarded:
            await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
