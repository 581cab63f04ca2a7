"""Write `.env` from `.env.example` with fresh secrets, or add to one those that it lacks. Needs only Python 3.11."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RANDOM = (
    "POSTGRES_PASSWORD",
    "AUTH_DATABASE_PASSWORD",
    "BOOK_DATABASE_PASSWORD",
    "ORDER_DATABASE_PASSWORD",
    "AUTH_REFRESH_SECRET",
    "AUTH_DATA_SECRET",
    "ORDER_CLIENT_SECRET",
    "GATEWAY_CLIENT_SECRET",
    "WEB_CLIENT_SECRET",
    "WEB_SECRET",
)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# PKCS#8 (RFC 5958) around an ECPrivateKey (RFC 5915) on prime256v1. Both leave the public key out, which follows from
# the 32 bytes of the private one that come after this.
P256_PREFIX = bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420")


def signing_key() -> str:
    """Return a new P-256 private key as base64 of its PKCS#8 DER, on one line."""
    private = secrets.randbelow(P256_ORDER - 1) + 1
    return base64.b64encode(P256_PREFIX + private.to_bytes(32, "big")).decode()


def fresh_secrets() -> dict[str, str]:
    """Return a value for every secret; hexadecimal, since passwords become part of database URLs."""
    return {name: secrets.token_hex(32) for name in RANDOM} | {"AUTH_SIGNING_KEY": signing_key()}


def filled(example: str, values: dict[str, str]) -> str:
    """Return the text of `.env.example` with the values in their lines. Raises ValueError for one without a line."""
    missing = dict(values)
    lines = []
    for line in example.splitlines():
        name, equals, _ = line.partition("=")
        lines.append(f"{name}={missing.pop(name)}" if equals and name in missing else line)
    if missing:
        message = f".env.example has no line for {', '.join(sorted(missing))}"
        raise ValueError(message)
    return "\n".join(lines) + "\n"


def completed(text: str, values: dict[str, str]) -> tuple[str, list[str]]:
    """Return an `.env` with the secrets that it lacks, and their names; what it has stays as it is."""
    parts = (line.partition("=") for line in text.splitlines())
    given = {name.strip() for name, _, value in parts if value.strip(" \t\"'")}
    missing = {name: value for name, value in values.items() if name not in given}
    lines = []
    left = dict(missing)
    for line in text.splitlines():
        name = line.partition("=")[0].strip()
        lines.append(f"{name}={left.pop(name)}" if name in left and "=" in line else line)
    if left:
        lines += ["", "# Secrets of a newer version of Quire.", *(f"{name}={value}" for name, value in left.items())]
    return "\n".join(lines) + "\n", list(missing)


def main() -> int:
    """Write the file, readable by its owner alone; to one that is there, add what it lacks and change nothing else."""
    path = ROOT / ".env"
    text = filled((ROOT / ".env.example").read_text(encoding="utf-8"), fresh_secrets())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return complete(path)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{path} now holds fresh secrets; keep a copy of it in a safe place")
    return 0


def complete(path: Path) -> int:
    """Add to an `.env` that is there the secrets that it lacks, after an upgrade for example."""
    path = path.resolve()
    text, added = completed(path.read_text(encoding="utf-8"), fresh_secrets())
    if not added:
        print(f"{path} holds all secrets already and was left alone; a running shop needs those in it")
        return 0
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    shutil.copystat(path, unfinished)
    unfinished.replace(path)
    print(f"{path} lacked {', '.join(added)} and has them now; all else in it is as it was")
    return 0


if __name__ == "__main__":
    sys.exit(main())
