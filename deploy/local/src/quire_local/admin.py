"""Makes somebody the administrator of the running shop, with the operator's command of auth-service."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

from quire_local import run_lock
from quire_local.console import Console
from quire_local.layout import CannotStartError, Layout

_NEEDED = ("AUTH_DATABASE_URL", "AUTH_DATA_SECRET", "SHOP_NAME")


def make_admin(layout: Layout, console: Console, email: str | None) -> None:
    """Give the account with this address all rights; without one, ask for a password and make it.

    Raises CannotStartError.
    """
    if not email:
        message = "Say who is to be the administrator: make admin EMAIL=you@example.org"
        raise CannotStartError(message)
    if run_lock.holder_of(layout.lock) is None or not layout.environment.exists():
        message = "Quire is not running; start it with `make up`, and say this again in another terminal."
        raise CannotStartError(message)
    environment = os.environ | _environment(layout)
    known = subprocess.run(
        _command("set-role", email, "admin"), env=environment, capture_output=True, text=True, check=False
    )
    if known.returncode == 0:
        console.plain(known.stdout.rstrip())
        return
    source = [] if sys.stdin.isatty() else ["--password-stdin"]
    if subprocess.run(_command("create-admin", email, *source), env=environment, check=False).returncode:
        message = "Nobody became administrator."
        raise CannotStartError(message)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "auth_service.accounts_command", *arguments]


def _environment(layout: Layout) -> dict[str, str]:
    lines = shlex.split(layout.environment.read_text(encoding="utf-8"), comments=True)
    shop = dict(line.partition("=")[::2] for line in lines)
    return {name: shop[name] for name in _NEEDED if name in shop}
