#!/usr/bin/env python3
"""Prepare .venv from the locked requirements with nothing but Python, then run `quire_local` in it.

    python3 deploy/local/bootstrap.py up        install what is missing, then start the shop
    python3 deploy/local/bootstrap.py admin EMAIL   make somebody its administrator
    python3 deploy/local/bootstrap.py --dev     install what the tests need too, and stop there

Standard library only, and readable by a Python from 3.6 on, so that the first thing an old one says is a clear
sentence. A second run finds nothing changed and installs nothing.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

OLDEST = (3, 11)
CANDIDATES = ("python3.11", "python3", "python3.12", "python3.13", "python3.14", "python")
ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = ROOT / "var" / "log" / "install.log"
TOOLS = "requirements/bootstrap.txt"
LOCKS = {"local": "requirements/local.txt", "dev": "requirements/dev.txt"}
MEMBERS = ("service-kit", "auth-service", "book-service", "order-service", "gateway", "web-frontend", "deploy/local")
STARTED_SETTING = "QUIRE_STARTED_AT"
CHOSEN_SETTING = "QUIRE_PYTHON_CHOSEN"
SAY_AGAIN_SECONDS = 10
NO_NETWORK = (
    "dns error",
    "error sending request",
    "Failed to fetch",
    "timed out",
    "ConnectionError",
    "No matching distribution found",
    "Max retries exceeded",
    "Network is unreachable",
    "Temporary failure in name resolution",
)
WRONG_HASH = ("Hash mismatch", "DO NOT MATCH")
MISLEADING = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "UV_PROJECT_ENVIRONMENT")


class CannotInstallError(Exception):
    """The message is one sentence for a person."""


def step(text: str) -> None:
    """Say what is being done now, with the seconds since the start."""
    print(f"[{time.time() - float(os.environ[STARTED_SETTING]):5.1f} s] {text}", flush=True)


def use_a_fitting_python() -> None:
    """Go on in another Python if this one is too old, is not 3.11 although there is one, or lacks venv."""
    if os.environ.pop(CHOSEN_SETTING, None):
        return
    abilities = {}
    for name in CANDIDATES:
        path = shutil.which(name)
        if path and path not in abilities:
            abilities[path] = ability(path)
            if abilities[path] == "fits":
                os.environ[CHOSEN_SETTING] = "1"
                os.execv(path, [path, str(Path(__file__).resolve()), *sys.argv[1:]])  # noqa: S606 - no shell wanted
    if "no venv" in abilities.values():
        message = (
            "Python's venv module is missing; install it (Debian, Ubuntu: apt install python3-venv) and try again."
        )
        raise CannotInstallError(message)
    wanted, found = (".".join(str(part) for part in version[:2]) for version in (OLDEST, sys.version_info))
    message = f"Quire needs Python {wanted} or newer and found only {found}; install a newer one and try again."
    raise CannotInstallError(message)


def ability(path: str) -> str:
    """Return "fits", "no venv" or "too old" for the Python at `path`."""
    script = f"import sys; print(sys.version_info >= {OLDEST}); import venv, ensurepip; print('venv')"
    try:
        asked = subprocess.run([path, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return "too old"
    words = asked.stdout.decode().split()
    if words[:1] != ["True"]:
        return "too old"
    return "fits" if words[1:] == ["venv"] else "no venv"


def prepare(kind: str) -> None:
    """Install, one process at a time, unless another one has just done it."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (ROOT / "var" / "install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            step("Waiting for another installation to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if is_prepared(kind):
            return
        # Once the tests' packages are in, they stay in: make up after make test takes nothing away.
        kind = "dev" if "dev" in installed() else kind
        with LOG.open("w", errors="replace") as log:
            if STAMP.exists():
                STAMP.unlink()
            install(kind, log)
        unfinished = STAMP.with_name(".installed.json")
        unfinished.write_text(json.dumps({name: digest_of(name) for name in sorted({"local", kind})}))
        unfinished.replace(STAMP)


def is_prepared(kind: str) -> bool:
    """Tell whether nothing has to be installed."""
    return kind in installed() and installed()[kind] == digest_of(kind)


def installed() -> dict:
    """Return what the last complete installation left: the digest of each kind that is satisfied."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def digest_of(kind: str) -> str:
    """Return a digest of everything that decides what is installed for `kind`."""
    digest = hashlib.sha256(repr((str(ROOT), version_in_venv(), kind)).encode())
    for name in (TOOLS, LOCKS[kind], *(f"{member}/pyproject.toml" for member in MEMBERS)):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def version_in_venv() -> str:
    """Return the version of the environment's Python; empty if a copied folder or an upgraded system broke it."""
    script = "import os, sys, sysconfig; print(sys.version if os.path.isdir(sysconfig.get_path('purelib')) else '')"
    try:
        asked = subprocess.run(
            [str(PYTHON), "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return ""
    return asked.stdout.decode().strip()


def install(kind: str, log: TextIO) -> None:
    """Bring .venv to the state that the locks describe. Raises CannotInstallError."""
    uv, python, lock = str(VENV / "bin" / "uv"), str(PYTHON), LOCKS[kind]
    if not version_in_venv():
        shutil.rmtree(str(VENV), ignore_errors=True)
        require(succeeded=run(log, "Making the virtual environment .venv", sys.executable, "-m", "venv", str(VENV)))
    if subprocess.run([python, "-m", "pip", "--version"], stdout=log, stderr=log, check=False).returncode:
        require(succeeded=run(log, "Putting pip into .venv", python, "-m", "ensurepip"))
    pip = (python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r")
    require(succeeded=run(log, "Installing the installer (uv)", *pip, TOOLS))
    by_uv = (uv, "pip", "install", "--compile-bytecode", "--require-hashes", "-r", lock)
    if not run(log, f"Installing the packages of {lock}", *by_uv):
        # pip may know of a mirror, a proxy or its certificate that uv does not.
        require(succeeded=run(log, "Trying the same with pip", *pip, lock))
    editable = [part for member in MEMBERS for part in ("-e", member)]
    by_uv = (uv, "pip", "install", "--offline", "--no-deps", "--no-build-isolation", *editable)
    require(succeeded=run(log, "Linking the services into .venv", *by_uv))


def run(log: TextIO, said: str, *command: str) -> bool:
    """Run a command whose output goes to the log; while it takes long, say so. Return whether it succeeded."""
    step(said)
    log.write("\n$ {}\n".format(" ".join(command)))
    log.flush()
    environment = dict(
        os.environ, VIRTUAL_ENV=str(VENV), PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore"
    )
    for name in MISLEADING:
        environment.pop(name, None)
    process = subprocess.Popen(
        command, cwd=str(ROOT), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
    )
    try:
        while True:
            try:
                return process.wait(SAY_AGAIN_SECONDS) == 0
            except subprocess.TimeoutExpired:
                step("  still at it")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def require(*, succeeded: bool) -> None:
    """Raise CannotInstallError with the likely reason unless the last command succeeded."""
    if succeeded:
        return
    said = LOG.read_text(errors="replace").rpartition("\n$ ")[2]
    if "No space left on device" in said:
        reason = "The disk is full"
    elif any(sign in said for sign in WRONG_HASH):
        reason = "A downloaded package is not the one that was locked, so it was not installed"
    elif any(sign in said for sign in NO_NETWORK):
        reason = "The packages could not be downloaded; check the network connection and try again"
    else:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        reason = "The installation failed: {}".format(lines[-1] if lines else "no reason given")
    message = f"{reason} (details: {LOG.relative_to(ROOT)})."
    raise CannotInstallError(message)


def main() -> int:
    """Run the command line."""
    os.environ.setdefault(STARTED_SETTING, repr(time.time()))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="install what the tests need too")
    parser.add_argument("command", nargs="?", choices=("up", "down", "reset", "admin"))
    parser.add_argument("email", nargs="?", help="whom to make administrator")
    options = parser.parse_args()
    try:
        if options.command == "down" and not installed():  # without an installation nothing can be running
            step("Quire is not running")
            return 0
        if options.command != "down":
            kind = "dev" if options.dev else "local"
            if not is_prepared(kind):
                use_a_fitting_python()
                prepare(kind)
    except CannotInstallError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130
    if options.command:
        os.chdir(str(ROOT))
        arguments = [options.command, *([options.email] if options.email else [])]
        os.execv(str(PYTHON), [str(PYTHON), "-m", "quire_local", *arguments])  # noqa: S606 - no shell wanted
    return 0


if __name__ == "__main__":
    sys.exit(main())
