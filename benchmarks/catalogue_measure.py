"""Puts every kind of question at every level: PostgreSQL, asyncpg, book-service, gateway, web page."""

import asyncio
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import httpx2
from catalogue_clients import Times, ask_for_a_while
from catalogue_inside import Questions, ServiceInside, service_inside
from catalogue_limit import Spent, of_the_processor, passed, percentiles, pools, replay, spent_in_postgres
from catalogue_questions import Kind, Question
from catalogue_system import Catalogue, Doors

ONE, MANY = 1, 16
POSTGRES, ASYNCPG, SERVICE, GATEWAY, PAGE = "PostgreSQL", "asyncpg", "book-service", "gateway", "web page"
DEEP_PAGE, PAGE_SIZE = 4_000, 24
_ROUNDS, _LEAST_ASKED = 3, 60


@dataclass
class Row:
    """All figures for a kind of question, by level and number of clients. Times in milliseconds."""

    kind: Kind
    statements: float
    """Statements that book-service sends for one question."""
    data_layer: float
    """Median time in book-service's repositories, with getting a connection and giving it back."""
    data_limit: float
    """Median time of the same statements through asyncpg's own pool, in turn with the above."""
    processor: Times | None = None
    """PostgreSQL's processor time, which other work on the machine does not lengthen."""
    slowest: str = ""
    """The question that PostgreSQL took longest for, and the milliseconds of each of its statements."""
    unanswered: int = 0
    """Questions that got no 200 even from book-service in the benchmark's own process."""
    times: dict[tuple[str, int], Times] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how many seconds each."""

    seconds: float
    levels: Sequence[str] = (SERVICE, GATEWAY, PAGE)
    clients: Sequence[int] = (ONE, MANY)


def measured(catalogue: Catalogue, doors: Doors, kinds: Sequence[Kind], plan: Plan) -> Iterator[Row]:
    """Yield the figures of each kind as soon as all of them are there; the limits are measured before the rest."""
    rows = asyncio.run(_limits(catalogue, doors, kinds, plan))
    for row in rows:
        for level in plan.levels:
            url, paths, headers = _door(doors, row.kind, level)
            ask = partial(ask_for_a_while, catalogue.system.folder, url, paths, headers=headers)
            ask(clients=max(plan.clients), seconds=1)  # Connections are opened, and statements prepared on each.
            row.times |= {(level, clients): ask(clients=clients, seconds=plan.seconds) for clients in plan.clients}
        yield row


def _door(doors: Doors, kind: Kind, level: str) -> tuple[str, list[str], dict[str, str]]:
    """Return whom to ask what, and as whom."""
    if level == PAGE:
        pages = [question.page for question in kind.questions]
        # What is offered while one types is asked for by the page's script.
        return doors.pages, pages, {"HX-Request-Type": "partial"} if pages[0].startswith("/suggestions") else {}
    url = doors.service if level == SERVICE else doors.gateway
    return url, [question.api for question in kind.questions], doors.mint.headers()


async def _limits(catalogue: Catalogue, doors: Doors, kinds: Sequence[Kind], plan: Plan) -> list[Row]:
    async with service_inside(catalogue.url, doors.keys) as inside:
        return [await _limit(catalogue.url, inside, kind, plan) for kind in kinds]


async def _limit(url: str, inside: ServiceInside, kind: Kind, plan: Plan) -> Row:
    asked = [await inside.ask(question.api) for question in kind.questions]
    answered = [place for place, each in enumerate(asked) if each.status == 200]
    if not answered:
        message = f"{kind.name}: no answer, but {asked[0].status}"
        raise SystemExit(message)
    statements = [asked[place].statements for place in answered]
    questions = [kind.questions[place] for place in answered]
    row = await _data_layer(url, inside, replace(kind, questions=questions), statements)
    row.unanswered = len(asked) - len(answered)
    _note_spent(row, questions, await spent_in_postgres(url, statements))
    for clients in plan.clients:
        row.times[ASYNCPG, clients] = await replay(url, statements, clients=clients, seconds=plan.seconds)
    print(f"  {kind.name}: {row.times[POSTGRES, ONE].p99:.2f} ms in PostgreSQL", flush=True)
    return row


def _note_spent(row: Row, questions: Sequence[Question], spent: Sequence[Sequence[Spent]]) -> None:
    row.times[POSTGRES, ONE] = Times(*percentiles([passed(each) / 1000 for each in spent]), 0.0)
    row.processor = Times(*percentiles([of_the_processor(each) / 1000 for each in spent]), 0.0)
    worst = max(range(len(spent)), key=lambda place: passed(spent[place]))
    statements = " + ".join(f"{statement.passed:.1f}" for statement in spent[worst])
    row.slowest = f"`{questions[worst].api}`: {statements}"


async def _data_layer(url: str, inside: ServiceInside, kind: Kind, statements: Questions) -> Row:
    """Ask the service and asyncpg in turn, so that both find the machine in the same mood.

    Of each question the best of several rounds counts, for the reason that ``times_in_postgres`` gives.
    """
    service: list[list[float]] = []
    limit: list[list[float]] = []
    async with pools(url, statements) as ask:
        for question, known in zip(kind.questions, statements, strict=True):
            await ask(known)  # They are prepared.
            service.append([])
            limit.append([])
            for _ in range(max(_ROUNDS, _LEAST_ASKED // len(statements))):
                service[-1].append((await inside.ask(question.api)).data_seconds)
                limit[-1].append(await ask(known))
    per_question = statistics.fmean(len(each) for each in statements)
    return Row(kind, per_question, _typical(service), _typical(limit))


def _typical(rounds: Sequence[Sequence[float]]) -> float:
    return statistics.median(min(took) for took in rounds) * 1000


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
