"""Copies of the services' sources, to plant bugs in."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proof.planted.bug import Bug

ROOT = Path(__file__).parents[2]
MEMBERS = ("service-kit", "auth-service", "book-service", "order-service", "gateway")
_COPIED = ("src", "migrations", "alembic.ini")


@contextmanager
def copy_with(bug: Bug | None) -> Iterator[Path]:
    """Give a folder with the sources, and the bug in them; it is gone afterwards. Raises ``PatchDoesNotFit``."""
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        folder = Path(name)
        for member in MEMBERS:
            for part in _COPIED:
                _copy(ROOT / member / part, folder / member / part)
        for patch in bug.patches if bug else ():
            patch.apply(folder)
        yield folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which the sources of ``folder`` come before those that are installed."""
    roots = [*(str(folder / member / "src") for member in MEMBERS), str(ROOT)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(roots), "PYTHONDONTWRITEBYTECODE": "1"}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
