"""Run a command that ends when the process that started it ends.

Started as a script, not imported: ``python -I -S tied_process.py SIGNAL USER PARENT COMMAND…``. It becomes the command
(exec), so that the process id stays the same. On Linux the kernel sends SIGNAL (none if ``-``) to it when its parent
dies, even by SIGKILL; elsewhere the command simply runs. USER is ``uid:gid`` or ``-``; PARENT is the starter.

Changing user here and not through ``subprocess`` matters twice: the kernel forgets the wish when the user changes
after it, and the interpreter may lie where the other user cannot reach it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2), <sys/prctl.h>
CANNOT_RUN = 126


def tied_command(command: list[str], *, ends_with: signal.Signals, user: tuple[int, int] | None = None) -> list[str]:
    """Return `command` wrapped so that it gets the signal `ends_with` when this process dies.

    `user` is (uid, gid) to become first. The kernel ties a process to the thread that started it, and only the main
    one is sure to last, so that there is no tie when this is called from another.
    """
    tie = ends_with.name if threading.current_thread() is threading.main_thread() else "-"
    who = f"{user[0]}:{user[1]}" if user else "-"
    return [sys.executable, "-I", "-S", __file__, tie, who, str(os.getpid()), *command]


def command_line_of(process_id: int) -> str:
    """Return the command line of a process, its parts divided by spaces; empty if there is none."""
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        if Path("/proc/self").exists():
            return ""
    asked = ["ps", "-p", str(process_id), "-o", "args="]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed program


def become(arguments: list[str]) -> None:
    """Turn this process into the command of `arguments`."""
    signal_name, who, parent, *command = arguments
    if who != "-":
        uid, gid = (int(part) for part in who.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux" and signal_name != "-":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.Signals[signal_name]), 0, 0, 0)
        if os.getppid() != int(parent):  # it died before the wish was made
            return
    os.execvp(command[0], command)  # noqa: S606 - the starter's own command, no shell


if __name__ == "__main__":
    try:
        become(sys.argv[1:])
    except OSError as error:
        print(f"cannot run {' '.join(sys.argv[4:5])}: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(CANNOT_RUN)
