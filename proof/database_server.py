"""The real PostgreSQL of a run, kept by a process of its own: ``python -m proof.database_server FOLDER PORT PASSWORD``.

Starting and stopping a server takes seconds in which the run has to go on, and a server is tied to whoever started it.
The keeper takes one command per line (``start``, or a way to stop: ``fast``, ``immediate``) and answers each with a
line. When its input ends, because the run has ended or was killed, it stops the server and deletes the data.
"""

import asyncio
import shutil
import signal
import sys
from pathlib import Path

from proof.history import History
from service_kit.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

ROOT = Path(__file__).resolve().parent.parent
DONE = "done"


class DatabaseServer:
    """The run's side of the keeper."""

    def __init__(self, folder: Path, *, port: int, password: str, history: History) -> None:
        """Take a folder for the data, which is deleted at the end, and what the server is to have."""
        self._folder = folder
        self._port = port
        self._password = password
        self._history = history
        self._keeper: asyncio.subprocess.Process | None = None
        self._talking = asyncio.Lock()

    async def start(self) -> None:
        """Start the server, and its keeper if there is none. Raises ``RuntimeError``."""
        if self._keeper is None:
            arguments = [str(self._folder), str(self._port), self._password]
            self._keeper = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "proof.database_server", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
                start_new_session=True,
            )
        await self._ask("start")
        self._history.write("process", name="postgresql", what="started")

    async def stop(self, mode: str) -> None:
        """Stop the server: ``fast`` in order, ``immediate`` as a crash would."""
        self._history.write("process", name="postgresql", what=f"stopped: {mode}")
        await self._ask(mode)

    async def close(self) -> None:
        """Stop the server and delete its data."""
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            await self._keeper.wait()

    def url(self, name: str, *, port: int | None = None, password: str | None = None) -> str:
        """Return the URL of the role ``name``'s database, behind another port if one is given."""
        return f"postgresql://{name}:{password or self._password}@127.0.0.1:{port or self._port}/{name}"

    async def _ask(self, command: str) -> None:
        keeper = self._keeper
        if keeper is None or keeper.stdin is None or keeper.stdout is None:
            message = "PostgreSQL has no keeper"
            raise RuntimeError(message)
        async with self._talking:
            keeper.stdin.write(f"{command}\n".encode())
            await keeper.stdin.drain()
            said = (await keeper.stdout.readline()).decode().strip()
        if said != DONE:
            message = f"PostgreSQL: {said or 'its keeper has ended'}"
            raise RuntimeError(message)


def keep(folder: Path, port: int, password: str) -> None:
    """Obey until the input ends."""
    server = EmbeddedPostgres(folder / "postgresql", port=port, superuser_password=password)
    try:
        for line in sys.stdin:
            print(_obey(server, line.strip(), password), flush=True)  # noqa: T201 (the answer)
    finally:
        server.stop("immediate")
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _obey(server: EmbeddedPostgres, command: str, password: str) -> str:
    try:
        if command == "start":
            is_new = not server.has_data
            server.start()
            if is_new:
                for name in DATABASES:
                    server.create_role_and_database(name, password)
        elif command in {"fast", "immediate"}:
            server.stop("immediate" if command == "immediate" else "fast")
    except EmbeddedPostgresError as error:
        return str(error)
    return DONE


DATABASES = ("auth", "books", "orders")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the run's to handle; it closes our input.
    keep(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
