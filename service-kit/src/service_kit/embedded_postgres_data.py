"""The data folder of an embedded PostgreSQL: made, checked, unlocked, and what it means when the server complains."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from service_kit.embedded_postgres_place import DataUnusableError, EmbeddedPostgresError, Place, give_folder
from service_kit.tied_process import command_line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MAJOR_VERSION = "18"
# The builtin locale decides on case and order; pg_trgm and a few others still ask the operating system which
# characters are letters, and under C only ASCII is. The name of a UTF-8 locale differs between systems.
_CHARACTER_LOCALES = ("C.UTF-8", "en_US.UTF-8", "UTF-8", "C")
_COMPLAINT = re.compile(r"^.*?\b(?:FATAL|PANIC|ERROR|error):\s*")


class DataFolder:
    """The data of one server that is not running."""

    def __init__(self, place: Place, *, durable: bool) -> None:
        """Without `durable`, a new folder is not forced to the disk."""
        self.path = place.data
        self._place = place
        self._durable = durable

    @property
    def exists(self) -> bool:
        """Tell whether there is a database in the folder, of whatever version."""
        return (self.path / "PG_VERSION").exists()

    @property
    def lock(self) -> list[str]:
        """Return the lines of the lock file: process id, folder, start time, port, …; none if there is no lock."""
        return _lines_of(self.path / "postmaster.pid")

    def make(self, superuser_password: str) -> None:
        """Initialise the folder, which is missing or empty."""
        if self.path.exists() and any(self.path.iterdir()):
            message = f"The folder {self.path} holds files that are not a PostgreSQL database."
            raise DataUnusableError(message)
        give_folder(self.path, self._place.user)
        for leftover in self.path.parent.glob(f"{self.path.name}.unfinished-*"):
            shutil.rmtree(leftover)
        # Made beside and renamed, so that an interrupted start leaves nothing that looks like a database.
        unfinished = Path(tempfile.mkdtemp(prefix=f"{self.path.name}.unfinished-", dir=self.path.parent))
        try:
            give_folder(unfinished, self._place.user)
            self._initdb(unfinished, superuser_password)
            unfinished.rename(self.path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def check(self) -> None:
        """Raise EmbeddedPostgresError unless this version's server may open the folder now."""
        version = (self.path / "PG_VERSION").read_text(errors="replace").strip()
        if version != MAJOR_VERSION:
            kind = f"of PostgreSQL {version}" if version.isdecimal() else "damaged"
            message = f"The data in {self.path} is {kind}; this server is PostgreSQL {MAJOR_VERSION}."
            raise DataUnusableError(message)
        if (process_id := self.running_server()) is not None:
            message = f"Another PostgreSQL (process {process_id}) is using the data in {self.path}."
            raise EmbeddedPostgresError(message)
        # PostgreSQL itself ignores the lock of a dead server, but not when some other process has its number now.
        (self.path / "postmaster.pid").unlink(missing_ok=True)

    def running_server(self) -> int | None:
        """Return the process id of a server that is running on this folder."""
        first = self.lock[:1]
        process_id = int(first[0]) if first and first[0].isdecimal() else None
        if process_id is None or str(self.path) not in command_line_of(process_id):
            return None
        return process_id

    def set_superuser_password(self, password: str) -> None:
        """Change the password while no server runs, in PostgreSQL's single-user mode."""
        statement = f"ALTER ROLE postgres PASSWORD {quoted(password)}\n"
        done = self._run("postgres", ["--single", "-D", str(self.path), "postgres"], statement)
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise self.error_from(done.stderr)

    def error_from(self, output: str) -> EmbeddedPostgresError:
        """Return what PostgreSQL's own words of failure mean, as an error of one sentence."""
        if "No space left on device" in output:
            return EmbeddedPostgresError(f"The disk that holds {self.path} is full.")
        lines = output.splitlines() or ["it gave no reason"]
        complaint = _COMPLAINT.sub("", next((line for line in reversed(lines) if _COMPLAINT.match(line)), lines[-1]))
        if "Permission denied" in complaint or "Read-only file system" in complaint:
            return EmbeddedPostgresError(f"PostgreSQL may not write to {self.path}: {complaint}.")
        return DataUnusableError(f"PostgreSQL cannot start with the data in {self.path}: {complaint}.")

    def _initdb(self, folder: Path, superuser_password: str) -> None:
        options = ["-D", str(folder), "-U", "postgres", "--auth=scram-sha-256", "--no-instructions"]
        options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self._durable else ["--no-sync"]
        with self._password_file(folder.parent, superuser_password) as password_file:
            for characters in _CHARACTER_LOCALES:
                done = self._run("initdb", [*options, f"--pwfile={password_file}", f"--lc-ctype={characters}"])
                if done.returncode == 0:
                    return
                if "invalid locale name" not in done.stderr:
                    break
        raise self.error_from(done.stderr)

    @contextlib.contextmanager
    def _password_file(self, folder: Path, password: str) -> Iterator[str]:
        handle, path = tempfile.mkstemp(prefix=f"{self.path.name}.unfinished-", dir=folder)
        try:
            os.write(handle, password.encode())
            if self._place.user:
                os.fchown(handle, *self._place.user.ids)
            yield path
        finally:
            os.close(handle)
            Path(path).unlink()

    def _run(self, program: str, arguments: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
        user = self._place.user
        return subprocess.run(  # noqa: S603 - our own program
            [str(self._place.programs / program), *arguments],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment(),
            cwd="/",  # the folder we are in may be closed to the server's user
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            check=False,
        )


def environment() -> dict[str, str]:
    """Return ours without PostgreSQL's own settings, which would redirect its programs, and with English messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def quoted(text: str) -> str:
    """Return `text` as an SQL string. Raises EmbeddedPostgresError for what a psql script could misread."""
    if any(character in text for character in "\0\\\n"):
        message = "A password may not hold NUL, backslash or line end."
        raise EmbeddedPostgresError(message)
    return "'" + text.replace("'", "''") + "'"


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
