"""Find a Chromium for the browser tests, or install one where that is possible without asking."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from debian import apt_get, apt_get_works
from steps import CannotRunError

SETTINGS = ("PLAYWRIGHT_CHROMIUM_EXECUTABLE", "CHROMIUM")
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "The browser tests need Chromium. Install the system's (`apt-get install chromium`), or Playwright's own "
    "(`.venv/bin/playwright install --with-deps chromium`), or name one in PLAYWRIGHT_CHROMIUM_EXECUTABLE."
)


NO_DRIVER = (
    "Playwright's driver does not start: {reason}. On Debian and Ubuntu `apt-get install libatomic1` brings "
    "the library that a small installation lacks."
)


def browser_environment() -> dict[str, str]:
    """Return the variable that tells the browser tests which Chromium to start; empty for Playwright's own.

    Raises CannotRunError with what to do when there is none and none can be installed.
    """
    _ensure_driver()
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


def _ensure_driver() -> None:
    """Playwright speaks to browsers through a Node.js of its own, which wants a library that small systems lack."""
    reason = _driver_fault()
    if reason is not None and apt_get_works():
        apt_get("libatomic1")
        reason = _driver_fault()
    if reason is not None:
        raise CannotRunError(NO_DRIVER.format(reason=reason))


def _driver_fault() -> str | None:
    script = "from playwright._impl._driver import compute_driver_executable as c; print(c()[0])"
    node = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout.strip()
    started = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return None if started.returncode == 0 else started.stderr.strip()


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
    if not apt_get_works():
        return None
    print("         installing the system's Chromium for the browser tests", flush=True)
    apt_get("chromium")
    return _of_the_system()


def _from_playwright() -> bool:
    print("         installing Playwright's Chromium for the browser tests", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0
    except subprocess.TimeoutExpired:
        return False
