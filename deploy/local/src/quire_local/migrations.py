"""Brings the databases to the revision that the code expects, all at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping

from quire_local.child_process import run_module
from quire_local.environment import environment_of
from quire_local.layout import CannotStartError, Layout, Service
from quire_local.private_file import read_json, write_json

Revision = Callable[[str], str | None]
"""Tells the revision of the database of that name; None if it cannot be told."""

_MIGRATED = "migrated"
_HAS_BOOKS = "has_sample_catalogue"


async def migrate(layout: Layout, variables: Mapping[str, str], revision: Revision | None) -> None:
    """Run Alembic for every service that keeps data, but not where nothing can be left to do.

    Without `revision`, for databases that are not ours, Alembic always looks. Raises CannotStartError if one fails.
    """
    waiting = [service for service in layout.with_database if not _is_done(layout, service, revision)]
    if not waiting:
        return
    upgrades = (_upgrade(layout, service, environment_of(service, layout, variables)) for service in waiting)
    # With the exceptions as results, it ends when all have ended, also when it is cancelled.
    for outcome in await asyncio.gather(*upgrades, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    if revision:
        _remember(layout, waiting, revision)


def wants_sample_catalogue(layout: Layout) -> bool:
    """Tell whether this shop was never given its first books."""
    return layout.sample_catalogue.exists() and not read_json(layout.state).get(_HAS_BOOKS)


async def load_sample_catalogue(layout: Layout, variables: Mapping[str, str]) -> str | None:
    """Give a new shop its first books. Return what went wrong, if anything, for a shop runs without them too."""
    owner = next(service for service in layout.services if service.package == "book_service")
    arguments = ["book_service.sample_catalogue", str(layout.sample_catalogue)]
    environment = environment_of(owner, layout, variables)
    code, printed = await run_module(arguments, environment=environment, folder=layout.root)
    if code:
        return f"The sample catalogue was not loaded: {_last(printed)}"
    write_json(layout.state, read_json(layout.state) | {_HAS_BOOKS: True})
    return None


async def _upgrade(layout: Layout, service: Service, environment: Mapping[str, str]) -> None:
    configuration = layout.root / service.name / "alembic.ini"
    arguments = ["alembic", "-c", str(configuration), "upgrade", "head"]
    code, printed = await run_module(arguments, environment=environment, folder=layout.root)
    if code == 0:
        return
    log = layout.logs / f"{service.name}-migration.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("\n".join([*printed, ""]), encoding="utf-8")
    if any("Can't locate revision" in line for line in printed):
        message = f"The database of {service.name} was made by a newer version of Quire; go back to that version."
        raise CannotStartError(message)
    message = f"The database of {service.name} could not be migrated: {_last(printed)} (all of it: {log})"
    raise CannotStartError(message)


def _is_done(layout: Layout, service: Service, revision: Revision | None) -> bool:
    remembered = read_json(layout.state).get(_MIGRATED, {}).get(service.name)
    if revision is None or not remembered or remembered["scripts"] != _digest(layout, service):
        return False
    return bool(remembered["revision"] == revision(str(service.database)))


def _remember(layout: Layout, services: list[Service], revision: Revision) -> None:
    done = {it.name: {"scripts": _digest(layout, it), "revision": revision(str(it.database))} for it in services}
    state = read_json(layout.state)
    write_json(layout.state, state | {_MIGRATED: {**state.get(_MIGRATED, {}), **done}})


def _digest(layout: Layout, service: Service) -> str:
    digest = hashlib.sha256()
    for script in sorted((layout.root / service.name / "migrations").rglob("*.py")):
        digest.update(f"{script.name}\0".encode() + script.read_bytes() + b"\0")
    return digest.hexdigest()


def _last(printed: list[str]) -> str:
    return next((line.strip() for line in reversed(printed) if line.strip()), "it gave no reason")
