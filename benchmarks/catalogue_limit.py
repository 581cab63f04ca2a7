"""What PostgreSQL and asyncpg alone need for a question: the statements that book-service sends for it, played again.

They are not written down here but noted, with their parameters, while book-service answers inside this process. So the
limit is always that of the code as it is.
"""

import asyncio
import contextlib
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Self

import asyncpg  # type: ignore[import-untyped]
from catalogue_clients import Times
from catalogue_inside import Questions, Statement

_ROUNDS = 3
_DURATION = re.compile(r"duration: ([\d.]+) ms")
_PROCESSOR = re.compile(r"^!\s+([\d.]+) s user, ([\d.]+) s system", re.MULTILINE)
_TELLING = {
    "log_duration": "on",
    "log_statement_stats": "on",
    "client_min_messages": "log",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True)
class Spent:
    """What PostgreSQL says of a statement, in milliseconds: the time that passed, and the processor's part of it."""

    passed: float
    processor: float


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
                settings_here = dict(settings) | (_TELLING if told else {})
                connection = await asyncpg.connect(url, server_settings=settings_here, statement_cache_size=500)
                closing.push_async_callback(connection.close)
                if told:
                    connection.add_log_listener(
                        lambda _, message, listen=told: listen(f"{message.message}\n{message.detail}")
                    )
                connections[settings] = connection
            yield cls(connections)

    async def ask(self, question: Sequence[Statement]) -> float:
        """Send a question's statements one after the other; return the seconds that it took."""
        began = time.perf_counter()
        for statement in question:
            await self._connections[statement.settings].fetch(statement.sql, *statement.parameters)
        return time.perf_counter() - began


@contextlib.asynccontextmanager
async def pools(url: str, questions: Questions) -> AsyncIterator[Callable[[Sequence[Statement]], Awaitable[float]]]:
    """Give a function that asks a question through asyncpg's own pools, as a service would; it returns the seconds."""
    kinds = {statement.settings for question in questions for statement in question}
    async with contextlib.AsyncExitStack() as closing:
        opened = {
            settings: await closing.enter_async_context(
                asyncpg.create_pool(
                    url, min_size=1, max_size=1, server_settings=dict(settings), statement_cache_size=500
                )
            )
            for settings in kinds
        }

        async def ask(question: Sequence[Statement]) -> float:
            began = time.perf_counter()
            for settings, statements in groupby(question, key=attrgetter("settings")):
                async with opened[settings].acquire() as connection:
                    for statement in statements:
                        await connection.fetch(statement.sql, *statement.parameters)
            return time.perf_counter() - began

        yield ask


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


async def spent_in_postgres(url: str, questions: Questions) -> list[list[Spent]]:
    """Return what PostgreSQL itself says of each statement of each question, planning included.

    Of each question the best of several runs counts, for what else the machine was doing is not PostgreSQL's: the
    slowest percent are the slowest questions, and not the unluckiest moments.
    """
    said: list[str] = []
    async with Backends.opened(url, questions, told=said.append) as backends:
        # In the first round statements are prepared.
        rounds = [[await _said_of(backends, question, said) for question in questions] for _ in range(_ROUNDS + 1)]
    return [min(took, key=passed) for took in zip(*rounds[1:], strict=True)]


def _pass_on(told: Callable[[str], None], _connection: object, message: Any) -> None:  # noqa: ANN401
    told(f"{message.message}\n{message.detail}")


async def _said_of(backends: Backends, question: Sequence[Statement], said: list[str]) -> list[Spent]:
    spent = []
    for statement in question:
        said.clear()
        await backends.ask([statement])
        await asyncio.sleep(0)  # What the server says is handed out in the loop's next turn.
        text = "\n".join(said)
        times = sum(map(float, _DURATION.findall(text)))
        spent.append(Spent(times, sum(float(part) * 1000 for found in _PROCESSOR.findall(text) for part in found)))
    return spent


def passed(question: Sequence[Spent]) -> float:
    """Return the milliseconds that passed in all statements of a question."""
    return sum(statement.passed for statement in question)


def of_the_processor(question: Sequence[Spent]) -> float:
    """Return the processor's milliseconds in all statements of a question."""
    return sum(statement.processor for statement in question)


def percentiles(took: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and 99th percentile of seconds in milliseconds."""
    ordered = sorted(took)
    return tuple(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 for part in (0.5, 0.99))  # type: ignore[return-value]
