"""The process ids of the running services, so that those of a killed launcher can be ended later.

On Linux they end with the launcher; elsewhere, and in the moment before they have ended, this file finds them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time

from quire_local.child_process import kill_group
from quire_local.layout import Layout
from quire_local.private_file import read_json, write_json
from service_kit.tied_process import command_line_of

GRACE_SECONDS = 10


def record(layout: Layout, processes: dict[str, int]) -> None:
    """Keep which process runs which package."""
    write_json(layout.children, dict(processes))


def end_left_over(layout: Layout) -> list[str]:
    """End the recorded processes that are still ours; return the names of their packages."""
    left = {name: pid for name, pid in read_json(layout.children).items() if _is_ours(name, pid)}
    for process_id in left.values():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process_id, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(_is_ours(name, pid) for name, pid in left.items()) and time.monotonic() < deadline:
        time.sleep(0.05)
    for name, process_id in left.items():
        if _is_ours(name, process_id):
            kill_group(process_id)
    layout.children.unlink(missing_ok=True)
    return sorted(left)


def _is_ours(package: str, process_id: int) -> bool:
    # The number may belong to another process by now.
    return f"-m {package}" in command_line_of(process_id)
