"""What PostgreSQL and asyncpg alone need for a question: the statements that book-service sends for it, played again.

They are not written down here: book-service runs inside this process, is asked each question through its own routes,
and what it sends is noted with its parameters. So the limit is always that of the code as it is.
"""

import asyncio
import contextlib
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Self

import asyncpg  # type: ignore[import-untyped]
import httpx2
from catalogue_clients import Times
from sqlalchemy import Connection, Engine, event

from book_service.config import Settings
from book_service.main import create_app

_ROUNDS = 3
_DURATION = re.compile(r"duration: ([\d.]+) ms")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its parameters, and the settings of the connection that it was sent on."""

    sql: str
    parameters: tuple[Any, ...]
    settings: tuple[tuple[str, str], ...]


Questions = Sequence[Sequence[Statement]]


@dataclass
class Asked:
    """What came of one question inside the process: the answer's status, the statements, the data layer's seconds."""

    status: int = 0
    statements: list[Statement] = field(default_factory=list)
    data_seconds: float = 0.0
    depth: int = 0


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


class ServiceInside:
    """book-service in this process, with its data layer watched."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Take a client that speaks to the application directly."""
        self._client = client

    async def ask(self, path: str) -> Asked:
        """Ask one question."""
        asked = Asked()
        token = _asked.set(asked)
        try:
            asked.status = (await self._client.get(path)).status_code
        finally:
            _asked.reset(token)
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


class Backends:
    """asyncpg's connections of one client: one for each set of settings that the service's connections have."""

    def __init__(self, connections: Mapping[tuple[tuple[str, str], ...], Any]) -> None:
        """Take connections by settings."""
        self._connections = connections

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, url: str, questions: Questions, *, told: Callable[[str], None] | None = None
    ) -> AsyncIterator[Self]:
        """Open the connections that the questions need. With ``told``, PostgreSQL says how long everything takes."""
        kinds = {statement.settings for question in questions for statement in question}
        async with contextlib.AsyncExitStack() as closing:
            connections = {}
            for settings in kinds:
                more = {"log_duration": "on", "client_min_messages": "log", "log_min_messages": "fatal"} if told else {}
                connection = await asyncpg.connect(url, server_settings=dict(settings) | more, statement_cache_size=500)
                closing.push_async_callback(connection.close)
                if told:
                    connection.add_log_listener(lambda _, message, listen=told: listen(message.message))
                connections[settings] = connection
            yield cls(connections)

    async def ask(self, question: Sequence[Statement]) -> float:
        """Send a question's statements one after the other; return the seconds that it took."""
        began = time.perf_counter()
        for statement in question:
            await self._connections[statement.settings].fetch(statement.sql, *statement.parameters)
        return time.perf_counter() - began


async def replay(url: str, questions: Questions, *, clients: int, seconds: float) -> Times:
    """Send the questions' statements by asyncpg, prepared, on connections of each client's own, for some seconds.

    The time is taken in several parts, and the figures are their medians.
    """
    async with contextlib.AsyncExitStack() as closing:
        backends = [await closing.enter_async_context(Backends.opened(url, questions)) for _ in range(clients)]
        await _all_at_once(backends, questions, seconds / 4)
        parts = [await _all_at_once(backends, questions, seconds / _ROUNDS) for _ in range(_ROUNDS)]
    p50, p99, rate = (statistics.median(figures) for figures in zip(*parts, strict=True))
    return Times(p50, p99, rate)


async def _all_at_once(
    backends: Sequence[Backends], questions: Questions, seconds: float
) -> tuple[float, float, float]:
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def one_after_another(client: Backends, place: int) -> None:
        while time.perf_counter() < until:
            took.append(await client.ask(questions[place % len(questions)]))
            place += 1

    starts = [place * len(questions) // len(backends) for place in range(len(backends))]
    await asyncio.gather(*(one_after_another(*turn) for turn in zip(backends, starts, strict=True)))
    return *percentiles(took), len(took) / seconds


async def time_in_postgres(url: str, questions: Questions) -> Times:
    """Return what PostgreSQL itself says that binding, planning and running took.

    Of each question the best of several runs counts, for what else the machine was doing is not PostgreSQL's: the
    slowest percent are the slowest questions, and not the unluckiest moments.
    """
    said: list[float] = []

    def note(message: str) -> None:
        said.extend(float(found) for found in _DURATION.findall(message))

    async with Backends.opened(url, questions, told=note) as backends:
        # In the first round statements are prepared.
        rounds = [[await _said_of(backends, question, said) for question in questions] for _ in range(_ROUNDS + 1)]
    best = [min(took) / 1000 for took in zip(*rounds[1:], strict=True)]
    return Times(*percentiles(best), 0.0)


async def _said_of(backends: Backends, question: Sequence[Statement], said: list[float]) -> float:
    said.clear()
    await backends.ask(question)
    await asyncio.sleep(0)  # What the server says is handed out in the loop's next turn.
    return sum(said)


def percentiles(took: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and 99th percentile of seconds in milliseconds."""
    ordered = sorted(took)
    return tuple(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 for part in (0.5, 0.99))  # type: ignore[return-value]


def _note(connection: Connection, _cursor: object, sql: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
    asked = _asked.get()
    if asked is not None:
        asked.statements.append(Statement(sql, tuple(parameters), _settings_of(connection)))


def _settings_of(connection: Connection) -> tuple[tuple[str, str], ...]:
    driver: Any = connection.connection.driver_connection
    return tuple(sorted(driver._params.server_settings.items()))  # noqa: SLF001 (there is no public way)


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
