"""What may happen to the processes of a running Quire."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from system import System

LONGEST_WAIT = 30


def process_of(system: System, package: str) -> int:
    """Return the process id of a service."""
    return json.loads((system.folder / "var" / "children.json").read_text())[package]


@contextmanager
def frozen(system: System, package: str) -> Iterator[None]:
    """Freeze a service: its port still takes connections, which is worse than being gone."""
    pid = process_of(system, package)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def gone(system: System, package: str) -> Iterator[None]:
    """Kill a service, and keep the launcher from starting it again for as long."""
    os.kill(system.process.pid, signal.SIGSTOP)
    try:
        os.kill(process_of(system, package), signal.SIGKILL)
        yield
    finally:
        os.kill(system.process.pid, signal.SIGCONT)


def stop_postgresql_hard(system: System) -> None:
    """Have PostgreSQL drop everything at once; the launcher starts it again, and it recovers."""
    lock = system.folder / "var" / "postgres" / "postmaster.pid"
    os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)


def end(system: System, package: str) -> None:
    """Ask a service to end, as who replaces it by a new version does, and wait until the launcher has another one."""
    pid = process_of(system, package)
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: process_of(system, package) != pid)


def wait_until_ready(system: System) -> None:
    """Wait until all services say that they are ready."""

    def is_ready() -> bool:
        try:
            return httpx2.get(f"{system.api}/health/ready", timeout=10).is_success
        except httpx2.TransportError:
            return False

    wait_until(is_ready)


def wait_until(condition) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
