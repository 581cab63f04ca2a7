"""book-service inside this process: what it sends to PostgreSQL for a question, and how long its data layer takes."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import httpx2
from sqlalchemy import Connection, Engine, event

from book_service.config import Settings
from book_service.main import create_app
from service_kit.database import Database


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


def _note(connection: Connection, _cursor: object, sql: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
    asked = _asked.get()
    if asked is not None:
        asked.statements.append(Statement(sql, tuple(parameters), _settings_of(connection)))


def _settings_of(connection: Connection) -> tuple[tuple[str, str], ...]:
    driver: Any = connection.connection.driver_connection
    return tuple(sorted(driver._params.server_settings.items()))  # noqa: SLF001 (there is no public way)


def _watch_data_layer() -> None:
    """Add up the time in every repository's coroutines, and that of getting a connection and giving it back.

    A repository that is called by another counts once.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("book_service.") and name.endswith("repository"):
            _watch(module)
    if not hasattr(Database.read, "__wrapped_for_times__"):
        Database.read = _timed_opening(Database.read)  # type: ignore[method-assign]
        Database.transaction = _timed_opening(Database.transaction)  # type: ignore[method-assign]


def _watch(module: ModuleType) -> None:
    for name, function in list(vars(module).items()):
        if asyncio.iscoroutinefunction(function) and function.__module__ == module.__name__:
            setattr(module, name, _timed(function))


@contextlib.contextmanager
def _adding_up() -> Iterator[None]:
    asked = _asked.get()
    if asked is None or asked.depth:
        yield
        return
    asked.depth += 1
    began = time.perf_counter()
    try:
        yield
    finally:
        asked.data_seconds += time.perf_counter() - began
        asked.depth -= 1


def _timed(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        with _adding_up():
            return await function(*arguments, **named)

    return timed


def _timed_opening(opening: Callable[[Database], contextlib.AbstractAsyncContextManager[Any]]) -> Any:  # noqa: ANN401
    @contextlib.asynccontextmanager
    async def timed(database: Database) -> AsyncIterator[Any]:
        manager = opening(database)
        with _adding_up():
            opened = await manager.__aenter__()
        try:
            yield opened
        except BaseException:
            if not await manager.__aexit__(*sys.exc_info()):
                raise
        else:
            with _adding_up():
                await manager.__aexit__(None, None, None)

    timed.__wrapped_for_times__ = True  # type: ignore[attr-defined]
    return timed
