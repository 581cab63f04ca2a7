"""Puts the model's tables, keys and ids in the place of the real ones, in every module that uses them."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any
from unittest.mock import patch
from uuid import UUID

import structlog

import book_service.inventory
import order_service.orders
from book_service.inventory import repository as real_stock
from book_service.inventory import reservation_repository as real_reservations
from order_service.orders import bulk_repository as real_bulk
from order_service.orders import placement as real_placement
from order_service.orders import repository as real_orders
from proof.model import (
    book_repository,
    book_stock,
    idempotency_keys,
    order_bulk,
    order_placement,
    order_repository,
)
from service_kit import idempotency as real_idempotency
from service_kit import identifiers

_FIRST_ID = 10**6


_OF_KEYS = ("claim", "complete", "earlier_request")
STANDS_IN: Sequence[tuple[Any, Any]] = (
    (real_orders, order_repository),
    (real_placement, order_placement),
    (real_bulk, order_bulk),
    (real_reservations, book_repository),
    (real_stock, book_stock),
    *((getattr(real_idempotency, name), getattr(idempotency_keys, name)) for name in _OF_KEYS),
)
"""What is replaced wherever it was imported, and what stands in for it."""


@contextmanager
def stand_ins() -> Iterator[None]:
    """Let the services' code run on the model; what it would log is dropped."""
    numbers = count(_FIRST_ID)

    def next_id() -> UUID:
        return UUID(int=next(numbers))

    with ExitStack() as stack:
        for module, name, stand_in in _places():
            stack.enter_context(patch.object(module, name, next_id if stand_in is identifiers.new_id else stand_in))
        configuration = structlog.get_config()
        structlog.configure(processors=[_drop])
        stack.callback(lambda: structlog.configure(**configuration))
        yield


@cache
def _places() -> list[tuple[ModuleType, str, Any]]:
    stand_in_of = {id(real): stand_in for real, stand_in in (*STANDS_IN, (identifiers.new_id, identifiers.new_id))}
    return [
        (module, name, stand_in_of[id(value)])
        for module in _modules()
        for name, value in vars(module).items()
        if id(value) in stand_in_of
    ]


def _modules() -> list[ModuleType]:
    return [
        importlib.import_module(f"{package.__name__}.{each.name}")
        for package in (order_service.orders, book_service.inventory)
        for each in pkgutil.iter_modules(package.__path__)
    ]


def _drop(*_: object) -> Any:  # noqa: ANN401 (structlog's type)
    raise structlog.DropEvent
