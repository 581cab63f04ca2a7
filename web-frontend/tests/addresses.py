"""Every address that the pages have, filled in with something that is there."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from fake_gateway import FakeGateway
from fastapi import FastAPI

# What a name in a path stands for; ids are those of something that the fake has.
PLAIN = {"version": "1", "name": "Virginia Woolf", "path": "site.css", "token": "x"}
STEPS = {
    "/staff/imports/{import_id}/{step}": ("step", "apply"),
    "/staff/work/{order_id}/{step}/retry": ("step", "commit"),
    "/staff/work/{order_id}/{step}/settle": ("step", "commit"),
    "/orders/{order_id}/{what}": ("what", "ship"),
}


def every_address(app: FastAPI, method: str, gateway: FakeGateway) -> list[str]:
    """Return each path that answers ``method``."""
    found = {_filled(path, gateway) for methods, path in _routes(app.router.routes) if method in methods}
    return sorted(path for path in found if not path.startswith("/health"))


def _routes(routes: Any) -> Iterator[tuple[set[str], str]]:
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)
        elif getattr(route, "methods", None):
            yield route.methods, route.path


def _filled(path: str, gateway: FakeGateway) -> str:
    values = PLAIN | {
        "book_id": gateway.book_id("Dracula"),
        "account_id": gateway.accounts["reader@example.com"]["id"],
        "key_id": next(iter(gateway.auth.keys), str(uuid.UUID(int=7))),
        "order_id": next(iter(gateway.orders), str(uuid.UUID(int=7))),
    }
    values |= dict([STEPS[path]] if path in STEPS else [])
    return re.sub(r"{(\w+)(?::\w+)?}", lambda match: values.get(match[1], str(uuid.UUID(int=7))), path)
