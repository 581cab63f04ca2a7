"""Clients that order books as fast as they are answered: wrk with a script, for it costs little beside the system."""

import json
import resource
import secrets
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from orders_system import BOOKS, Shop, System

_SCRIPT = """
local tokens = {%(tokens)s}
local head = '{"items":[{"book_id":"0190b00c-0000-7000-8000-%%012d","quantity":1},'
  .. '{"book_id":"0190b00c-0000-7000-8000-%%012d","quantity":2}],'
  .. '"delivery":{"name":"Ada Lovelace","address":"12 St James\\'s Square\\\\nLondon SW1Y 4JH"}}'
local threads, run, most, sent = {}, "", 1, 0
others = 0

function setup(thread) table.insert(threads, thread) end

function init(arguments)
  run, most = arguments[1], tonumber(arguments[2])
  math.randomseed(tonumber(arguments[3]))
end

function request()
  sent = sent + 1
  local headers = {["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)],
    ["Idempotency-Key"] = '"' .. run .. "-" .. sent .. '"'}
  local body = string.format(head, math.random(1, most), math.random(%(half)d + 1, %(books)d))
  return wrk.format("POST", "/orders/", headers, body)
end

function response(status) if status ~= 201 then others = others + 1 end end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do failed = failed + thread:get("others") end
  io.write(string.format('\\n{"orders": %%d, "seconds": %%f, "failed": %%d, "p50": %%f, "p99": %%f}\\n',
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True)
class Run:
    """What came of some seconds of load. ``cpu`` is the processor time per order in milliseconds, by process."""

    rate: float
    p50: float
    p99: float
    failed: int
    cpu: dict[str, float] = field(default_factory=dict)


def missing() -> str:
    """Return what is missing on this machine, or nothing."""
    return "" if shutil.which("wrk") else "wrk (apt-get install wrk)"


def write_script(system: System) -> Path:
    """Write wrk's script for the system's accounts."""
    path = system.folder / "orders.lua"
    tokens = ", ".join(f'"{token}"' for token in system.tokens)
    path.write_text(_SCRIPT % {"tokens": tokens, "half": BOOKS // 2, "books": BOOKS})
    return path


def place(  # noqa: PLR0913 (what is measured)
    system: System, shop: Shop, script: Path, *, clients: int, seconds: float, hot: bool = False
) -> Run:
    """Let ``clients`` order two books each, again and again; with ``hot``, all want the same first book."""
    most = 1 if hot else BOOKS // 2
    arguments = [secrets.token_hex(8), str(most), str(secrets.randbelow(1 << 31))]
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script), shop.api]
    before, load_before = system.cpu_seconds(shop), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, "--", *arguments], capture_output=True, text=True, check=True)  # noqa: S603
    load_after, after = resource.getrusage(resource.RUSAGE_CHILDREN), system.cpu_seconds(shop)
    said = json.loads(done.stdout.splitlines()[-1])
    used: dict[str, float] = {}
    for (name, process), total in after.items():
        used[name] = used.get(name, 0.0) + total - before.get((name, process), 0.0)
    used["load (wrk)"] = load_after.ru_utime + load_after.ru_stime - load_before.ru_utime - load_before.ru_stime
    orders = max(said["orders"], 1)
    cpu = {name: spent * 1000 / orders for name, spent in used.items()}
    return Run(said["orders"] / said["seconds"], said["p50"], said["p99"], said["failed"], cpu)
