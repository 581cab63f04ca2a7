"""Write `.env` from `.env.example` with fresh secrets in it. Needs nothing but Python 3.11."""

from __future__ import annotations

import base64
import os
import secrets
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


def main() -> int:
    """Write the file, readable by its owner alone; never replace one that is there."""
    path = ROOT / ".env"
    text = filled((ROOT / ".env.example").read_text(encoding="utf-8"), fresh_secrets())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{path} is there already and was left alone; a running shop needs the secrets in it", file=sys.stderr)
        return 1
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{path} now holds fresh secrets; keep a copy of it in a safe place")
    return 0


if __name__ == "__main__":
    sys.exit(main())
