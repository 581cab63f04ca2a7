"""A checkout in miniature: two small services in place of the five, one of them with a database."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from quire_local.layout import Layout, Service

SHELF = Service(
    "shelf-service", "stand_in_shelf", "SHELF", 0, database="shelf", private=("SHELF_DATABASE_URL", "SHELF_SECRET")
)
GATEWAY = Service("gateway", "stand_in_gateway", "GATEWAY", 0, faces_people=True, after="shelf-service")
STAND_INS = (SHELF, GATEWAY)

SERVICE = """
import http.server, json, os, signal, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            print("something broke", flush=True)
            os._exit(3)
        body = json.dumps({"first_account": True, "environment": dict(os.environ), "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

def stop(*_):
    print("closed in order", flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
http.server.HTTPServer(("127.0.0.1", int(os.environ["@PREFIX@_PORT"])), Handler).serve_forever()
"""

ALEMBIC_INI = """
[alembic]
script_location = %(here)s/migrations
"""

MIGRATION_ENVIRONMENT = """
from service_kit.migrations import run_migrations
from sqlalchemy import MetaData
run_migrations(MetaData(), url_variable="SHELF_DATABASE_URL")
"""

MIGRATION = """
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.execute("CREATE TABLE shelf (x int)")
"""

DRIVER = """
import sys
sys.path.insert(0, @TESTS@)
from pathlib import Path
from conftest import STAND_INS
from quire_local.__main__ import run
from quire_local.layout import Layout
sys.exit(run(sys.argv[1], Layout(Path(sys.argv[2]), STAND_INS)))
"""


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


@pytest.fixture
def checkout():
    # Not pytest's own folder, which an unprivileged PostgreSQL cannot enter when root runs the tests.
    with tempfile.TemporaryDirectory(prefix="quire-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "packages").mkdir()
        for service in STAND_INS:
            program = SERVICE.replace("@PREFIX@", service.prefix)
            (folder / "packages" / f"{service.package}.py").write_text(program)
        versions = folder / "shelf-service" / "migrations" / "versions"
        versions.mkdir(parents=True)
        (versions / "0001_shelf.py").write_text(MIGRATION)
        (versions.parent / "env.py").write_text(MIGRATION_ENVIRONMENT)
        (folder / "shelf-service" / "alembic.ini").write_text(ALEMBIC_INI)
        yield folder


@pytest.fixture
def layout(checkout):
    return Layout(checkout, STAND_INS)


class Shop:
    """A launcher in a process of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.output = folder / "output.txt"
        self.environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(folder / "packages"), os.environ.get("PYTHONPATH", "")]),
            "SHELF_PORT": str(free_port()),
            "GATEWAY_PORT": str(free_port()),
            "QUIRE_POSTGRES_PORT": str(free_port()),
        }
        self.process = None

    def command(self, name):
        driver = DRIVER.replace("@TESTS@", repr(str(Path(__file__).parent)))
        return [sys.executable, "-c", driver, name, str(self.folder)]

    def open(self):
        self.begin()
        self.wait_for("is open")

    def begin(self):
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                self.command("up"),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def run(self, name, **environment):
        return subprocess.run(
            self.command(name),
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def said(self):
        return self.output.read_text()

    def wait_for(self, words):
        self.wait_until(lambda: words in self.said())

    def wait_until(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline or self.process.poll() is not None:
                pytest.fail(f"waited in vain:\n{self.said()}")
            time.sleep(0.05)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)


@pytest.fixture
def shop(checkout):
    made = Shop(checkout)
    yield made
    made.close()
