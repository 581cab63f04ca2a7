"""Find a Chromium for the browser tests, or install one where that is possible without asking."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from steps import CannotRunError

SETTINGS = ("PLAYWRIGHT_CHROMIUM_EXECUTABLE", "CHROMIUM")
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "The browser tests need Chromium. Install the system's (`apt-get install chromium`), or Playwright's own "
    "(`.venv/bin/playwright install --with-deps chromium`), or name one in PLAYWRIGHT_CHROMIUM_EXECUTABLE."
)


def browser_environment() -> dict[str, str]:
    """Return the variable that tells the browser tests which Chromium to start; empty for Playwright's own.

    Raises CannotRunError with what to do when there is none and none can be installed.
    """
    for setting in SETTINGS:
        if path := os.environ.get(setting):
            if shutil.which(path) is None:
                message = f"{setting} names {path}, which is no program."
                raise CannotRunError(message)
            return {SETTINGS[0]: path}
    if _playwrights_own():
        return {}
    found = _of_the_system() or _from_debian()
    if found:
        return {SETTINGS[0]: found}
    if _from_playwright():
        return {}
    raise CannotRunError(NO_BROWSER)


def _playwrights_own() -> bool:
    script = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright:\n"
        "    print(playwright.chromium.executable_path)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return shown.returncode == 0 and Path(shown.stdout.strip()).is_file()


def _of_the_system() -> str | None:
    return next((path for path in map(shutil.which, COMMANDS) if path), None)


def _from_debian() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("         installing the system's Chromium for the browser tests", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *arguments], env=quiet, capture_output=True, check=False)
    return _of_the_system()


def _from_playwright() -> bool:
    print("         installing Playwright's Chromium for the browser tests", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0
    except subprocess.TimeoutExpired:
        return False
