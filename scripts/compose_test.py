"""Build the containers, start them as an operator would, and go through the whole flow against them.

It runs beside any other installation of this machine and takes away everything it made. Where no Docker engine
answers it says so and succeeds. KEEP=1 leaves the containers running. Needs nothing but Python 3.11.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from compose_project import PORTS, PRIVATE_PORTS, SERVICES, Answer, Project, docker, find_compose

READY_SECONDS = 180
BASE_IMAGE = "python:3.11-slim-bookworm"
PASSWORD = "a long walk to the bookshop"  # noqa: S105 - of accounts that live for a minute
ADMIN, BUYER = "owner@example.org", "reader@example.org"
KNOWN_SECRETS = {
    "POSTGRES_PASSWORD": "postgres",
    "AUTH_DATABASE_URL": "postgresql://auth:auth@postgres/auth",
    "BOOK_DATABASE_URL": "postgresql://books:books@postgres/books",
    "ORDER_DATABASE_URL": "postgresql://orders:orders@postgres/orders",
    "AUTH_SIGNING_KEY": "change-me-change-me-change-me-change-me",
    "AUTH_REFRESH_SECRET": "change-me-change-me-change-me-change-me",
    "AUTH_DATA_SECRET": "change-me-change-me-change-me-change-me",
    "ORDER_CLIENT_SECRET": "secret-secret-secret-secret-secret-secret",
    "GATEWAY_CLIENT_SECRET": "secret-secret-secret-secret-secret-secret",
    "WEB_CLIENT_SECRET": "secret-secret-secret-secret-secret-secret",
    "WEB_SECRET": "changeme-changeme-changeme-changeme",
}
WITH_SECRETS = ("auth-service", "order-service", "gateway", "web-frontend")


class NotAsItShouldBeError(Exception):
    """What was seen, and what should have been."""


def expect(what: str, seen: object, wanted: object) -> None:
    """Raise NotAsItShouldBeError unless both are equal."""
    if seen != wanted:
        message = f"{what}: {seen!r} instead of {wanted!r}"
        raise NotAsItShouldBeError(message)


class Flow:
    """The steps in their order; each may use what those before it left."""

    def __init__(self, project: Project) -> None:
        """Take the installation to work on."""
        self.project = project
        self.token = ""
        self.book = self.order = ""

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        """Return every step with what it shows."""
        return [
            ("nothing starts without secrets", self.no_secrets),
            ("the images are built", self.build),
            ("known secrets are refused", self.known_secrets),
            ("everything starts and gets ready", self.start),
            ("no process is root, no file system is writable", self.not_root),
            ("8001 to 8003 are open to this machine alone", self.private_ports),
            ("a service's role opens its own database alone", self.own_database),
            ("the sample catalogue is there", self.sample_catalogue),
            ("the first administrator is made by the command", self.first_admin),
            ("a reader registers and signs in", self.sign_in),
            ("a book is added, ordered, and the order read", self.place_order),
            ("the data survives down and up", self.down_and_up),
            ("the order is cancelled and the stock is back", self.cancel_order),
            ("the pages answer", self.pages),
            ("logs are lines of JSON", self.logs),
        ]

    def no_secrets(self) -> None:
        """Compose refuses a settings file without them."""
        self.project.settings.write_text("", encoding="utf-8")
        done = self.project.run("config", "--quiet")
        expect("refused", done.returncode != 0, wanted=True)
        expect("the sentence names the way out", "make secrets" in done.stdout + done.stderr, wanted=True)

    def build(self) -> None:
        """Write the settings and build."""
        self.project.write_settings()
        self.project.require("build")

    def known_secrets(self) -> None:
        """Each image ends with code 2 and a sentence when a secret is one that everybody knows."""
        given = [part for name, value in KNOWN_SECRETS.items() for part in ("--env", f"{name}={value}")]
        for service in WITH_SECRETS:
            command = ["docker", "run", "--rm", *given, f"quire-{service}:{self.project.name}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            expect(f"exit code of {service}", done.returncode, wanted=2)
            expect(f"{service} says which setting", done.stderr.startswith("The setting "), wanted=True)

    def start(self) -> None:
        """As the README says it."""
        self.project.require("up", "--build", "--detach")
        self.project.wait_until_ready(READY_SECONDS)

    def not_root(self) -> None:
        """Look at the first process of each container."""
        containers = self.project.containers()
        expect("containers", set(containers), {*SERVICES, "postgres"})
        for service, container in containers.items():
            status = docker("exec", container["Id"], "cat", "/proc/1/status")
            user = next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))
            expect(f"{service} runs as root", user == "0", wanted=False)
            expect(f"{service} has a read-only file system", container["HostConfig"]["ReadonlyRootfs"], wanted=True)

    def private_ports(self) -> None:
        """Look at what is published, and knock from another address of this machine."""
        published = {
            service: {binding["HostIp"] for bindings in ports.values() for binding in bindings or []}
            for service, ports in (
                (name, container["NetworkSettings"]["Ports"]) for name, container in self.project.containers().items()
            )
        }
        for service in ("auth-service", "book-service", "order-service"):
            expect(f"{service} is published on", published[service], {"127.0.0.1"})
        expect("postgres is published on", published["postgres"], set())
        elsewhere = _address_of_this_machine()
        for name in PORTS if elsewhere else ():
            is_open = _is_open(elsewhere, self.project.ports[name])
            expect(f"{name} open at {elsewhere}", is_open, wanted=name not in PRIVATE_PORTS)

    def own_database(self) -> None:
        """Try the way from the auth role to every database."""
        password = self.project.secrets["AUTH_DATABASE_PASSWORD"]
        for database, opens in (("auth", True), ("books", False), ("orders", False), ("postgres", False)):
            url = f"postgresql://auth:{password}@127.0.0.1/{database}"
            done = self.project.run("exec", "-T", "postgres", "psql", "-X", "-c", "SELECT 1", url)
            expect(f"auth opens {database}", done.returncode == 0, opens)

    def first_admin(self) -> None:
        """Make it as docs/deployment.md says, with the password on standard input."""
        command = ["python", "-m", "auth_service.accounts_command", "create-admin", ADMIN, "--password-stdin"]
        self.project.require("exec", "-T", "auth-service", *command, said=f"{PASSWORD}\n")
        admin = self._sign_in(ADMIN)
        expect("role", self.project.call("GET", "/auth/me", token=admin).json()["role"], "admin")

    def sign_in(self) -> None:
        """Register, sign in, and ask who it is."""
        weak = self.project.call("POST", "/auth/register", email=BUYER, password=PASSWORD[:3])
        expect("weak password", weak.status, HTTPStatus.UNPROCESSABLE_ENTITY)
        registered = self.project.call("POST", "/auth/register", email=BUYER, password=PASSWORD)
        expect("register", registered.status, HTTPStatus.CREATED)
        self.token = self._sign_in(BUYER)
        expect("me", self._get("/auth/me")["email"], BUYER)
        expect("wrong password", self._login(BUYER, "not that one").status, HTTPStatus.UNAUTHORIZED)

    def sample_catalogue(self) -> None:
        """Wait for the one-shot that loads it, then count as this machine's operator can: in the database."""
        script = "SELECT count(*) FROM books"
        psql = ("exec", "-T", "postgres", "psql", "-X", "-A", "-t", "-U", "postgres", "-d", "books", "-c", script)
        count = _eventually(lambda: int(self.project.require(*psql)), lambda count: count > 0)
        expect("at least 240 books", count >= 240, wanted=True)  # noqa: PLR2004

    def place_order(self) -> None:
        """Add a book with three copies as the administrator, and let the reader order two."""
        admin = self._sign_in(ADMIN)
        added = self.project.call(
            "POST", "/books", token=admin, title="The Container Book", price="9.99", stock=3, author="A. Docker"
        )
        expect("add a book", added.status, HTTPStatus.CREATED)
        self.book = added.json()["id"]
        lines = [{"book_id": self.book, "quantity": 2}]
        placed = self.project.call("POST", "/orders", token=self.token, items=lines)
        expect("order", placed.status, HTTPStatus.CREATED)
        self.order = placed.json()["id"]
        expect("total", self._get(f"/orders/{self.order}")["total"], "19.98")
        expect("copies left", self._get(f"/books/{self.book}")["available"], 1)

    def down_and_up(self) -> None:
        """Take the containers away, keep the volume, and sign in again."""
        self.project.require("down", "--timeout", "20")
        self.project.require("up", "--detach")
        self.project.wait_until_ready(READY_SECONDS)
        self.token = self._sign_in(BUYER)
        expect("status", self._get(f"/orders/{self.order}")["status"], "placed")

    def cancel_order(self) -> None:
        """Cancel, and wait for the copies."""
        cancelled = self.project.call("POST", f"/orders/{self.order}/cancel", token=self.token)
        expect("cancel", cancelled.status, HTTPStatus.OK)
        back = _eventually(lambda: self._get(f"/books/{self.book}")["available"], lambda copies: copies == 3)  # noqa: PLR2004
        expect("copies available", back, 3)

    def pages(self) -> None:
        """Open the sign-in page and the page of the API, and find nothing internal."""
        page = self.project.call("GET", "/sign-in", port="WEB_PORT")
        expect("sign-in page", (page.status, b"<form" in page.body), (HTTPStatus.OK, True))
        expect("API page", self.project.call("GET", "/docs").status, HTTPStatus.OK)
        expect("internal path", self.project.call("GET", "/internal/revocations").status, HTTPStatus.NOT_FOUND)

    def logs(self) -> None:
        """Read the last line of each service."""
        for service, container in self.project.containers().items():
            if service in SERVICES:
                lines = _log_of(container["Id"])
                expect(f"{service} logs something", bool(lines), wanted=True)
                json.loads(lines[-1])

    def _login(self, email: str, password: str) -> Answer:
        return self.project.call("POST", "/auth/login", form={"username": email, "password": password})

    def _sign_in(self, email: str) -> str:
        answer = self._login(email, PASSWORD)
        expect(f"sign in as {email}", answer.status, HTTPStatus.OK)
        return str(answer.json()["access_token"])

    def _get(self, path: str) -> dict[str, Any]:
        answer = self.project.call("GET", path, token=self.token)
        expect(f"GET {path}", answer.status, HTTPStatus.OK)
        found: dict[str, Any] = answer.json()
        return found


def go_through(flow: Flow) -> int:
    """Run the steps until one fails, printing a line for each; return how many passed, negative when one failed."""
    for number, (what, step) in enumerate(flow.steps(), start=1):
        started = time.monotonic()
        try:
            step()
        except (NotAsItShouldBeError, RuntimeError, ValueError, OSError, subprocess.SubprocessError) as problem:
            print(f"FAILED   {what}: {problem}", flush=True)
            show_logs(flow.project)
            return -number
        print(f"passed   {what} ({time.monotonic() - started:.1f} s)", flush=True)
    return len(flow.steps())


def show_logs(project: Project) -> None:
    """Print the end of each container's log."""
    print(project.run("ps").stdout)
    print(project.run("logs", "--no-color", "--tail", "15").stdout[-12_000:])


def show_images(project: Project) -> None:
    """Print how large each image is, and how much of that is the service's own."""
    for service in SERVICES:
        size = int(docker("image", "inspect", "--format", "{{.Size}}", f"quire-{service}:{project.name}"))
        layers = docker("history", "--human=false", "--format", "{{.Size}}", "python:3.11-slim-bookworm").split()
        print(
            f"         {service:14} {size / 1e6:4.0f} MB, {(size - sum(map(int, layers))) / 1e6:4.0f} MB of it its own"
        )


def main() -> int:
    """Run the command line."""
    compose = find_compose()
    if compose is None:
        print("skipped: no Docker engine with Compose answers on this machine")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory(prefix="quire-compose-") as folder:
        project = Project(Path(folder), compose)
        print(f"as {project.name}, with {' '.join(compose)}", flush=True)
        try:
            result = go_through(Flow(project))
            if result > 0:
                show_images(project)
        finally:
            if not os.environ.get("KEEP"):
                project.write_settings()
                project.remove()
    passed, failed = (result, 0) if result > 0 else (-result - 1, 1)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed


def _eventually(look: Callable[[], int], enough: Callable[[int], bool]) -> int:
    deadline = time.monotonic() + 30
    seen = look()
    while not enough(seen) and time.monotonic() < deadline:
        time.sleep(0.5)
        seen = look()
    return seen


def _log_of(container: str) -> list[str]:
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).strip().splitlines()


def _address_of_this_machine() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # nothing is sent; the system only picks the address it would use
        except OSError:
            return ""
        address: str = asked.getsockname()[0]
    return "" if address.startswith("127.") else address


def _is_open(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
