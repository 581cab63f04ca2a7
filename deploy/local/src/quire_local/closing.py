"""Stops a running shop, and deletes what it made."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

from quire_local import run_lock
from quire_local.console import Console
from quire_local.launcher import end_left_overs
from quire_local.layout import CannotStartError, Layout
from service_kit.embedded_postgres import EmbeddedPostgres, remove_copied_programs


def close_shop(layout: Layout, console: Console) -> None:
    """Stop the running shop and wait for it; also end what a killed launcher left behind."""
    holder = run_lock.holder_of(layout.lock)
    if holder:
        console.step(f"Stopping Quire (process {holder})")
        run_lock.stop_holder(layout.lock, holder)
        console.done("Stopped")
    elif not layout.var.exists():
        console.step("Quire is not running")
        return
    with run_lock.held(layout.lock):
        end_left_overs(layout, console)
    if not holder:
        console.step("Quire is not running")


def delete_data(layout: Layout, console: Console, environ: Mapping[str, str] = os.environ) -> None:
    """Stop the shop and delete its data, keys and logs, if a person or YES=1 says so. Else CannotStartError."""
    _confirm(layout, environ)
    close_shop(layout, console)
    layout.var.mkdir(exist_ok=True)
    with run_lock.held(layout.lock):
        EmbeddedPostgres(layout.data).remove()
        remove_copied_programs()
        shutil.rmtree(layout.logs, ignore_errors=True)
        shutil.rmtree(layout.mail, ignore_errors=True)
        for file in (layout.secrets, layout.environment, layout.state, layout.children):
            file.unlink(missing_ok=True)
    layout.lock.unlink(missing_ok=True)
    console.done("Deleted; `make up` starts afresh")


def _confirm(layout: Layout, environ: Mapping[str, str]) -> None:
    if environ.get("YES") == "1":
        return
    if not sys.stdin.isatty():
        message = "`make reset` deletes all data and nobody can be asked here; say so with: make reset YES=1"
        raise CannotStartError(message)
    try:
        answer = input(f"This deletes every account, book and order in {layout.var}. Type yes to go on: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        message = "Nothing was deleted."
        raise CannotStartError(message)
