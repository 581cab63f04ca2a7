"""Who has the promised copies of a book."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import GatewayError
from web_frontend.orders.client import OrdersClient
from web_frontend.pages import Page
from web_frontend.stock.books import Hold
from web_frontend.stock.client import StockClient

_MOST = "100"
# Cancelled ones, because lost copies are written off as their order releases them.
_LEFT_A_ROW = ("shipped", "delivered", "returned", "cancelled")


@dataclass(frozen=True, slots=True)
class NamedOrder:
    """An order as people speak of it."""

    number: str
    customer: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Copies that are promised to an order; its number and customer are None where they are not known."""

    order_id: str
    quantity: int
    held_since: dt.datetime
    number: str | None
    customer: str | None


@dataclass(frozen=True, slots=True)
class Holders:
    """Those who have the promised copies, newest first; ``total`` may be more than are listed."""

    items: list[Holder]
    total: int
    is_known: bool = True


async def holders_of(page: Page, book_id: str) -> Holders:
    """Return who has the promised copies; those who look after orders see numbers and customers."""
    holds, orders = await asyncio.gather(
        StockClient(page.gateway).holds(book_id),
        _orders(page, [("book", book_id), ("status", "placed")]),
        return_exceptions=True,
    )
    if isinstance(orders, BaseException):
        raise orders
    if isinstance(holds, GatewayError):
        # The numbers above it are worth showing alone.
        return Holders([], 0, is_known=False)
    if isinstance(holds, BaseException):
        raise holds
    return Holders([_holder(hold, orders.get(hold.order_id)) for hold in holds.items], holds.total)


async def orders_in_ledger(page: Page, book_id: str) -> Mapping[str, NamedOrder]:
    """Return by their ids the orders with this book that a row of its ledger may name, as far as they can be had."""
    statuses = [("status", status) for status in _LEFT_A_ROW]
    return await _orders(page, [("book", book_id), *statuses])


async def _orders(page: Page, query: QueryValues) -> Mapping[str, NamedOrder]:
    if not page.may("orders:manage"):
        return {}
    try:
        found = await OrdersClient(page.gateway).find([*query, ("all", "true"), ("limit", _MOST)])
    except GatewayError:
        return {}
    return {order.id: NamedOrder(order.number, order.customer) for order in found.items}


def _holder(hold: Hold, order: NamedOrder | None) -> Holder:
    return Holder(
        order_id=hold.order_id,
        quantity=hold.quantity,
        held_since=hold.held_since,
        number=order.number if order else None,
        customer=order.customer if order else None,
    )
