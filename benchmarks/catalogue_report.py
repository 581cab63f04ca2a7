"""The benchmark's figures as Markdown, ready for the documentation."""

import os
from collections.abc import Iterator, Mapping, Sequence

from catalogue_clients import Times
from catalogue_measure import ASYNCPG, GATEWAY, MANY, ONE, PAGE, POSTGRES, SERVICE, Row
from catalogue_system import SETTINGS, Catalogue

DATABASE_P99, DATA_LAYER_RATIO, FRESH_SECONDS = 10.0, 2.0, 2.0
_MEGABYTE = 1 << 20
_LARGEST = 14


def machine() -> str:
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
    return f"{os.cpu_count()} cores for everything, the load included; PostgreSQL with {settings}, else its defaults.\n"


def times_table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a table of p50 / p99 at one client, and one at sixteen."""
    for clients, levels in (
        (ONE, (POSTGRES, ASYNCPG, SERVICE, GATEWAY, PAGE)),
        (MANY, (ASYNCPG, SERVICE, GATEWAY, PAGE)),
    ):
        shown = [level for level in levels if any((level, clients) in row.times for row in rows)]
        if not shown:
            continue
        yield f"\np50 / p99 in ms at {clients} client{'s' if clients > 1 else ''}\n"
        first = "of it processor | " if clients == ONE else ""
        yield f"| question | {shown[0]} | {first}{' | '.join(shown[1:])} | book-service ÷ asyncpg |"
        yield "|---" * (len(shown) + 2 + (clients == ONE)) + "|"
        for row in rows:
            figures = [row.times.get((level, clients)) for level in shown]
            figures[1:1] = [row.processor] if clients == ONE else []
            cells = " | ".join(map(_cell, figures))
            yield f"| {row.kind.name} | {cells} | {_ratio(row.times, clients)} |"


def data_layer_table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what book-service's data layer takes beside asyncpg's pool, asked in turn."""
    yield "\n| question | statements | data layer, ms | asyncpg's pool, ms | ratio |\n|---|---|---|---|---|"
    for row in rows:
        ratio = row.data_layer / row.data_limit
        figures = f"{row.data_layer:.2f} | {row.data_limit:.2f} | {ratio:.2f}"
        yield f"| {row.kind.name} | {row.statements:.1f} | {figures} |"


def growth_table(grown: Mapping[int, Sequence[Row]]) -> Iterator[str]:
    """Yield the p50 / p99 of PostgreSQL's processor time at one client by the size of the catalogue."""
    sizes = " | ".join(f"{books:,}" for books in grown)
    yield f"\n| question, p50 / p99 in ms of the processor in PostgreSQL | {sizes} |"
    yield "|---" * (len(grown) + 1) + "|"
    for same in zip(*grown.values(), strict=True):
        yield f"| {same[0].kind.name} | {' | '.join(_cell(row.processor) for row in same)} |"


def size_table(catalogues: Sequence[Catalogue]) -> Iterator[str]:
    """Yield how long it took to load and to index, and what lies on the disk in MB."""
    yield f"\n| | {' | '.join(f'{catalogue.books:,}' for catalogue in catalogues)} |"
    yield "|---" * (len(catalogues) + 1) + "|"
    yield _line("rows by COPY, s", [f"{each.loaded.rows:.1f}" for each in catalogues])
    rebuilt = [f"{sum(each.loaded.indexes.values()):.1f}" for each in catalogues]
    yield _line("indexes of books and ledger, s", rebuilt)
    yield _line("what is searched, s", [f"{each.indexed:.1f}" for each in catalogues])
    totals = [sum(each.sizes.values()) for each in catalogues]
    yield _line("all tables and indexes, MB", [f"{total / _MEGABYTE:,.0f}" for total in totals])
    for name in list(catalogues[-1].sizes)[:_LARGEST]:
        yield _line(f"`{name}`, MB", [f"{each.sizes.get(name, 0) / _MEGABYTE:,.1f}" for each in catalogues])


def changes_table(edited: Mapping[str, Times], fresh: Mapping[str, float]) -> Iterator[str]:
    """Yield how long edits take, and how soon they are found."""
    yield "\n| edit through the gateway | p50 / p99 in ms |\n|---|---|"
    yield from (f"| {name} | {_cell(times)} |" for name, times in edited.items())
    yield "\n| after the answer | seconds, longest |\n|---|---|"
    yield from (f"| {change} | {seconds:.2f} |" for change, seconds in fresh.items())


def verdicts(rows: Sequence[Row], fresh: Mapping[str, float]) -> Iterator[str]:
    """Yield whether the targets are met, and by which questions they are not."""
    slow = [row for row in rows if row.times[POSTGRES, ONE].p99 > DATABASE_P99]
    names = [f"{row.kind.name} ({_cell(row.times[POSTGRES, ONE])}; processor {_cell(row.processor)})" for row in slow]
    yield _verdict(f"p99 ≤ {DATABASE_P99:.0f} ms in PostgreSQL at one client", names)
    yield from (f"  - slowest, by statement: {row.slowest}" for row in slow)
    heavy = [
        f"{row.kind.name} ({row.data_layer / row.data_limit:.1f})"
        for row in rows
        if row.data_layer > DATA_LAYER_RATIO * row.data_limit
    ]
    yield _verdict(f"book-service's data layer ≤ {DATA_LAYER_RATIO:.0f} × asyncpg", heavy)
    stale = [change for change, seconds in fresh.items() if seconds > FRESH_SECONDS]
    yield _verdict(f"a change is found within {FRESH_SECONDS:.0f} s", stale)
    failed = [row.kind.name for row in rows if row.unanswered or any(times.failed for times in row.times.values())]
    yield _verdict("every answer was a 200", failed)


def _verdict(target: str, missed: Sequence[str]) -> str:
    return f"- {target}: {'**missed** by ' + '; '.join(missed) if missed else 'met'}"


def _line(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def _cell(times: Times | None) -> str:
    if times is None:
        return ""
    failed = f" ({times.failed} failed)" if times.failed else ""
    return f"{_figure(times.p50)} / {_figure(times.p99)}{failed}"


def _figure(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:,.0f}"


def _ratio(times: Mapping[tuple[str, int], Times], clients: int) -> str:
    service, limit = times.get((SERVICE, clients)), times.get((ASYNCPG, clients))
    return f"{service.p50 / limit.p50:.1f}" if service and limit else ""
