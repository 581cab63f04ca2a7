"""Whole runs: every kind of fault once, and what is left when a run is killed itself."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_WAIT = 60


def command(folder, *more):
    return [sys.executable, "-m", "proof", "--folder", str(folder), *more]


def test_with_every_kind_of_fault_once_all_is_right(tmp_path):
    folder = tmp_path / "run"
    done = subprocess.run(
        command(folder, "--focus", "each", "--seconds", "20", "--seed", "20", "--without-opening"),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-5000:] + done.stderr.decode()[-2000:]
    report = json.loads((folder / "report.json").read_text())
    assert report["calls"] > 100
    assert sum(report["faults"].values()) >= 10


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder that PostgreSQL reaches as another user, too."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


def test_a_run_that_is_killed_leaves_nothing_behind(tmp_path, temporary):
    folder = tmp_path / "run"
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command(folder, "--focus", "calm", "--seconds", "60"), cwd=ROOT, env=environment) as run:
        try:
            started = _wait_for(lambda: _started(folder))
        finally:
            run.kill()
    _wait_for(lambda: not any(_is_running(pid) for pid in started))
    _wait_for(lambda: not any(temporary.iterdir()))


def _started(folder):
    """Return the processes of the services, once they have been started, as the log has them."""
    log = folder / "history.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    return [json.loads(line)["pid"] for line in lines if '"pid"' in line and line.endswith("}")]


def _is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(condition):
    deadline = time.monotonic() + LONGEST_WAIT
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
