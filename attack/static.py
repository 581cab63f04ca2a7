"""Group static: the code read by semgrep with rules of our own, and by bandit. Neither asks anything of the network."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from attack.report import Report
from attack.shop import ROOT, Shop
from attack.tools import CannotInstall, tool

RULES = ROOT / "attack" / "rules"
EXPLAINED = ROOT / "attack" / "explained.toml"
_ALLOWED_BY_RUFF = re.compile(r"noqa: [A-Z0-9, ]*\bS(\d+)")
SEMGREP = (
    *("scan", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json"),
    *("--config", "attack/rules", "--exclude", "tests", "--exclude", "testing"),
)
BANDIT = ("--quiet", "--recursive", "--format", "json", "--exclude", "*/testing/*")


@dataclass(frozen=True, slots=True)
class Match:
    """A place in the code that a rule names."""

    rule: str
    path: str
    line: int
    code: str
    message: str


def attack(_shop: Shop | None, report: Report, *, quick: bool) -> None:
    """Read everything that is shipped. What is not explained is a finding, and so is an explanation of nothing."""
    del quick
    try:
        matches = [*semgrep(sources(), report), *bandit(sources(), report)]
    except CannotInstall as problem:
        report.left_out = str(problem)
        return
    explanations = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["explained"]
    used: set[int] = set()
    for match in matches:
        reasons = [number for number, entry in enumerate(explanations) if explains(entry, match)]
        used.update(reasons)
        held = bool(reasons)
        report.expect(held, f"{match.rule}: {match.message}", f"{match.path}:{match.line}: {match.code}")
    for number, entry in enumerate(explanations):
        held = number in used
        report.expect(
            held, f"nothing is left that {entry['rule']} needs explained", f"{EXPLAINED.name}: {entry['path']}"
        )


def sources() -> list[str]:
    """Return the folders of everything that runs in a shop."""
    return [
        str(path.relative_to(ROOT))
        for pattern in ("*/src", "deploy/local/src", "static")
        for path in ROOT.glob(pattern)
    ]


def semgrep(folders: Iterable[str], report: Report, place: Path = ROOT) -> Iterator[Match]:
    """Run semgrep with the rules beside this file."""
    around = os.environ | {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
    command = [tool("semgrep"), *SEMGREP, *folders]
    around |= {"PATH": f"{Path(command[0]).parent}{os.pathsep}{around['PATH']}"}
    done = subprocess.run(command, capture_output=True, cwd=place, env=around, check=False)  # noqa: S603 (our own command)
    found = json.loads(done.stdout)
    report.expect(not found["errors"], f"semgrep: {str(found['errors'])[:300]}", " ".join(command[1:]))
    report.tried += len(found["paths"]["scanned"])
    seen: set[tuple[str, str, int]] = set()
    for each in found["results"]:
        rule, path, line = each["check_id"].rsplit(".", 1)[-1], each["path"], each["start"]["line"]
        if (rule, path, line) not in seen:
            seen.add((rule, path, line))
            code = _lines(place / path, line, each["end"]["line"])
            yield Match(rule, path, line, code, each["extra"]["message"])


def bandit(folders: Iterable[str], report: Report) -> Iterator[Match]:
    """Run bandit; ruff has the same checks, so what stands in the code with its reason for ruff counts here too."""
    command = [tool("bandit"), *BANDIT, *folders]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)  # noqa: S603 (our own command)
    found = json.loads(done.stdout)
    report.tried += len(found["metrics"]) - 1
    ignored = _ignored_by_ruff()
    for each in found["results"]:
        number, path = each["test_id"].removeprefix("B"), each["filename"].removeprefix("./")
        code = _lines(ROOT / path, each["line_range"][0], each["line_range"][-1])
        said = {match for line in code.splitlines() for match in _ALLOWED_BY_RUFF.findall(line)}
        if number not in said and not any(number == which and Path(path).match(glob) for glob, which in ignored):
            yield Match(each["test_id"], path, each["line_number"], code, each["issue_text"])


def explains(entry: dict[str, str], match: Match) -> bool:
    """Tell whether an entry of explained.toml is about a match."""
    return entry["rule"] == match.rule and Path(match.path).match(entry["path"]) and entry.get("code", "") in match.code


def _ignored_by_ruff() -> list[tuple[str, str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ignores = settings["tool"]["ruff"]["lint"]["per-file-ignores"]
    return [(glob, code.removeprefix("S")) for glob, codes in ignores.items() for code in codes if code.startswith("S")]


def _lines(path: Path, first: int, last: int) -> str:
    return "\n".join(path.read_text(encoding="utf-8").splitlines()[first - 1 : last]).strip()
