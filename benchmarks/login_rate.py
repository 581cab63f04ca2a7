"""How many sign-ins a second auth-service takes, beside what argon2-cffi alone does on the same cores.

``python benchmarks/login_rate.py [--seconds N] [--rounds N]`` starts PostgreSQL and auth-service as processes of their
own with their usual settings, limits of attempts included, and lets wrk sign in one account after the other. The limit
is argon2-cffi comparing the same password with the same parameters in as many threads. Then it asks for ``/auth/me``,
with and without such a storm beside it. All share one machine with the load, so what can be compared elsewhere are the
ratios. Needs wrk.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import orders_load
from argon2 import PasswordHasher, Type
from catalogue_clients import Times, ask_for_a_while
from orders_system import System, call, running_system

ACCOUNTS = 12
CLIENTS = 16
READERS = 4
PASSWORD = "correct horse battery staple"  # noqa: S105 (of accounts that live for a minute)
# As in auth_service/accounts/passwords.py.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_SCRIPT = """
local bodies = {%(bodies)s}
local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}
local threads, sent = {}, 0
others = 0

function setup(thread) table.insert(threads, thread) end

function request()
  sent = sent + 1
  return wrk.format("POST", "/auth/login", headers, bodies[(sent - 1) %% #bodies + 1])
end

function response(status) if status ~= 200 then others = others + 1 end end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do failed = failed + thread:get("others") end
  local said = '\\n{"asked": %%d, "failed": %%d, "seconds": %%f, "p50": %%f, "p99": %%f}\\n'
  io.write(string.format(said, summary.requests,
    failed, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True)
class Round:
    """What one round found: hashes and sign-ins a second, and the times of ``/auth/me`` in milliseconds."""

    limit: float
    logins: Times
    quiet: Times
    stormy: Times
    storm: Times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if missing := orders_load.missing():
        parser.error(f"this needs {missing}")
    with running_system() as (system, _):
        script = write_script(system)
        log_in(system, script, 1)
        report([measure(system, script, options.seconds) for _ in range(options.rounds)])


def measure(system: System, script: Path, seconds: float) -> Round:
    limit = hashes_per_second(seconds)
    logins = log_in(system, script, seconds)
    quiet = read(system, seconds)
    with ThreadPoolExecutor(1) as beside:
        storm = beside.submit(log_in, system, script, seconds + 2)
        time.sleep(1)
        stormy = read(system, seconds)
        return Round(limit, logins, quiet, stormy, storm.result())


def write_script(system: System) -> Path:
    """Make the accounts and write wrk's script that signs in as each of them in turn."""
    bodies = []
    for number in range(ACCOUNTS):
        email = f"guest{number}@example.org"
        call(f"{system.auth_url}/auth/register", body={"email": email, "password": PASSWORD})
        bodies.append(json.dumps(urllib.parse.urlencode({"username": email, "password": PASSWORD})))
    path = system.folder / "logins.lua"
    path.write_text(_SCRIPT % {"bodies": ", ".join(bodies)})
    return path


def log_in(system: System, script: Path, seconds: float) -> Times:
    """Let clients sign in, each again as soon as it was answered. Only a 200 is a sign-in."""
    duration = f"-d{max(round(seconds), 1)}s"
    command = ["wrk", "-t1", f"-c{CLIENTS}", duration, "--timeout", "10s", "-s", str(script), system.auth_url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30)  # noqa: S603
    said = json.loads(done.stdout.splitlines()[-1])
    return Times(said["p50"], said["p99"], (said["asked"] - said["failed"]) / said["seconds"], said["failed"])


def read(system: System, seconds: float) -> Times:
    """Ask for ``/auth/me``, as people do who are signed in."""
    headers = {"Authorization": f"Bearer {system.tokens[0]}"}
    return ask_for_a_while(
        system.folder, system.auth_url, ["/auth/me"], clients=READERS, seconds=seconds, headers=headers
    )


def hashes_per_second(seconds: float) -> float:
    """Return how often argon2-cffi compares a password in a second, in as many threads as the service has."""
    stored, until = HASHER.hash(PASSWORD), time.monotonic() + seconds
    threads = os.cpu_count() or 1

    def compare() -> Iterator[bool]:
        while time.monotonic() < until:
            yield HASHER.verify(stored, PASSWORD)

    began = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        compared = sum(pool.map(lambda _: sum(compare()), range(threads)))
    return compared / (time.monotonic() - began)


def report(rounds: list[Round]) -> None:
    def median(name: str, figure: str) -> float:
        return float(statistics.median(getattr(getattr(found, name), figure) for found in rounds))

    limit = statistics.median(found.limit for found in rounds)
    rate = median("logins", "rate")
    print(f"{'':34} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8}   × argon2-cffi")
    print(f"{'argon2-cffi, as many threads':34} {limit:9.1f} {'':>8} {'':>8}   1.000")
    print(f"{f'sign-ins, {CLIENTS} clients':34} {rate:9.1f} {times('logins', median)}   {rate / limit:.3f}")
    print(f"{f'/auth/me, {READERS} clients':34} {median('quiet', 'rate'):9.1f} {times('quiet', median)}")
    print(f"{'/auth/me in a storm of sign-ins':34} {median('stormy', 'rate'):9.1f} {times('stormy', median)}")
    print(f"{'that storm':34} {median('storm', 'rate'):9.1f} {times('storm', median)}")
    failed = sum(part.failed for found in rounds for part in (found.logins, found.quiet, found.stormy, found.storm))
    ratio = median("stormy", "p99") / max(median("quiet", "p99"), 0.001)
    print(f"p99 of /auth/me with the storm: {ratio:.1f} × without. Not answered with 200: {failed}")


def times(name: str, median: Callable[[str, str], float]) -> str:
    return f"{median(name, 'p50'):8.1f} {median(name, 'p99'):8.1f}"


if __name__ == "__main__":
    main()
