"""An installation of docker-compose.yml of its own: other names, other ports, fresh secrets."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from generate_secrets import ROOT, filled, fresh_secrets

SERVICES = ("auth-service", "book-service", "order-service", "gateway", "web-frontend")
PORTS = ("AUTH_PORT", "BOOK_PORT", "ORDER_PORT", "GATEWAY_PORT", "WEB_PORT")
PRIVATE_PORTS = PORTS[:3]
BUILD_SECONDS = 1200
# What the shell of whoever runs this holds must not win over the installation's own .env.
FOREIGN = ("AUTH_", "BOOK_", "ORDER_", "GATEWAY_", "WEB_", "POSTGRES_", "COMPOSE_", "QUIRE_")
ALSO_FOREIGN = {
    "STOREFRONT",
    "SIGNUP",
    "CURRENCY",
    "DEFAULT_LANGUAGE",
    "SHOP_NAME",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "PUBLIC_WEB_URL",
}


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever the service said
        """Return the body as JSON."""
        return json.loads(self.body)


@dataclass
class Project:
    """One installation; `name` is what the engine knows it by."""

    folder: Path
    compose: list[str]
    name: str = field(default_factory=lambda: f"quire-test-{secrets.token_hex(4)}")
    secrets: dict[str, str] = field(default_factory=fresh_secrets)
    ports: dict[str, int] = field(default_factory=lambda: dict(zip(PORTS, _free_ports(len(PORTS)), strict=True)))

    @property
    def settings(self) -> Path:
        """The file that stands for .env."""
        return self.folder / "settings.env"

    def write_settings(self, **settings: str) -> None:
        """Write .env as `make secrets` does, and add the settings."""
        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        chosen = {**{name: str(port) for name, port in self.ports.items()}, **settings, "QUIRE_TAG": self.name}
        added = "".join(f"{name}={value}\n" for name, value in chosen.items())
        self.settings.write_text(filled(example, self.secrets) + added, encoding="utf-8")

    def run(self, *arguments: str, said: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run docker-compose; its output is returned, and kept in the folder's log."""
        command = [*self.compose, "--project-name", self.name, "--env-file", str(self.settings), *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(), input=said, capture_output=True, text=True, check=False,
            timeout=BUILD_SECONDS,
        )  # fmt: skip
        with (self.folder / "compose.log").open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(arguments)}\n{done.stdout}{done.stderr}\n")
        return done

    def require(self, *arguments: str, said: str | None = None) -> str:
        """Run docker-compose and return what it printed. Raises RuntimeError when it fails."""
        done = self.run(*arguments, said=said)
        if done.returncode:
            message = f"docker-compose {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-3000:]}"
            raise RuntimeError(message)
        return done.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """Return what the engine knows of each running container, by service."""
        wanted = f"label=com.docker.compose.project={self.name}"
        ids = docker("ps", "--quiet", "--filter", wanted).split()
        found = json.loads(docker("inspect", *ids))
        return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in found}

    def call(
        self, method: str, path: str, *, token: str = "", form: Mapping[str, str] | None = None, port: str = "",
        **body: object,
    ) -> Answer:  # fmt: skip
        """Call the gateway, or the service behind another port, with a JSON body or a form."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if form is not None:
            content, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = f'"{secrets.token_hex(16)}"'
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[port or "GATEWAY_PORT"], timeout=20)
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the gateway says that everything is. Raises RuntimeError with what it said last."""
        deadline = time.monotonic() + seconds
        said = "nothing"
        while time.monotonic() < deadline:
            try:
                answer = self.call("GET", "/health/ready")
                pages = self.call("GET", "/health/ready", port="WEB_PORT")
            except (OSError, http.client.HTTPException) as problem:
                said = repr(problem)
            else:
                if answer.status == pages.status == http.client.OK:
                    return
                said = f"{answer.body!r}, {pages.body!r}"
            time.sleep(0.5)
        message = f"not ready after {seconds:.0f} seconds; the last answer was {said}"
        raise RuntimeError(message)

    def remove(self) -> None:
        """Take everything of the installation away: containers, data and images."""
        self.run("down", "--volumes", "--remove-orphans", "--timeout", "20")
        for service in SERVICES:
            subprocess.run(["docker", "rmi", f"quire-{service}:{self.name}"], capture_output=True, check=False)


def find_compose() -> list[str] | None:
    """Return the command of Docker Compose, the plugin or the older program; None where no engine answers."""
    if shutil.which("docker") is None or not _works("docker", "version", "--format", "{{.Server.Version}}"):
        return None
    for command in (["docker", "compose"], ["docker-compose"]):
        if _works(*command, "version"):
            return command
    return None


def docker(*arguments: str) -> str:
    """Run docker and return what it printed. Raises RuntimeError when it fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"docker {' '.join(arguments)} failed: {done.stderr.strip()}"
        raise RuntimeError(message)
    return done.stdout


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and name not in ALSO_FOREIGN
    }  # fmt: skip


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
