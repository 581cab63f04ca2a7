"""Puts every kind of question at every level: PostgreSQL, asyncpg, book-service, gateway, web page."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2
from catalogue_clients import Times, ask_for_a_while
from catalogue_limit import (
    Asked,
    ServiceInside,
    Statement,
    connected,
    replay,
    service_inside,
    time_in_postgres,
)
from catalogue_questions import Kind
from catalogue_system import Catalogue, Doors

ONE, MANY = 1, 16
POSTGRES, ASYNCPG, SERVICE, GATEWAY, PAGE = "PostgreSQL", "asyncpg", "book-service", "gateway", "web page"
DEEP_PAGE, PAGE_SIZE = 4_000, 24
_ROUNDS = 3


@dataclass
class Row:
    """All figures for a kind of question, by level and number of clients. Times in milliseconds."""

    kind: Kind
    statements: float
    """Statements that book-service sends for one question."""
    data_layer: float
    """Median time in book-service's repositories."""
    data_limit: float
    """Median time of the same statements by asyncpg, sent in turn with the above."""
    times: dict[tuple[str, int], Times] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how many seconds each."""

    seconds: float
    levels: Sequence[str] = (SERVICE, GATEWAY, PAGE)
    clients: Sequence[int] = (ONE, MANY)


def measured(catalogue: Catalogue, doors: Doors, kinds: Sequence[Kind], plan: Plan) -> Iterator[Row]:
    """Yield the figures of each kind as soon as they are there."""
    for kind in kinds:
        row = asyncio.run(_limits(catalogue, doors, kind, plan))
        for level in plan.levels:
            url, paths, headers = _door(doors, kind, level)
            ask = partial(ask_for_a_while, catalogue.system.folder, url, paths, headers=headers)
            ask(clients=max(plan.clients), seconds=1)  # Connections are opened, and statements prepared on each.
            row.times |= {(level, clients): ask(clients=clients, seconds=plan.seconds) for clients in plan.clients}
        yield row


def _door(doors: Doors, kind: Kind, level: str) -> tuple[str, list[str], dict[str, str]]:
    """Return whom to ask what, and as whom."""
    if level == PAGE:
        return doors.pages, [question.page for question in kind.questions], {}
    url = doors.service if level == SERVICE else doors.gateway
    return url, [question.api for question in kind.questions], doors.mint.headers()


async def _limits(catalogue: Catalogue, doors: Doors, kind: Kind, plan: Plan) -> Row:
    async with service_inside(catalogue.url, doors.keys) as inside:
        asked = await _warm(inside, kind)
        row = await _data_layer(catalogue.url, inside, kind, asked)
    statements = [each.statements for each in asked]
    row.times[POSTGRES, ONE] = await time_in_postgres(catalogue.url, statements)
    for clients in plan.clients:
        row.times[ASYNCPG, clients] = await replay(catalogue.url, statements, clients=clients, seconds=plan.seconds)
    return row


async def _warm(inside: ServiceInside, kind: Kind) -> list[Asked]:
    return [await inside.ask(question.api) for question in kind.questions]


async def _data_layer(url: str, inside: ServiceInside, kind: Kind, asked: Sequence[Asked]) -> Row:
    """Ask the service and asyncpg in turn, so that both find the machine in the same mood."""
    connection = await connected(url)
    service: list[float] = []
    limit: list[float] = []
    try:
        for question, known in zip(list(kind.questions) * _ROUNDS, list(asked) * _ROUNDS, strict=True):
            service.append((await inside.ask(question.api)).data_seconds)
            limit.append(await _sent(connection, known.statements))
    finally:
        await connection.close()
    statements = statistics.fmean(len(each.statements) for each in asked)
    kept = slice(len(asked), None)  # The first round prepares asyncpg's statements.
    return Row(kind, statements, statistics.median(service[kept]) * 1000, statistics.median(limit[kept]) * 1000)


async def _sent(connection: Any, statements: Sequence[Statement]) -> float:  # noqa: ANN401 (asyncpg has no types)
    began = time.perf_counter()
    for sql, parameters in statements:
        await connection.fetch(sql, *parameters)
    return time.perf_counter() - began


def shelf(doors: Doors, ids: Mapping[str, str]) -> dict[str, str | None]:
    """Return those of the books that are on the shelf, with their ISBNs as they are."""
    with httpx2.Client(base_url=doors.service, timeout=20) as client:
        answers = [client.get(f"/books/{book}") for book in ids]
    return {answer.json()["id"]: answer.json()["isbn13"] for answer in answers if answer.status_code == 200}


def deep_cursors(doors: Doors, books: int) -> list[str]:
    """Return cursors some 4,000 pages down, or in the middle of a small catalogue, by turning pages."""
    wanted = min(DEEP_PAGE * PAGE_SIZE, books // 2)
    cursors: list[str] = []
    with httpx2.Client(base_url=doors.service, timeout=20) as client:
        for _ in range(0, wanted, 100):
            query = {"limit": "100"} | ({"cursor": cursors[-1]} if cursors else {})
            cursors.append(client.get("/books", params=query).raise_for_status().json()["next_cursor"])
    return cursors[-20:]
