"""Readers who ask one question after the other over HTTP: wrk with a script, for it costs little beside the system."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
local paths = {%(paths)s}
local people = {%(people)s}
local threads, asked = {}, 0
others = 0

function setup(thread) table.insert(threads, thread) end

function request()
  asked = asked + 1
  return wrk.format("GET", paths[(asked - 1) %% #paths + 1], people[(asked - 1) %% #people + 1])
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


@dataclass(frozen=True, slots=True)
class Times:
    """How long questions took in milliseconds, and how many were answered in a second."""

    p50: float
    p99: float
    rate: float
    failed: int = 0


def ask_for_a_while(  # noqa: PLR0913 (what is measured)
    folder: Path,
    url: str,
    paths: Sequence[str],
    *,
    clients: int,
    seconds: float,
    headers: Mapping[str, str] | Sequence[Mapping[str, str]],
) -> Times:
    """Let ``clients`` ask for the paths at ``url`` in turn. Only a 200 is an answer.

    Several ``headers`` are those of several people, who ask in turn, too.
    """
    script = folder / "questions.lua"
    people = [headers] if isinstance(headers, Mapping) else headers
    written = ", ".join(f"{{{_table(each)}}}" for each in people)
    script.write_text(_SCRIPT % {"paths": ", ".join(json.dumps(path) for path in paths), "people": written})
    command = ["wrk", "-t1", f"-c{clients}", f"-d{max(round(seconds), 1)}s", "--timeout", "10s", "-s", str(script), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30)  # noqa: S603
    said = json.loads(done.stdout.splitlines()[-1])
    return Times(said["p50"], said["p99"], said["asked"] / said["seconds"], said["failed"])


def _table(headers: Mapping[str, str]) -> str:
    return ", ".join(f'["{name}"] = "{value}"' for name, value in headers.items())
