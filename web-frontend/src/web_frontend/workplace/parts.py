"""What the start page is made of. Everything is asked for at once, and each part may fail alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from web_frontend.gateway_client import Gateway
from web_frontend.gateway_problems import Refused, ServiceAway
from web_frontend.importing.client import ImportsClient
from web_frontend.importing.imports import ImportPage
from web_frontend.orders.board import Summary
from web_frontend.pages import Page
from web_frontend.searches.client import FruitlessSearches, SearchesClient
from web_frontend.stock.books import LowStock
from web_frontend.stock.client import StockClient
from web_frontend.workplace.sales import Sales, SalesClient

LOW = "2"
_LONGEST_WAIT_SECONDS = 2.5
"""Who opens the page waits no longer for what does not answer."""
# Those that sell are looked for among so many of which few are left.
_MOST_LOW = "50"
_MOST_SEARCHES = "5"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Part(Generic[Value]):
    """One part; without a value it is not for this person, or ``is_away``."""

    value: Value | None = None
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts of the start page."""

    orders: Part[Summary]
    sales: Part[Sales]
    low: Part[LowStock]
    imports: Part[ImportPage]
    searches: Part[FruitlessSearches]


async def gather_parts(page: Page) -> Parts:
    """Ask the services for what this person may see."""
    orders, sales, low, imports, searches = await asyncio.gather(
        _part(page, "orders:manage", _orders),
        _part(page, "orders:manage", _sales_with_stock if page.may("stock:write") else _sales),
        _part(page, "stock:write", _low),
        _part(page, "books:write", _imports),
        _part(page, "books:write", _searches),
    )
    return Parts(orders, sales, low, imports, searches)


async def _part(page: Page, scope: str, ask: Callable[[Gateway], Awaitable[Value]]) -> Part[Value]:
    if not page.may(scope):
        return Part()
    try:
        async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
            return Part(await ask(page.gateway))
    except (ServiceAway, Refused, TimeoutError):
        return Part(is_away=True)


async def _orders(gateway: Gateway) -> Summary:
    return Summary.model_validate((await gateway.get("/orders/summary")).body)


async def _sales(gateway: Gateway) -> Sales:
    return await SalesClient(gateway).lately(with_stock=False)


async def _sales_with_stock(gateway: Gateway) -> Sales:
    return await SalesClient(gateway).lately(with_stock=True)


async def _low(gateway: Gateway) -> LowStock:
    return await StockClient(gateway).low([("at_most", LOW), ("limit", _MOST_LOW)])


async def _imports(gateway: Gateway) -> ImportPage:
    return await ImportsClient(gateway).all()


async def _searches(gateway: Gateway) -> FruitlessSearches:
    return await SearchesClient(gateway).fruitless([("limit", _MOST_SEARCHES)])
