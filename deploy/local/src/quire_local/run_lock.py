"""One launcher per checkout: a lock that the system takes back when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from quire_local.layout import CannotStartError

STOP_SECONDS = 60


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at `path`. Raises CannotStartError if somebody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = holder_of(path)
            message = f"Quire is already running (process {holder}); stop it with `make down`."
            raise CannotStartError(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder_of(path: Path) -> int | None:
    """Return the process id of the launcher that holds the lock, or None if nobody does."""
    try:
        with path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                content = file.read().strip()
                return int(content) if content.isdecimal() else 0
    except FileNotFoundError:
        pass
    return None


def stop_holder(path: Path, process_id: int) -> None:
    """Ask the running launcher to stop and wait until it did. Raises CannotStartError if it cannot be stopped."""
    try:
        os.kill(process_id, signal.SIGTERM)
        if not _released(path, STOP_SECONDS):
            os.kill(process_id, signal.SIGKILL)
            _released(path, STOP_SECONDS)
    except ProcessLookupError:
        return
    except PermissionError:
        message = f"Quire was started by another user (process {process_id}); stop it as that user or as root."
        raise CannotStartError(message) from None


def _released(path: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while holder_of(path) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
