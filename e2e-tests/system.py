"""A whole Quire of the tests' own: its own data, its own free ports, started as ``make up`` starts it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from proof.ports import ReservedPorts

START_SECONDS = 300
STOP_SECONDS = 30
NO_LIMITS = {f"GATEWAY_LIMIT_{who}": "none" for who in ("ACCOUNT", "KEY", "ADDRESS")}
NO_LIMITS |= {f"AUTH_LIMIT_{what}": "none" for what in ("REGISTRATIONS", "ADDRESS")}
"""All tests come from one address, at once and as fast as they can. The services' own tests try their limits."""
_PORTS = ("AUTH_PORT", "BOOK_PORT", "ORDER_PORT", "GATEWAY_PORT", "WEB_PORT", "QUIRE_POSTGRES_PORT")


@dataclass(frozen=True)
class System:
    """A running Quire."""

    web: str
    api: str
    ports: Mapping[str, int]
    folder: Path
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        """Return what the launcher and the services have said so far."""
        return (self.folder / "launcher.log").read_text(errors="replace")

    def account(self, email: str, password: str) -> dict[str, str]:
        """Sign up ``email`` through the API; return the headers of its access token."""
        httpx2.post(f"{self.api}/auth/register/", json={"email": email, "password": password}).raise_for_status()
        return self.sign_in(email, password)

    def sign_in(self, email: str, password: str) -> dict[str, str]:
        """Sign in through the API; return the headers of the access token."""
        answer = httpx2.post(f"{self.api}/auth/login/", data={"username": email, "password": password})
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@contextmanager
def running_system(**settings: str) -> Iterator[System]:
    """Start Quire, wait until it is ready, and stop it again. Raises ``RuntimeError`` with its log when it fails."""
    folder = Path(tempfile.mkdtemp(prefix="quire-e2e-"))
    folder.chmod(0o755)  # As root, PostgreSQL runs as another user, who has to get to its data.
    # Another Quire of the tests may be looking for ports at the same time.
    reserved = ReservedPorts(len(_PORTS))
    ports = dict(zip(_PORTS, reserved.numbers, strict=True))
    environment = os.environ | NO_LIMITS | settings | {"QUIRE_VAR": str(folder / "var"), "QUIRE_HOST": "127.0.0.1"}
    environment |= {name: str(port) for name, port in ports.items()}
    with (folder / "launcher.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "quire_local", "up"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    web, api = (f"http://localhost:{ports[name]}" for name in ("WEB_PORT", "GATEWAY_PORT"))
    system = System(web, api, ports, folder, process)
    try:
        _wait_until_ready(system)
        yield system
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        reserved.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(system: System) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if system.process.poll() is not None:
            message = f"Quire did not start:\n{system.log()}"
            raise RuntimeError(message)
        if _is_ready(system):
            return
        time.sleep(0.2)
    message = f"Quire was not ready after {START_SECONDS} s:\n{system.log()}"
    raise RuntimeError(message)


def _is_ready(system: System) -> bool:
    try:
        answers = [httpx2.get(f"{url}/health/ready", timeout=5) for url in (system.api, system.web)]
    except httpx2.HTTPError:
        return False
    return all(answer.status_code == httpx2.codes.OK for answer in answers)
