"""What a page costs, beside rendering its template from ready data: ``make bench-pages``.

``python benchmarks/pages_speed.py [--books 100000] [--quick] [--seconds N] [--rounds N]`` starts PostgreSQL,
auth-service, book-service, order-service, the gateway and web-frontend with their usual settings, fills the shelves and
some carts, and lets wrk ask for pages as readers who are signed in. In the same run a plain ASGI application under the
same server renders the same templates from the same data: the limit. What counts is processor time, for other work on
the machine changes it least. Everything talks to 127.0.0.1 and is stopped and deleted at the end. Needs wrk. The tables
are printed as Markdown and kept in var/pages-speed.md.
"""

import argparse
import os
import shutil
import signal
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalogue_clients import Times, ask_for_a_while
from orders_system import ROOT
from pages_system import Counted, Kind, Pages, remembering, running_pages

CLIENTS = (1, 16)
PROCESSES = ("web-frontend", "gateway", "book", "order", "auth", "postgres")
IDLE_SECONDS = 5.0
MOST_TIMES_THE_LIMIT, SLOWEST_MS, MOST_CALLS = 4.0, 150.0, 1.0
FIRST = "first page of a visit"
KEPT = ROOT / "var" / "pages-speed.md"


@dataclass(frozen=True)
class Run:
    """What one stretch of asking found: times, milliseconds of the processor a page by process, calls a page."""

    times: Times
    cpu: Mapping[str, float]
    calls: float

    @property
    def cost(self) -> float:
        """Return the processor time of a page, all processes together."""
        return sum(self.cpu.values())


@dataclass
class Row:
    """All runs of one kind of page, by who was asked and the number of clients."""

    kind: Kind
    runs: dict[tuple[str, int], list[Run]] = field(default_factory=lambda: defaultdict(list))

    def median(self, who: str, clients: int, figure: str) -> float:
        """Return the median over the rounds of a figure of the times or of a run."""
        found = self.runs[who, clients]
        return float(
            statistics.median(getattr(run.times if hasattr(run.times, figure) else run, figure) for run in found)
        )

    def cpu(self, who: str, clients: int, process: str) -> float:
        """Return the median processor time of one process."""
        return statistics.median(run.cpu.get(process, 0.0) for run in self.runs[who, clients])

    @property
    def failed(self) -> int:
        """Return how many pages were not answered with 200."""
        return sum(run.times.failed for runs in self.runs.values() for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--books", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="5,000 books, one round of a second each")
    parser.add_argument("--only", default="", help="only kinds of pages whose names contain this")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("this needs wrk (apt-get install wrk)")
    # What was started is stopped, as by Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    books, seconds, rounds = (5_000, 1, 1) if options.quick else (options.books, options.seconds, options.rounds)
    with running_pages(books) as pages:
        kinds = [kind for kind in pages.kinds if options.only in kind.name]
        rows = [Row(kind) for kind in [*kinds, Kind(FIRST, kinds[0].paths, kinds[0].headers)]]
        for number in range(rounds + 1):
            for row in rows:
                # The round before the first one only warms everything up.
                measure(pages, row, 1 if number == 0 else seconds, keep=number > 0)
            if number == 0:
                # What the system does when nobody asks for anything belongs to no page; by now it has settled.
                pages.note_idle(0.5 if options.quick else IDLE_SECONDS)
        text = "\n".join(report(pages, rows, books))
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(f"{text}\n", encoding="utf-8")
    print(f"{text}\n\nkept in {KEPT.relative_to(ROOT)}")


def measure(pages: Pages, row: Row, seconds: float, *, keep: bool) -> None:
    """Ask the limit and the system in turn, so that both find the machine in the same mood."""
    is_first = row.kind.name == FIRST
    for clients in CLIENTS:
        for who, url in (("limit", pages.limit), ("system", pages.web)):
            people = pages.readers if is_first or who == "limit" else remembering(pages)
            run = ask(pages, row.kind, url, people, clients, seconds)
            if keep:
                row.runs[who, clients].append(run)
                print(f"  {row.kind.name}, {who}, {clients}: {run.times.rate:.0f}/s, {run.cost:.2f} ms", flush=True)


def ask(  # noqa: PLR0913, PLR0917 (what is measured)
    pages: Pages, kind: Kind, url: str, people: Sequence[Mapping[str, str]], clients: int, seconds: float
) -> Run:
    headers = [{**reader, **kind.headers} for reader in people]
    before, began = pages.spent(), time.monotonic()
    answered = [Counted(log) for log in (pages.web_log, pages.gateway_log)]
    times = ask_for_a_while(pages.system.folder, url, kind.paths, clients=clients, seconds=seconds, headers=headers)
    # What was under way at the end is answered, too, though nobody waits for it; its cost is counted, and so is it.
    number = answered[0].once_it_is_quiet() if url == pages.web else max(round(times.rate * seconds), 1)
    took, after = time.monotonic() - began, pages.spent()
    names = PROCESSES if url == pages.web else ("limit",)
    cpu = {name: (after[name] - before[name] - pages.idle.get(name, 0.0) * took) * 1000 / number for name in names}
    return Run(times, cpu, answered[1].now() / number)


def report(pages: Pages, rows: Sequence[Row], books: int) -> Iterator[str]:
    """Yield the tables, and what misses a target."""
    yield f"{books:,} books; {os.cpu_count()} cores for everything, the load included. Medians.\n"
    yield "| page | pages/s, 1 / 16 clients | p50 / p99 ms, 1 client | p50 / p99 ms, 16 | limit: pages/s, 16 | calls |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        rates = " / ".join(f"{row.median('system', clients, 'rate'):.0f}" for clients in CLIENTS)
        times = " | ".join(_times(row, clients) for clients in CLIENTS)
        limit, calls = row.median("limit", CLIENTS[-1], "rate"), row.median("system", CLIENTS[-1], "calls")
        yield f"| {row.kind.name} | {rates} | {times} | {limit:.0f} | {calls:.2f} |"
    unasked = ", ".join(f"{name} {pages.idle.get(name, 0.0) * 1000:.0f}" for name in PROCESSES)
    yield f"\nProcessor time of a page in ms, 16 clients, without what is used unasked (ms in a second: {unasked})\n"
    yield f"| page | limit | all | × limit | {' | '.join(PROCESSES)} |"
    yield "|---" * (4 + len(PROCESSES)) + "|"
    for row in rows:
        most = CLIENTS[-1]
        limit, cost = row.median("limit", most, "cost"), row.median("system", most, "cost")
        split = " | ".join(f"{row.cpu('system', most, process):.2f}" for process in PROCESSES)
        yield f"| {row.kind.name} | {limit:.2f} | {cost:.2f} | {cost / limit:.1f} | {split} |"
    yield ""
    yield from _verdicts(rows)


def _times(row: Row, clients: int) -> str:
    return " / ".join(f"{row.median('system', clients, figure):.1f}" for figure in ("p50", "p99"))


def _verdicts(rows: Sequence[Row]) -> Iterator[str]:
    most = CLIENTS[-1]
    for row in rows:
        ratio = row.median("system", most, "cost") / row.median("limit", most, "cost")
        slowest, calls = row.median("system", most, "p99"), row.median("system", most, "calls")
        misses = [f"{ratio:.1f} × the limit"] if ratio > MOST_TIMES_THE_LIMIT else []
        misses += [f"p99 of {slowest:.0f} ms"] if slowest > SLOWEST_MS else []
        # A page that was begun before the measurement, or is cut off by its end, is a call more or less.
        misses += [f"{calls:.2f} calls"] if row.kind.name != FIRST and calls > MOST_CALLS * 1.02 else []
        misses += [f"{row.failed} not answered"] if row.failed else []
        yield f"- {row.kind.name}: {', '.join(misses) or 'within the targets'}"


if __name__ == "__main__":
    main()
