"""Short-lived commands of the services: run to the end, or ended with the launcher."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from service_kit.tied_process import tied_command

GRACE_SECONDS = 5


async def run_module(arguments: list[str], *, environment: Mapping[str, str], folder: Path) -> tuple[int, list[str]]:
    """Run ``python -m`` with `arguments`; return its exit code and the lines that it printed."""
    process = await asyncio.create_subprocess_exec(
        *module_command(arguments),
        env=dict(environment),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    ending = asyncio.create_task(process.communicate())
    try:
        printed, _ = await asyncio.shield(ending)
    except asyncio.CancelledError:
        await end_group(process, GRACE_SECONDS)
        await ending  # its pipe must be closed before the event loop is
        raise
    return process.returncode or 0, printed.decode(errors="replace").splitlines()


def module_command(arguments: list[str]) -> list[str]:
    """Return the command of a module in our own Python that ends with us."""
    return tied_command([sys.executable, "-m", *arguments], ends_with=signal.SIGTERM)


async def end_group(process: asyncio.subprocess.Process, seconds: float) -> None:
    """Ask the process to end, and after `seconds` end it and what it started."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(asyncio.shield(process.wait()), seconds)
    except TimeoutError:
        kill_group(process.pid)
        await process.wait()


def kill_group(process_id: int) -> None:
    """End a process that leads a group, and the whole group, at once."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_id, signal.SIGKILL)
