"""A Redis of the tests' own: the system's server, or where there is none a stand-in that speaks the same protocol."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from fakeredis import TcpFakeServer

COMMANDS = ("redis-server", "valkey-server")
PATIENCE = 10.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextlib.contextmanager
def running_redis(port: int) -> Iterator[None]:
    """Run a Redis that keeps nothing, until the block ends."""
    command = next(filter(None, map(shutil.which, COMMANDS)), None)
    with _server(command, port) if command else _stand_in(port):
        yield


@contextlib.contextmanager
def _server(command: str, port: int) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        with subprocess.Popen([command, *options], stdout=log, stderr=log) as process:
            try:
                _wait_until_listening(port)
                yield
            finally:
                process.kill()


@contextlib.contextmanager
def _stand_in(port: int) -> Iterator[None]:
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait_until_listening(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise TimeoutError


class Frozen:
    """A Redis that takes connections and never answers."""

    def __init__(self) -> None:
        self.port = 0

    @contextlib.asynccontextmanager
    async def listening(self):
        async def keep(reader, writer):
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()

        server = await asyncio.start_server(keep, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
