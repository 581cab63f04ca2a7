"""Files that only their owner may read, replaced as a whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from quire_local.layout import CannotStartError


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` with mode 0600; after a crash the file is the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in `path`, an empty one if there is no file. Raises CannotStartError if it is no JSON."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        content = None
    if not isinstance(content, dict):
        message = f"The file {path} is damaged; restore it, or delete it and start again."
        raise CannotStartError(message)
    return content


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object that `read_json` reads."""
    write_private(path, json.dumps(content, indent=2, sort_keys=True) + "\n")
