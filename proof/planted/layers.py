"""Runs a layer of the proof on the sources of a folder, and tells whether it has turned red."""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from proof.planted.bug import Rig
from proof.planted.copies import ROOT, environment

_BROKEN = re.compile(r"^model: BROKEN (\S+) after", re.MULTILINE)
_GREEN, _RED = 0, 1


class LayerFailed(Exception):
    """The layer itself could not run, which says nothing about the bug."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a layer has found: the broken invariants, none when it stayed green, and after how long."""

    layer: str
    broken: tuple[str, ...]
    seconds: float
    output: str

    @property
    def is_red(self) -> bool:
        """Tell whether it has found anything."""
        return bool(self.broken)


def run_model(folder: Path, *, seconds: float, seed: int) -> Verdict:
    """Let the model look for ``seconds``, without looking for the shortest way."""
    command = ["-m", "proof.model", "--no-shrink", "--seconds", str(seconds), "--seed", str(seed)]
    done, spent = _run(command, folder, limit=seconds + 60)
    broken = tuple(_BROKEN.findall(done.stdout))
    if done.returncode == _RED and not broken:
        raise LayerFailed(done.stdout[-2000:] + done.stderr[-2000:])
    return Verdict("model", broken, spent, done.stdout + done.stderr)


def run_rig(folder: Path, rig: Rig, *, seed: int) -> Verdict:
    """Let the rig run, with its log beside the sources."""
    log = folder / "log"
    command = ["-m", "proof", "--source", str(folder), "--focus", rig.focus, "--seed", str(seed)]
    command += ["--seconds", str(rig.seconds), "--folder", str(log)]
    done, spent = _run(command, folder, limit=rig.seconds + 180)
    report = log / "report.json"
    found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return Verdict("rig", _violated(found) if done.returncode == _RED else (), spent, done.stdout + done.stderr)


def _violated(report: dict[str, object]) -> tuple[str, ...]:
    checks = report.get("checks")
    names = [str(check["name"]) for check in checks if check["violations"]] if isinstance(checks, list) else []
    return tuple(names) or ("red",)


def _run(command: list[str], folder: Path, *, limit: float) -> tuple[subprocess.CompletedProcess[str], float]:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 (our own commands)
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    if done.returncode not in {_GREEN, _RED}:
        message = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise LayerFailed(message)
    return done, time.monotonic() - began
