"""The environment that every service's Alembic runs in; a service's ``migrations/env.py`` calls ``run_migrations``."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from service_kit.database import with_driver

_LOCK = 7_203_911
"""Key of the advisory lock: replicas that start together migrate one after the other."""


def run_migrations(metadata: MetaData, *, url_variable: str) -> None:
    """Bring the database that the environment variable names to the wanted revision."""
    url = context.config.get_main_option("sqlalchemy.url") or os.environ.get(url_variable)
    if not url:
        message = f"The setting {url_variable} is not set."
        raise SystemExit(message)
    asyncio.run(_run(url, metadata))


async def _run(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(with_driver(url), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, metadata)
        await connection.commit()
    await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=False)
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        context.run_migrations()
