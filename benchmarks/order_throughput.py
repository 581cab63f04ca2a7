"""How many orders a second the whole system takes, beside what PostgreSQL alone does with the same statements.

``python benchmarks/order_throughput.py [--quick] [--seconds N]`` starts PostgreSQL, auth, book and order-service and
the gateway as processes of their own with their usual settings, and lets wrk place orders of two books through the
gateway, each with an idempotency key of its own. Only 201 counts as an order. The statements that the services send
for one are taken from PostgreSQL's log and played by pgbench on the same server: that is the limit. All share one
machine with the load, so what can be compared elsewhere are the ratios and the processor time per order. Needs wrk.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import orders_history
import orders_limit
import orders_load
from orders_load import Run
from orders_system import Shop, open_shop, running_system

CLIENTS = (1, 8, 32)
USUAL, MANY = 8, 32
FEW_ORDERS = 1000

Measure = Callable[[], Run]


@dataclass(frozen=True)
class Plan:
    """How long and how often to measure, and how many orders a long history has."""

    seconds: float
    rounds: int
    history: int


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, help="length of each measurement")
    parser.add_argument("--quick", action="store_true", help="one short round, and a shorter history")
    options = parser.parse_args()
    if missing := orders_load.missing():
        parser.error(f"this needs {missing}")
    plan = Plan(options.seconds or 3, 1, 100_000) if options.quick else Plan(options.seconds or 5, 3, 1_000_000)
    began = time.monotonic()
    measure(plan)
    print(f"\n{time.monotonic() - began:.0f} s in all")


def measure(plan: Plan) -> None:
    with running_system() as (system, closing):
        shop = open_shop(system, closing, Shop("orders", "books"))
        orders_history.write(system, shop, FEW_ORDERS)
        script = orders_load.write_script(system)
        place = partial(orders_load.place, system, shop, script, seconds=plan.seconds)
        place(clients=USUAL)
        captured = orders_limit.capture(system, shop)
        orders_limit.make_database(system, shop)
        play = partial(orders_limit.play, system, orders_limit.write_script(system, captured), seconds=plan.seconds)
        print(f"{os.cpu_count()} cores for everything; medians of {plan.rounds} × {plan.seconds:.0f} s; an order is")
        for statement in captured.statements:
            print(f"  {statement.database:7} {' '.join(statement.sql.split())[:80]} …")
        compare_with_limit(plan, place, play)
        compare_hot(plan, place, play)
        old = open_shop(system, closing, Shop("old_orders", "old_books"))
        orders_history.write(system, old, plan.history)
        place_in_old = partial(orders_load.place, system, old, script, seconds=plan.seconds)
        place_in_old(clients=USUAL)
        compare_histories(plan, place, place_in_old)


def compare_with_limit(plan: Plan, place: Callable[..., Run], play: Callable[..., Run]) -> None:
    asked: dict[Any, Measure] = {}
    for clients in CLIENTS:
        asked |= {(place, clients): partial(place, clients=clients), (play, clients): partial(play, clients=clients)}
    found = interleaved(plan, asked)
    print("\nclients  orders/s   p50 ms   p99 ms  failed  pgbench/s   ratio")
    for clients in CLIENTS:
        run, limit = found[place, clients], found[play, clients]
        print(f"{clients:7} {run.rate:9.0f} {run.p50:8.1f} {run.p99:8.1f} {run.failed + limit.failed:7}", end="")
        print(f" {limit.rate:10.0f} {run.rate / limit.rate:7.3f}")
    print("\nprocessor time per order, ms" + "".join(f"{clients:8}" for clients in CLIENTS) + "  clients")
    for name in found[place, USUAL].cpu:
        times = "".join(f"{found[place, clients].cpu[name]:8.2f}" for clients in CLIENTS)
        print(f"  {name:26}{times}")
    totals = "".join(f"{sum(found[place, clients].cpu.values()):8.2f}" for clients in CLIENTS)
    print(f"  {'all':26}{totals}")


def compare_hot(plan: Plan, place: Callable[..., Run], play: Callable[..., Run]) -> None:
    print("\nall want the same book  clients  spread/s   hot/s   ratio")
    for name, ask in (("orders", place), ("pgbench", play)):
        found = interleaved(plan, {hot: partial(ask, clients=MANY, hot=hot) for hot in (False, True)})
        spread, hot = found[False], found[True]
        print(f"  {name:20} {MANY:8} {spread.rate:9.0f} {hot.rate:7.0f} {hot.rate / spread.rate:7.3f}", end="")
        print(f"   {spread.failed + hot.failed} failed")


def compare_histories(plan: Plan, place: Callable[..., Run], place_in_old: Callable[..., Run]) -> None:
    asked = {"short": partial(place, clients=USUAL), "long": partial(place_in_old, clients=USUAL)}
    found = interleaved(Plan(plan.seconds, plan.rounds + 2, plan.history), asked)
    short, old = found["short"], found["long"]
    print(f"\norders before: thousands  {plan.history:,}   ratio   ({USUAL} clients)")
    print(f"  orders/s       {short.rate:9.0f} {old.rate:10.0f} {old.rate / short.rate:7.3f}")
    print(f"  p99 ms         {short.p99:9.1f} {old.p99:10.1f} {old.p99 / short.p99:7.3f}")
    times = [sum(run.cpu.values()) for run in (short, old)]
    print(f"  processor, ms  {times[0]:9.2f} {times[1]:10.2f} {times[1] / times[0]:7.3f}")
    print(f"  failed         {short.failed:9} {old.failed:10}")


def interleaved(plan: Plan, asked: Mapping[Any, Measure]) -> dict[Any, Run]:
    """Return the medians; the rounds are interleaved, so that a slow moment of the machine hits all alike."""
    found: dict[Any, list[Run]] = {name: [] for name in asked}
    for _ in range(plan.rounds):
        for name, ask in asked.items():
            found[name].append(ask())
    return {name: _median(runs) for name, runs in found.items()}


def _median(runs: list[Run]) -> Run:
    numbers = {
        field.name: statistics.median(getattr(run, field.name) for run in runs)
        for field in fields(Run)
        if field.name in {"rate", "p50", "p99"}
    }
    cpu = {name: statistics.median(run.cpu.get(name, 0.0) for run in runs) for name in runs[0].cpu}
    return Run(**numbers, failed=sum(run.failed for run in runs), cpu=cpu)


if __name__ == "__main__":
    main()
