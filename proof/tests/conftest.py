"""Both databases, migrated and filled with a small shop in which all is right, and the log of its clients."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from service_kit.testing.databases import empty_tables, migrated_database

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

Sql = Callable[[str, str], Awaitable[None]]


@pytest.fixture(scope="session")
def urls(postgres) -> dict[str, str]:
    return {
        "orders": migrated_database(postgres, ROOT / "order-service", name="orders", variable="ORDER_DATABASE_URL"),
        "books": migrated_database(postgres, ROOT / "book-service", name="books", variable="BOOK_DATABASE_URL"),
    }


@pytest.fixture(scope="session")
async def unguarded(urls) -> dict[str, str]:
    """Take away what would refuse bad rows: here the checker alone has to find them."""
    find = """SELECT string_agg(format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname), ';')
              FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"""
    for url in urls.values():
        connection = await asyncpg.connect(url)
        await connection.execute(await connection.fetchval(find))
        for trigger in await connection.fetch(
            "SELECT tgname, tgrelid::regclass AS of FROM pg_trigger WHERE NOT tgisinternal"
        ):
            await connection.execute(f"ALTER TABLE {trigger['of']} DISABLE TRIGGER {trigger['tgname']}")
        await connection.close()
    return urls


@pytest.fixture
async def sql(unguarded) -> AsyncIterator[Sql]:
    """Give a function that changes a database behind the services' back; both hold the shop of the examples."""
    connections = {}
    for name, url in unguarded.items():
        await empty_tables(url)
        connections[name] = await asyncpg.connect(url)
        await connections[name].execute((HERE / f"{name}.sql").read_text())

    async def run(database: str, statement: str) -> None:
        await connections[database].execute(statement)

    yield run
    for connection in connections.values():
        await connection.close()
