"""``python -m quire_local up|down|reset|admin``."""

from __future__ import annotations

import argparse
import errno
import sys

from quire_local.admin import make_admin
from quire_local.closing import close_shop, delete_data
from quire_local.console import Console
from quire_local.launcher import open_shop
from quire_local.layout import CannotStartError, Layout, this_checkout


def run(command: str, layout: Layout, email: str | None = None) -> int:
    """Run one command and return the exit code: 0, or 1 with one sentence."""
    console = Console(layout.services)
    try:
        if command == "up":
            open_shop(layout, console)
        elif command == "down":
            close_shop(layout, console)
        elif command == "admin":
            make_admin(layout, console, email)
        else:
            delete_data(layout, console)
    except KeyboardInterrupt:
        console.plain("")
    except CannotStartError as error:
        for line in str(error).splitlines():
            console.trouble(line)
        return 1
    except OSError as error:
        console.trouble(_sentence(error))
        return 1
    if command == "up":
        console.done("Stopped")
    return 0


def _sentence(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full."
    if isinstance(error, PermissionError):
        return f"{error.filename} belongs to another user; start as that user, or remove it."
    return f"{error.filename or 'A file'} cannot be used: {(error.strerror or str(error)).lower()}."


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="quire_local", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "reset", "admin"))
    parser.add_argument("email", nargs="?", help="whom to make administrator")
    options = parser.parse_args()
    return run(options.command, this_checkout(), options.email)


if __name__ == "__main__":
    sys.exit(main())
