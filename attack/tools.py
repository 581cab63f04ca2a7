"""The tools that only the attacks need, in an environment of their own so that nothing of them gets into the shop's."""

import hashlib
import subprocess
import sys
from pathlib import Path

from attack.report import say
from attack.shop import ROOT

LOCK = ROOT / "requirements" / "attack.txt"
PLACE = ROOT / "var" / "attack" / "tools"
_STAMP = PLACE / "installed.txt"
_UV = Path(sys.executable).parent / "uv"


class CannotInstall(Exception):
    """The tools are not there and cannot be had."""


def tool(name: str) -> str:
    """Return the path of a tool, after installing all of them if the lock has changed. Raises ``CannotInstall``."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not _STAMP.exists() or _STAMP.read_text(encoding="utf-8") != wanted:
        _install()
        _STAMP.write_text(wanted, encoding="utf-8")
    return str(PLACE / "bin" / name)


def _install() -> None:
    say(f"installing {LOCK.relative_to(ROOT)} into {PLACE.relative_to(ROOT)}")
    python = str(PLACE / "bin" / "python")
    make = [str(_UV), "venv", "--quiet", "--clear", "--python", sys.executable, str(PLACE)]
    fill = [str(_UV), "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(LOCK)]
    for command in (make, fill):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own commands)
        if done.returncode:
            raise CannotInstall(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else command[1])
