"""How fast a catalogue answers, beside what PostgreSQL does with the same statements: ``make bench-catalogue``.

``python benchmarks/catalogue_speed.py [--books 1000000] [--quick] [--seconds N]`` loads ten thousand books, ten
times as many and so on up to ``--books``, each into a database of its own, and asks each kind of question at one and at
sixteen clients: of PostgreSQL by asyncpg with prepared statements (the limit), of book-service, through the gateway and
as a web page, all real processes. Everything talks to 127.0.0.1 and is stopped and deleted at the end. Needs wrk. The
tables are printed as Markdown and kept in var/catalogue-speed.md.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import catalogue_report as report
from catalogue_changes import edits, freshness
from catalogue_clients import Times
from catalogue_measure import ONE, Plan, Row, deep_cursors, measured, shelf
from catalogue_questions import Known, kinds_of_questions, some_ids
from catalogue_system import Catalogue, Doors, open_doors, running_postgres, stocked_catalogue
from orders_system import ROOT, System

SMALLEST = 10_000
IMPORTS = Path(__file__).with_name("import_rate.py")
KEPT = ROOT / "var" / "catalogue-speed.md"


@dataclass
class Found:
    """Everything that was measured, by the number of books; changes are those of the largest catalogue."""

    rows: dict[int, Sequence[Row]] = field(default_factory=dict)
    catalogues: list[Catalogue] = field(default_factory=list)
    edited: Mapping[str, Times] = field(default_factory=dict)
    fresh: Mapping[str, float] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--books", type=int, default=1_000_000, help="size of the largest catalogue")
    parser.add_argument("--seconds", type=float, default=2, help="length of each measurement")
    parser.add_argument("--quick", action="store_true", help="10,000 books, a second each, one client")
    parser.add_argument("--only", action="store_true", help="the largest catalogue alone")
    parser.add_argument("--limits", action="store_true", help="PostgreSQL and the data layer alone, not over HTTP")
    parser.add_argument("--kinds", default="", help="only kinds of questions whose names contain this")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("this needs wrk (apt-get install wrk)")
    # What was started is stopped, as by Ctrl-C; asyncio takes that for itself while it runs, and ends in good order.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    books, seconds = (SMALLEST, 1.0) if options.quick else (options.books, options.seconds)
    began, found = time.monotonic(), Found()
    with running_postgres() as system:
        for size in [books] if options.only else sizes(books):
            plan = Plan(seconds, clients=(ONE,)) if options.quick else Plan(seconds)
            plan = plan if size == books and not options.limits else Plan(0.5, levels=(), clients=(ONE,))
            measure(system, size, plan, found, options)
    text = "\n".join([report.machine(), *told(found, books)])
    if IMPORTS.exists() and not (options.quick or options.kinds or options.limits):
        text += f"\n\n### Imports\n\n```\n{import_rate()}\n```"
    keep(text, KEPT)
    print(f"\n{text}\n\n{time.monotonic() - began:.0f} s in all; kept in {KEPT.relative_to(ROOT)}")


def import_rate() -> str:
    """Return what the benchmark of imports says, which starts a system of its own."""
    command = [sys.executable, str(IMPORTS)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()  # noqa: S603 (our own)


def sizes(largest: int) -> list[int]:
    """Return ten thousand and its tenfolds below the largest, and that."""
    grown = [SMALLEST * 10**power for power in range(8)]
    return [*(size for size in grown if size < largest), largest]


def measure(system: System, books: int, plan: Plan, found: Found, options: argparse.Namespace) -> None:
    print(f"{books:,} books", flush=True)
    catalogue = stocked_catalogue(system, books, options.seed)
    found.catalogues.append(catalogue)
    with open_doors(catalogue) as doors:
        known = Known(books, options.seed)
        present = shelf(doors, some_ids(known))
        deep = {"newest": deep_cursors(doors, books)}
        kinds = [kind for kind in kinds_of_questions(known, present, deep) if options.kinds in kind.name]
        rows = []
        for row in measured(catalogue, doors, kinds, plan):
            rows.append(row)
            print(f"  {row.kind.name}: {progress(row)}", flush=True)
        found.rows[books] = rows
        found.edited, found.fresh = changed(doors, list(present), options.seed)


def changed(doors: Doors, books: Sequence[str], seed: int) -> tuple[Mapping[str, Times], Mapping[str, float]]:
    return edits(doors, books, seed), freshness(doors, rounds=3)


def progress(row: Row) -> str:
    return ", ".join(
        f"{level} {times.p50:.2f}/{times.p99:.2f}" for (level, clients), times in row.times.items() if clients == ONE
    )


def told(found: Found, books: int) -> Iterator[str]:
    """Yield the report."""
    rows = found.rows[books]
    yield from report.verdicts(rows, found.fresh)
    yield f"\n### {books:,} books"
    yield from report.times_table(rows)
    yield from report.data_layer_table(rows)
    yield from report.changes_table(found.edited, found.fresh)
    yield "\n### Growth"
    yield from report.size_table(found.catalogues)
    if len(found.rows) > 1:
        yield from report.growth_table(found.rows)


def keep(text: str, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
