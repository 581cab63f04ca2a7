"""Run commands as named steps, each with its own log, and add up what came of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from workspace import ROOT

LOGS = ROOT / "var" / "test-logs"
SECONDS_A_STEP_MAY_TAKE = 900
LINES_SHOWN_OF_A_FAILED_STEP = 40
COLUMNS_SHOWN = 300


class CannotRunError(Exception):
    """A step lacks something that it needs; the message says what to do."""


@dataclass(frozen=True)
class Step:
    """A command that passes or fails as one, or a pytest run whose tests are counted one by one."""

    name: str
    command: list[str]
    counts_tests: bool = False
    alone: bool = False
    prepare: Callable[[], dict[str, str]] = dict
    folder: Path = ROOT
    seconds: int = SECONDS_A_STEP_MAY_TAKE

    @property
    def log(self) -> Path:
        """Where the output goes."""
        return LOGS / f"{self.name}.log"

    @property
    def report(self) -> Path:
        """Where pytest writes its JUnit report."""
        return LOGS / f"{self.name}.xml"


@dataclass
class Outcome:
    """What came of a step; the numbers are tests, or one for a step that is no test run."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    said: str = ""

    @property
    def verdict(self) -> str:
        """One word for the table."""
        if self.failed:
            return "FAILED"
        return "passed" if self.passed else "skipped"

    def __str__(self) -> str:
        """Return the line that tells that the step is over."""
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"{self.verdict:8} {self.name:20} {self.seconds:6.1f} s  {counts}{self.said and '  ' + self.said}"


@dataclass
class Runner:
    """Runs steps, some side by side; ending it ends every process that it started."""

    running: set[int] = field(default_factory=set)

    def run(self, steps: list[Step], at_once: int) -> list[Outcome]:
        """Run the steps that bear company first, `at_once` at a time, then those that want the machine alone."""
        LOGS.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(at_once) as pool:
            try:
                outcomes = list(pool.map(self._tell, [step for step in steps if not step.alone]))
                outcomes += [self._tell(step) for step in steps if step.alone]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.end()
                raise
        return outcomes

    def end(self) -> None:
        """End what still runs."""
        for group in list(self.running):
            _signal(group, signal.SIGTERM)

    def _tell(self, step: Step) -> Outcome:
        started = time.monotonic()
        try:
            outcome = self._outcome(step)
        except CannotRunError as problem:
            step.log.write_text(f"{problem}\n", encoding="utf-8")
            outcome = Outcome(step.name, failed=1)
        outcome.seconds = time.monotonic() - started
        print(outcome, flush=True)
        return outcome

    def _outcome(self, step: Step) -> Outcome:
        step.report.unlink(missing_ok=True)
        code = self._code(step, os.environ | step.prepare())
        if not step.counts_tests:
            return Outcome(step.name, passed=int(code == 0), failed=int(code != 0))
        outcome = count_tests(step.name, step.report)
        if code and not outcome.failed:
            outcome.failed = 1
            outcome.said = f"pytest ended with {code}"
        return outcome

    def _code(self, step: Step, environment: dict[str, str]) -> int:
        with step.log.open("wb") as log:
            process = subprocess.Popen(
                step.command, cwd=step.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            self.running.add(process.pid)
            try:
                return process.wait(step.seconds)
            except subprocess.TimeoutExpired:
                log.write(f"\nended: it took more than {step.seconds} seconds\n".encode())
                _signal(process.pid, signal.SIGKILL)
                return process.wait()
            finally:
                self.running.discard(process.pid)


def count_tests(name: str, report: Path) -> Outcome:
    """Add up a JUnit report as pytest writes it; without a report nothing was counted."""
    if not report.exists():
        return Outcome(name)
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own pytest wrote it

    def total(attribute: str) -> int:
        return sum(int(suite.get(attribute, 0)) for suite in suites)

    failed, skipped = total("failures") + total("errors"), total("skipped")
    return Outcome(name, passed=max(total("tests") - failed - skipped, 0), failed=failed, skipped=skipped)


def show_failures(outcomes: Iterable[Outcome]) -> None:
    """Print the end of the log of each step that failed."""
    for outcome in outcomes:
        if outcome.failed:
            log = LOGS / f"{outcome.name}.log"
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print(f"\n--- {outcome.name}: the end of {log.relative_to(ROOT)}")
            print("\n".join(line[:COLUMNS_SHOWN] for line in lines[-LINES_SHOWN_OF_A_FAILED_STEP:]))


def show_summary(outcomes: list[Outcome], seconds: float) -> int:
    """Print the table and the total; return how many failed."""
    print(f"\n{'step':20} {'result':8} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for outcome in outcomes:
        counts = f"{outcome.passed:7} {outcome.failed:7} {outcome.skipped:8}"
        print(f"{outcome.name:20} {outcome.verdict:8} {counts} {outcome.seconds:8.1f}")
    failed = sum(outcome.failed for outcome in outcomes)
    passed = sum(outcome.passed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"\n{seconds:.0f} seconds; the logs are in {LOGS.relative_to(ROOT)}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return failed


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
