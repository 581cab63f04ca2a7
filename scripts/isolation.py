"""Show for each service that it installs, starts, migrates and passes its tests alone.

A service gets an empty folder with copies of itself and service-kit, and a virtual environment that holds its own
`requirements.txt` and the two wheels, nothing else. Every module has to import there, the service has to start,
answer and stop; then its test group is added and its tests run.
Names of services as arguments run only those; `--report FILE` is where the tests of one are reported.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generate_secrets import fresh_secrets
from steps import LOGS, SECONDS_A_STEP_MAY_TAKE, Outcome, count_tests, show_failures, show_summary
from workspace import PLUMBING, ROOT, SERVICES, Member

from service_kit.embedded_postgres import EmbeddedPostgres

UV = str(Path(sys.executable).parent / "uv")
START_SECONDS = 30
AT_ONCE = 2
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist", ".*")
SHIPPED_WITH = {"web-frontend": ["static"], "book-service": ["deploy/sample-catalogue"]}
# Settings and the Python path of whoever runs this must not help a service along.
FOREIGN = ("PYTHONPATH", "VIRTUAL_ENV", "AUTH_", "BOOK_", "ORDER_", "GATEWAY_", "WEB_")
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names), "modules imported")
"""


@dataclass
class Alone:
    """One service in a folder of its own."""

    service: Member
    place: Path
    log: Path
    report: Path
    postgres: EmbeddedPostgres

    @property
    def folder(self) -> Path:
        """The copy of the service."""
        return self.place / self.service.folder.name

    @property
    def python(self) -> Path:
        """The interpreter of the service's virtual environment."""
        return self.place / "venv" / "bin" / "python"

    @property
    def has_database(self) -> bool:
        """Whether the service keeps data."""
        return (self.folder / "alembic.ini").exists()

    @property
    def prefix(self) -> str:
        """Of the service's own settings."""
        return self.service.package.split("_")[0].upper()

    def install(self) -> None:
        """Make the environment from the service's lock and the two wheels."""
        for folder in (self.folder.name, PLUMBING, *SHIPPED_WITH.get(self.folder.name, ())):
            shutil.copytree(ROOT / folder, self.place / folder, ignore=LEFT_OUT)
        self.call(UV, "venv", "--quiet", "--python", sys.executable, str(self.python.parents[1]))
        self._pip("--require-hashes", "-r", str(self.folder / "requirements.txt"))
        for folder in (self.place / PLUMBING, self.folder):
            command = ["build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
            self.call(UV, *command, "--out-dir", str(self.place / "wheels"), str(folder))
        self._pip("--no-deps", *map(str, sorted((self.place / "wheels").glob("*.whl"))))
        self.call(UV, "pip", "check", "--python", str(self.python))

    def import_everything(self) -> None:
        """Import every module with nothing but the declared dependencies."""
        self.call(str(self.python), "-c", IMPORT_ALL, self.service.package)

    def migrate(self) -> None:
        """Bring an empty database to the newest revision and back to nothing missing."""
        if self.has_database:
            self.postgres.create_role_and_database(self.service.package, fresh_secrets()["POSTGRES_PASSWORD"])
            for command in (["upgrade", "head"], ["check"]):
                self.call(str(self.python), "-m", "alembic", *command, folder=self.folder)

    def start(self) -> None:
        """Start the service, ask it whether it lives, and stop it. Raises RuntimeError when it does not."""
        port = _free_port()
        environment = self.environment() | {f"{self.prefix}_PORT": str(port)}
        with self.log.open("ab") as log:
            command = [str(self.python), "-m", self.service.package]
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        try:
            _await(f"http://127.0.0.1:{port}/health/live", process)
            process.send_signal(signal.SIGTERM)
            code = process.wait(START_SECONDS)
        finally:
            process.kill()
        if code not in {0, -signal.SIGTERM}:
            message = f"after SIGTERM it ended with {code}"
            raise RuntimeError(message)

    def test(self) -> Outcome:
        """Add the test group and run the service's tests."""
        self._pip("--require-hashes", "-r", str(ROOT / "requirements" / "test.txt"))
        settings = shutil.copy(ROOT / "pyproject.toml", self.place)
        command = ["-m", "pytest", "-c", str(settings), "--rootdir", str(self.place), f"--junitxml={self.report}"]
        done = self.call(str(self.python), *command, f"{self.folder.name}/tests", may_fail=True)
        outcome = count_tests(f"alone-{self.service.name}", self.report)
        outcome.failed = outcome.failed or int(done != 0)
        return outcome

    def environment(self) -> dict[str, str]:
        """Return what the service sees: a clean environment and the settings it must have."""
        around = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        database = {}
        if self.has_database:
            database[f"{self.prefix}_DATABASE_URL"] = self.postgres.url(self.service.package, self.service.package)
        return around | fresh_secrets() | database | {"WEB_STATIC_DIR": str(self.place / "static")}

    def call(self, *command: str, folder: Path | None = None, may_fail: bool = False) -> int:
        """Run a command with its output in the log. Raises CalledProcessError when it fails and may not."""
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(command)[:200]}\n".encode())
            log.flush()
            place, around = folder or self.place, self.environment()
            done = subprocess.run(
                command,
                cwd=place,
                env=around,
                stdout=log,
                stderr=log,
                check=not may_fail,
                timeout=SECONDS_A_STEP_MAY_TAKE,
            )
        return done.returncode

    def _pip(self, *arguments: str) -> None:
        self.call(UV, "pip", "install", "--quiet", "--python", str(self.python), *arguments)


def prove(service: Member, report: Path | None, postgres: EmbeddedPostgres) -> Outcome:
    """Take one service through all of it; what fails first ends it."""
    log = LOGS / f"alone-{service.name}.log"
    log.write_bytes(b"")
    report = report or log.with_suffix(".xml")
    report.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="quire-alone-", ignore_cleanup_errors=True) as place:
        alone = Alone(service, Path(place), log, report, postgres)
        steps: list[Callable[[], None]] = [alone.install, alone.import_everything, alone.migrate, alone.start]
        for step in steps:
            try:
                step()
            except (subprocess.SubprocessError, RuntimeError) as problem:
                with log.open("a", encoding="utf-8") as file:
                    file.write(f"{step.__name__}: {problem}\n")
                return Outcome(f"alone-{service.name}", failed=1, said=f"at: {step.__name__}")
        outcome = alone.test()
        outcome.passed += len(steps)
        return outcome


def timed(prove_one: Callable[[], Outcome]) -> Outcome:
    """Run one proof and print its line."""
    started = time.monotonic()
    outcome = prove_one()
    outcome.seconds = time.monotonic() - started
    print(outcome, flush=True)
    return outcome


def main() -> int:
    """Run the command line."""
    started = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("services", nargs="*", default=SERVICES, metavar="SERVICE")
    parser.add_argument("--report", type=Path, help="where the JUnit report of one service's tests goes")
    options = parser.parse_args()
    if options.report and len(options.services) != 1:
        parser.error("a report is of one service")
    with EmbeddedPostgres.temporary() as postgres:
        proofs = [partial(prove, Member.read(ROOT / name), options.report, postgres) for name in options.services]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(timed, proofs))
    show_failures(outcomes)
    return 1 if show_summary(outcomes, time.monotonic() - started) else 0


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    message = f"no answer from {url}; exit code {process.poll()}"
    raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
