"""Migrations of several services at once."""

import asyncio
import os

import pytest

from quire_local.layout import Layout, Service
from quire_local.migrations import migrate

# Stands for a migration under way: says who it is and takes a moment to end when asked to.
ENVIRONMENT = """
import os, pathlib, signal, sys, time
def end(*_):
    time.sleep(@SECONDS@)
    sys.exit(1)
signal.signal(signal.SIGTERM, end)
pathlib.Path("@FLAG@").write_text(str(os.getpid()))
time.sleep(60)
"""


@pytest.fixture
def layout(tmp_path):
    services = tuple(Service(name, name, name.upper(), 0, database=name) for name in ("quick", "slow"))
    for service, seconds in zip(services, ("0", "0.5"), strict=True):
        folder = tmp_path / service.name / "migrations"
        folder.mkdir(parents=True)
        (folder.parent / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        program = ENVIRONMENT.replace("@FLAG@", str(tmp_path / service.name / "flag")).replace("@SECONDS@", seconds)
        (folder / "env.py").write_text(program)
    return Layout(tmp_path, services)


async def test_when_they_are_called_off_none_is_left_running(layout):
    flags = [layout.root / service.name / "flag" for service in layout.services]
    running = asyncio.create_task(migrate(layout, dict(os.environ), None))
    async with asyncio.timeout(30):
        while not all(flag.exists() and flag.read_text() for flag in flags):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for flag in flags:
        with pytest.raises(ProcessLookupError):
            os.kill(int(flag.read_text()), 0)
