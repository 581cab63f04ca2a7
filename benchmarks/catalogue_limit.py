"""What PostgreSQL and asyncpg alone need for a question: the statements that book-service sends for it, played again.

They are not written down here: book-service runs inside this process, is asked each question through its own routes,
and what it sends is noted with its parameters. So the limit is always that of the code as it is.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import httpx2
from catalogue_clients import Times
from sqlalchemy import Engine, event, text

from book_service.config import Settings
from book_service.main import create_app
from service_kit.database import Database

_SETTINGS = ("plan_cache_mode", "jit", "work_mem", "random_page_cost")
Statement = tuple[str, tuple[Any, ...]]


@dataclass
class Asked:
    """What came of one question inside the process: its statements, and the seconds in the data layer and in all."""

    statements: list[Statement] = field(default_factory=list)
    data_seconds: float = 0.0
    seconds: float = 0.0
    depth: int = 0


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


class ServiceInside:
    """book-service in this process, with its data layer watched."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Take a client that speaks to the application directly."""
        self._client = client

    async def ask(self, path: str) -> Asked:
        """Ask one question. Raises ``RuntimeError`` when the answer is not a 200."""
        asked = Asked()
        token = _asked.set(asked)
        began = time.perf_counter()
        try:
            answer = await self._client.get(path)
        finally:
            _asked.reset(token)
        asked.seconds = time.perf_counter() - began
        if answer.status_code != 200:
            message = f"{path}: {answer.status_code} {answer.text[:200]}"
            raise RuntimeError(message)
        return asked


@contextlib.asynccontextmanager
async def service_inside(url: str, auth_url: str) -> AsyncIterator[ServiceInside]:
    """Run book-service in this process, without a socket before it."""
    app = create_app(Settings(database_url=url, STOREFRONT="public", AUTH_URL=auth_url, LOG_LEVEL="error"))
    event.listen(Engine, "before_cursor_execute", _note)
    _watch_data_layer()
    try:
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://book") as client,
        ):
            yield ServiceInside(client)
    finally:
        event.remove(Engine, "before_cursor_execute", _note)


async def replay(url: str, questions: Sequence[Sequence[Statement]], *, clients: int, seconds: float) -> Times:
    """Send the questions' statements by asyncpg, prepared, on a connection for each client, for some seconds."""
    connections = [await connected(url) for _ in range(clients)]
    took: list[float] = []
    try:
        await _one_after_another(connections[0], questions, 0, time.perf_counter() + seconds / 4, [])
        until = time.perf_counter() + seconds
        turns = [
            _one_after_another(connection, questions, place * len(questions) // clients, until, took)
            for place, connection in enumerate(connections)
        ]
        await asyncio.gather(*turns)
    finally:
        for connection in connections:
            await connection.close()
    return Times(*percentiles(took), len(took) / seconds)


async def _one_after_another(
    connection: Any,  # noqa: ANN401 (asyncpg has no types)
    questions: Sequence[Sequence[Statement]],
    first: int,
    until: float,
    took: list[float],
) -> None:
    place = first
    while (began := time.perf_counter()) < until:
        for sql, parameters in questions[place % len(questions)]:
            await connection.fetch(sql, *parameters)
        took.append(time.perf_counter() - began)
        place += 1


async def time_in_postgres(url: str, questions: Sequence[Sequence[Statement]]) -> Times:
    """Return what PostgreSQL itself says that planning and running took, from EXPLAIN ANALYZE."""
    connection, took = await connected(url), []
    try:
        for _ in range(2):
            took = [await _explained(connection, question) for question in questions]
    finally:
        await connection.close()
    return Times(*percentiles(took), 0.0)


async def _explained(connection: Any, question: Sequence[Statement]) -> float:  # noqa: ANN401
    spent = 0.0
    for sql, parameters in question:
        if not sql.lstrip("( \n").upper().startswith(("SELECT", "WITH")):
            await connection.fetch(sql, *parameters)
            continue
        explain = f"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY, FORMAT JSON) {sql}"
        plan = json.loads(await connection.fetchval(explain, *parameters))[0]
        spent += plan["Planning Time"] + plan["Execution Time"]
    return spent / 1000


async def connected(url: str) -> Any:  # noqa: ANN401
    """Return an asyncpg connection with the settings that the service's own have."""
    async with _database(url) as database, database.read() as connection:
        settings = {name: await connection.scalar(text(f"SHOW {name}")) for name in _SETTINGS}
    return await asyncpg.connect(url, server_settings=settings, statement_cache_size=500)


@contextlib.asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    database = Database(url, pool_size=1)
    try:
        yield database
    finally:
        await database.dispose()


def percentiles(took: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and 99th percentile of seconds in milliseconds."""
    ordered = sorted(took)
    return tuple(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 for part in (0.5, 0.99))  # type: ignore[return-value]


def _note(_connection: object, _cursor: object, sql: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
    asked = _asked.get()
    if asked is not None:
        asked.statements.append((sql, tuple(parameters)))


def _watch_data_layer() -> None:
    """Add up the time in every repository's coroutines; a repository called by another counts once."""
    for name, module in list(sys.modules.items()):
        if name.startswith("book_service.") and name.endswith("repository"):
            _watch(module)


def _watch(module: ModuleType) -> None:
    for name, function in list(vars(module).items()):
        if asyncio.iscoroutinefunction(function) and function.__module__ == module.__name__:
            setattr(module, name, _timed(function))


def _timed(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        asked = _asked.get()
        if asked is None or asked.depth:
            return await function(*arguments, **named)
        asked.depth += 1
        began = time.perf_counter()
        try:
            return await function(*arguments, **named)
        finally:
            asked.data_seconds += time.perf_counter() - began
            asked.depth -= 1

    return timed
