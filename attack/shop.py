"""A whole shop of the attacks' own, started as ``make up`` starts it: own data, own free ports, this machine alone."""

import json
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

from service_kit.tied_process import tied_command

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
START_SECONDS = 120
STOP_SECONDS = 30
SERVICES = {"auth-service": "AUTH", "book-service": "BOOK", "order-service": "ORDER"}
_PORTS = ("AUTH_PORT", "BOOK_PORT", "ORDER_PORT", "GATEWAY_PORT", "WEB_PORT")
# What is answered is tried here, not how often; how often one may sign in is tried with the limits as they are.
_UNLIMITED = {
    "GATEWAY_LIMIT_ACCOUNT": "none",
    "GATEWAY_LIMIT_KEY": "none",
    "GATEWAY_LIMIT_ADDRESS": "none",
    "AUTH_LIMIT_REGISTRATIONS": "100000/hour",
}


@dataclass(frozen=True)
class Shop:
    """A running shop."""

    web: str
    api: str
    ports: Mapping[str, int]
    var: Path

    @property
    def secrets(self) -> dict[str, str]:
        """The keys and passwords that the shop made for itself."""
        found: dict[str, str] = json.loads((self.var / "secrets.json").read_text(encoding="utf-8"))
        return found

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the services were started with."""
        lines = (self.var / "local.env").read_text(encoding="utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
        return {name: value.strip("'") for name, _, value in pairs}

    def service_url(self, service: str) -> str:
        """Return where a service listens, past the gateway."""
        return f"http://{LOOPBACK}:{self.ports[f'{SERVICES[service]}_PORT']}"

    def log(self, service: str) -> str:
        """Return what a service has said so far."""
        return (self.var / "log" / f"{service}.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_shop(**settings: str) -> Iterator[Shop]:
    """Start a shop, wait until it is ready, and stop it again. Raises ``RuntimeError`` with what it said."""
    folder = Path(tempfile.mkdtemp(prefix="quire-attack-"))
    folder.chmod(0o755)  # As root, PostgreSQL runs as another user, who has to get to its data.
    reserved = ReservedPorts(len(_PORTS))
    ports = dict(zip(_PORTS, reserved.numbers, strict=True))
    environment = os.environ | _UNLIMITED | settings | {"QUIRE_VAR": str(folder / "var"), "QUIRE_HOST": LOOPBACK}
    environment |= {name: str(port) for name, port in ports.items()}
    command = tied_command([sys.executable, "-m", "quire_local", "up"], ends_with=signal.SIGTERM)
    with (folder / "launcher.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603 (our own command)
    web, api = f"http://localhost:{ports['WEB_PORT']}", f"http://{LOOPBACK}:{ports['GATEWAY_PORT']}"
    try:
        _wait_until_ready([api, web], process, folder / "launcher.log")
        yield Shop(web, api, ports, folder / "var")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        reserved.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(urls: list[str], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if all(_is_ready(url) for url in urls):
            return
        time.sleep(0.2)
    message = f"the shop did not start:\n{log.read_text(errors='replace')}"
    raise RuntimeError(message)


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health/ready", timeout=5).is_success
    except httpx2.HTTPError:
        return False
