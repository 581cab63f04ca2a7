"""Group api: schemathesis calls every operation of the merged document as each kind of caller."""

import json
import re
import secrets
import subprocess

import httpx2

from attack.people import NOBODY, Caller, api_key, first_admin, with_role
from attack.report import Report
from attack.shop import ROOT, Shop
from attack.tools import CannotInstall, tool

SECONDS = 20
PLACE = ROOT / "var" / "attack" / "api"
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance"),
)
LEFT_OUT = "/auth/(logout|sessions|me/(delete|email|password|second-factor))"
"""They would end the session that everything is tried with; test_access has them."""
_CONFIG = """
[generation]
max-examples = 50
[phases.coverage]
unexpected-methods = ["GET", "PUT", "POST", "DELETE", "PATCH"]
"""
_CURL = re.compile(r"^\s*(curl .+)$", re.MULTILINE)


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Run it once for each kind of caller, bounded in time; the seed of each run is printed."""
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "schemathesis.toml").write_text(_CONFIG, encoding="utf-8")
    document = httpx2.get(f"{shop.api}/openapi.json", timeout=30).raise_for_status()
    (PLACE / "openapi.json").write_bytes(document.content)
    admin = first_admin(shop)
    callers = [NOBODY, *(with_role(shop, admin, role) for role in ("customer", "editor", "staff", "admin"))]
    callers.append(api_key(shop, admin, sorted(admin.scopes), "everything"))
    try:
        for caller in callers:
            _run(shop, report, caller, seconds=SECONDS // 4 if quick else SECONDS)
    except CannotInstall as problem:
        report.left_out = str(problem)


def _run(shop: Shop, report: Report, caller: Caller, *, seconds: int) -> None:
    name = "key" if caller.name.startswith("key") else caller.name
    seed, result = secrets.randbelow(1_000_000), PLACE / f"{name}.json"
    result.unlink(missing_ok=True)
    command = [tool("schemathesis"), "--config-file", "schemathesis.toml", "--no-color", "run", "openapi.json"]
    command += ["--url", shop.api, "--max-time", str(seconds), "--phases", "coverage,fuzzing", "--seed", str(seed)]
    command += ["--checks", ",".join(CHECKS), "--no-shrink", "--continue-on-failure", "--warnings", "off"]
    command += ["--exclude-path-regex", LEFT_OUT, "--report", "json", "--report-json-path", str(result)]
    command += [part for header, value in caller.headers.items() for part in ("--header", f"{header}: {value}")]
    done = subprocess.run(  # noqa: S603 (our own command)
        command, cwd=PLACE, capture_output=True, text=True, timeout=seconds + 120, check=False
    )
    said = PLACE / f"{name}.txt"
    said.write_text(done.stdout + done.stderr, encoding="utf-8")
    if not report.expect(result.exists(), f"{name}: schemathesis failed: {done.stderr[-300:]}", str(said)):
        return
    found = json.loads(result.read_text(encoding="utf-8"))
    cases = found["test_cases"]["generated"]
    report.tried += cases
    report.note(f"{name}: {cases} requests, seed {seed}")
    again = next(iter(_CURL.findall(done.stdout)), "")
    for failure in (*found["failures"], *found["errors"]):
        what = f"{name}: {failure.get('title', 'error')}: {', '.join(failure.get('operations', ()))[:300]}"
        report.expect(held=False, what=what, reproduction=f"{again or 'see'} ({said.relative_to(ROOT)}, seed {seed})")
