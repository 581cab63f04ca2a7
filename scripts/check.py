"""Run everything that a change has to pass: lint, types, import contracts, locks, and every member's tests.

`python scripts/check.py` runs it all; names of steps as arguments, or in STEPS, run only those.
With ALONE=1 each service's tests run where the service stands alone (see isolation.py) instead of in the workspace.
It goes on after a failure and ends with a table and the total. Logs: var/test-logs/.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from browser import browser_environment
from html_checker import checker_environment
from redis_server import redis_environment
from steps import LOGS, SECONDS_A_STEP_MAY_TAKE, Runner, Step, show_failures, show_summary
from workspace import BROWSER_TESTS, LAUNCHER, PLUMBING, ROOT, SERVICES

BIN = Path(sys.executable).parent
AT_ONCE = 2
PREPARATIONS = {"gateway": redis_environment}
PAGES_STEP = "e2e-pages"
"""What looks at whole pages, and so much else that both browser steps take as long; each has a shop of its own."""
PAGES_TESTS = ("site_map", "public_shop", "appearance", "keyboard", "page_rules", "without_scripts", "style_page")
PROOF = "proof"
ATTACK = "attack"
PROOFS = (f"{PROOF}/model", f"{PROOF}/planted")
# H015 is about white space alone. H052: without scripts, an order that is being placed has no other way to move on.
DJLINT = ("--lint", "--quiet", "--ignore=H015,H052")


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command of a tool of the same virtual environment."""
    return [str(BIN / name), *arguments]


def sources() -> list[str]:
    """Return every folder of shipped Python code, and each file of the proof and of the attacks."""
    folders = [PLUMBING, *SERVICES, LAUNCHER]
    found = [f"{folder}/src" for folder in folders if (ROOT / folder / "src").is_dir()]
    loose = ["scripts", *(folder for folder in ("benchmarks",) if any((ROOT / folder).glob("*.py")))]
    parts = [path for folder in (PROOF, ATTACK) for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts]
    return [*found, *loose, *sorted(str(path.relative_to(ROOT)) for path in parts)]


def static_steps() -> list[Step]:
    """Return the steps that only read the code."""
    python = str(BIN / "python")
    steps = [
        Step("ruff", tool("ruff", "check", ".")),
        Step("format", tool("ruff", "format", "--check", ".")),
        Step("mypy", tool("mypy", *sources())),
        Step("imports", tool("lint-imports", "--no-cache")),
        Step("locks", [python, "scripts/lock.py", "--check"]),
        Step("settings", [python, "scripts/settings_check.py"]),
        Step("messages", [python, "scripts/messages.py", "--check"]),
        Step("states", [python, "scripts/states_table.py", "--check"]),
    ]
    templates = sorted((ROOT / "web-frontend").rglob("templates"))
    if templates:
        steps.append(Step("templates", tool("djlint", *DJLINT, *(str(folder) for folder in templates))))
    return steps


def pytest_step(folder: str, *, alone: bool = False) -> Step:
    """Return the step that runs one member's tests in a pytest of its own."""
    name = folder.replace("/", "-")
    tests = folder if alone else f"{folder}/tests"
    command = [str(BIN / "python"), "-m", "pytest", "--durations=5", f"--junitxml={LOGS / f'{name}.xml'}", tests]
    prepare = PREPARATIONS.get(folder, dict)
    return Step(name, command, counts_tests=True, alone=alone, prepare=prepare)


def browser_steps() -> list[Step]:
    """Return the two steps that run the tests in a browser; together they are all of them."""
    pages = [f"{BROWSER_TESTS}/test_{name}.py" for name in PAGES_TESTS]
    others = [BROWSER_TESTS, *(f"--ignore={path}" for path in pages)]
    return [_browser_step(BROWSER_TESTS, others), _browser_step(PAGES_STEP, pages)]


def _browser_step(name: str, tests: list[str]) -> Step:
    command = [str(BIN / "python"), "-m", "pytest", "--durations=5", f"--junitxml={LOGS / f'{name}.xml'}", *tests]
    # Pictures of whole pages take longer than all else that is done with them.
    seconds = SECONDS_A_STEP_MAY_TAKE * (3 if os.environ.get("PICTURES") else 1)
    return Step(name, command, counts_tests=True, prepare=browser_environment, seconds=seconds)


def with_tests(*folders: str) -> list[str]:
    """Return those of the folders that hold tests."""
    return [folder for folder in folders if (ROOT / folder / "tests").is_dir()]


def service_step(folder: str) -> Step:
    """Return the step of a service: its tests, or with ALONE=1 also that it installs, starts and migrates alone."""
    if not os.environ.get("ALONE"):
        return pytest_step(folder)
    command = [str(BIN / "python"), "scripts/isolation.py", "--report", str(LOGS / f"{folder}.xml"), folder]
    return Step(folder, command, counts_tests=True)


def all_steps() -> list[Step]:
    """Return every step, the long ones early so that two at a time fit well."""
    services = [service_step(folder) for folder in with_tests(*SERVICES)]
    others = [pytest_step(folder) for folder in with_tests(PLUMBING, LAUNCHER, *PROOFS, ATTACK)]
    browser = browser_steps() if (ROOT / BROWSER_TESTS).is_dir() else []
    steps = [*static_steps(), *browser, *services, *others]
    if browser:
        # It reads what the walk over the pages has kept.
        command = [str(BIN / "python"), "scripts/html_checker.py"]
        steps.append(Step("html", command, alone=True, prepare=checker_environment))
    # It times what it breaks: beside another step it would mostly test how busy the machine is.
    return [*steps, pytest_step(f"{PROOF}/tests", alone=True)]


def chosen(steps: list[Step], names: list[str]) -> list[Step]:
    """Return the steps of those names, or all where none is named."""
    unknown = sorted(set(names) - {step.name for step in steps})
    if unknown:
        known = ", ".join(step.name for step in steps)
        sys.exit(f"no step is called {', '.join(unknown)}; there are {known}")
    return [step for step in steps if not names or step.name in names]


def main() -> int:
    """Run the chosen steps; return 1 when anything failed."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    steps = chosen(all_steps(), sys.argv[1:] or os.environ.get("STEPS", "").split())
    runner = Runner()
    try:
        outcomes = runner.run(steps, AT_ONCE)
    except KeyboardInterrupt:
        return 130
    show_failures(outcomes)
    return 1 if show_summary(outcomes, time.monotonic() - started) else 0


if __name__ == "__main__":
    sys.exit(main())
