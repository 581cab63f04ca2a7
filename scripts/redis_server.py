"""Find a Redis for the gateway's tests, or install the system's where that is possible without asking."""

from __future__ import annotations

import shutil

from debian import apt_get, apt_get_works

COMMANDS = ("redis-server", "valkey-server")


def redis_environment() -> dict[str, str]:
    """See to it that there is a Redis if there can be one; without any the tests take a stand-in."""
    if not any(map(shutil.which, COMMANDS)) and apt_get_works():
        print("         installing the system's Redis for the gateway's tests", flush=True)
        apt_get(COMMANDS[0])
    return {}
