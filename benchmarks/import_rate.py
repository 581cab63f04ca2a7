"""How many rows a second an import takes, and in how much memory, beside PostgreSQL's COPY of the same books.

``python benchmarks/import_rate.py [--rows N]`` starts PostgreSQL and the services as processes of their own with their
usual settings and sends three CSV files through the gateway: books that are new, the same file again, and one in which
each book has another price. The limit is COPY of the same books into an empty table with the same columns, checks and
indexes on the same server. While all this goes on, a reader asks for one book again and again, and book-service's
memory is looked at. All share one machine, so what can be compared elsewhere are the ratios.
"""

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orders_system import Shop, System, book_id, call, open_shop, running_system

ROWS = 100_000
WORDS = ("the", "of", "sea", "time", "house", "night", "river", "glass", "winter", "letters", "garden", "shadow", "war")
HEADER = "isbn13,title,subtitle,authors,publisher,published_on,language,format,pages,subjects,description,price,stock\n"


@dataclass
class Watch:
    """What was seen of book-service meanwhile: memory in MiB, and how long a reader waited, in milliseconds."""

    before: float
    peak: float = 0.0
    waits: list[float] = field(default_factory=list)

    def waited(self, share: float) -> float:
        """Return how long that share of the requests took at the most."""
        return statistics.quantiles(self.waits, n=1000)[round(share * 1000) - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of each file")
    rows = parser.parse_args().rows
    with running_system() as (system, closing), tempfile.TemporaryDirectory() as name:
        shop = open_shop(system, closing, Shop("orders", "books"))
        new, changed = Path(name, "new.csv"), Path(name, "changed.csv")
        write(new, rows, price=9.99)
        write(changed, rows, price=10.99)
        print(f"{rows:,} rows, {new.stat().st_size / 1e6:.0f} MB\n")
        with watched(shop, system) as watch:
            measured = {
                kind: one_import(shop, system, file)
                for kind, file in (("new", new), ("unchanged", new), ("changed", changed))
            }
        limit = copy_seconds(system, shop, rows)
        report(rows, measured, limit, watch)


def write(file: Path, rows: int, *, price: float) -> None:
    chance = random.Random(7)
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        for number in range(rows):
            title = " ".join(chance.choices(WORDS, k=4)).capitalize()
            author = f"{chance.choice(WORDS).capitalize()} Author{chance.randrange(rows // 4 + 1)}"
            text = " ".join(chance.choices(WORDS, k=50))
            out.write(
                f"{isbn13(number)},{title} {number},,{author}; Second Name,Press {number % 900},{1900 + number % 120},"
                f'eng,paperback,{100 + number % 500},Fiction; {WORDS[number % 13]},"{text}, and so on.",{price},3\n'
            )


def isbn13(number: int) -> str:
    digits = f"979{number:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def one_import(shop: Shop, system: System, file: Path) -> dict[str, float]:
    """Send a file and apply it; return how long each part took, in seconds."""
    began = time.monotonic()
    sent = post_file(shop, system, file)
    received = time.monotonic()
    seen = wait(shop, system, sent["id"], "checked")
    checked = time.monotonic()
    call(f"{shop.api}/books/imports/{sent['id']}/apply", token=system.tokens[0], body={})
    seen = wait(shop, system, sent["id"], "applied")
    applied = time.monotonic()
    counts = {name: number for name, number in seen["counts"].items() if number}
    print(f"{file.name}: {counts}", flush=True)
    return {"sent": received - began, "checked": checked - received, "applied": applied - checked}


def post_file(shop: Shop, system: System, file: Path) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {system.tokens[0]}", "Content-Length": str(file.stat().st_size)}
    with file.open("rb") as content:
        url = f"{shop.api}/books/imports?name={file.name}"
        request = urllib.request.Request(url, data=content, headers=headers, method="POST")  # noqa: S310 (loopback)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
            return found


def wait(shop: Shop, system: System, import_id: str, state: str) -> dict[str, Any]:
    while True:
        seen = get(f"{shop.api}/books/imports/{import_id}", system)
        if seen["state"] == state:
            return seen
        if seen["state"] in {"refused", "cancelled", "needs_mapping"}:
            message = f"the import is {seen['state']}: {seen['problem']}"
            raise SystemExit(message)
        time.sleep(0.05)


def get(url: str, system: System) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {system.tokens[0]}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
        return found


@contextmanager
def watched(shop: Shop, system: System) -> Iterator[Watch]:
    watch = Watch(memory(shop))
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            began = time.monotonic()
            get(f"{shop.api}/books/{book_id(1)}", system)
            watch.waits.append((time.monotonic() - began) * 1000)
            watch.peak = max(watch.peak, memory(shop))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        ended.set()
        thread.join()


def memory(shop: Shop) -> float:
    """Return book-service's resident memory in MiB."""
    status = Path(f"/proc/{shop.processes['book']}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024


def copy_seconds(system: System, shop: Shop, rows: int) -> float:
    """Return how long COPY takes for the imported books, into a table like theirs, indexes and all."""
    file = system.folder / "postgres" / "books.copied"
    run = system.postgres.run_sql
    run("CREATE TABLE copied (LIKE books INCLUDING ALL)", shop.books)
    run(f"COPY (SELECT * FROM books WHERE isbn13 LIKE '979%' LIMIT {rows}) TO '{file}' (FORMAT binary)", shop.books)  # noqa: S608
    run("CHECKPOINT", shop.books)
    began = time.monotonic()
    run(f"COPY copied FROM '{file}' (FORMAT binary)", shop.books)
    return time.monotonic() - began


def report(rows: int, measured: dict[str, dict[str, float]], limit: float, watch: Watch) -> None:
    print(f"\n{'':>10} {'sent':>8} {'read and checked':>18} {'applied':>16} {'in all':>16} {'beside COPY':>12}")
    for kind, took in measured.items():
        working = took["checked"] + took["applied"]
        print(
            f"{kind:>10} {took['sent']:>6.1f} s {rows / took['checked']:>12,.0f} rows/s"
            f" {rows / took['applied']:>9,.0f} rows/s"
            f" {rows / working:>9,.0f} rows/s {working / limit:>9.1f} ×"
        )
    print(f"{'COPY':>10} {'':>45} {rows / limit:>16,.0f} rows/s")
    print(f"\nbook-service: {watch.before:.0f} MiB before, {watch.peak:.0f} MiB at the most")
    print(
        f"a reader waited {watch.waited(0.5):.1f} ms (half), {watch.waited(0.99):.1f} ms (99%),"
        f" {max(watch.waits):.0f} ms (longest)"
    )


if __name__ == "__main__":
    main()
