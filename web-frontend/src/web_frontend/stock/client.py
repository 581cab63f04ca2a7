"""Calls about stock."""

from dataclasses import dataclass
from typing import Any, NoReturn

from service_kit.languages.texts import N_, _, n_
from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import Refused
from web_frontend.stock.books import Count, EndedOrder, Holds, Levels, LowStock, ShelfCount, Stock, WriteOff

_ACCEPTED = 202


class StockRefused(Exception):
    """The stock cannot change so; the message says why."""


class UnderWay(StockRefused):
    """The same form is being worked on at this moment; sent again with the same key, it gives the same answer."""


class CopiesPromised(Exception):
    """So many copies cannot leave the shelf without breaking a promise: ``copies`` are gone."""

    def __init__(self, copies: int) -> None:
        """Take how many copies are gone."""
        super().__init__(copies)
        self.copies = copies


class OrdersMovedOn(Exception):
    """Nothing was cancelled or written off: some of the orders cannot be cancelled any more."""

    def __init__(self, orders: list[EndedOrder]) -> None:
        """Take those orders as they are now."""
        super().__init__([order.number for order in orders])
        self.orders = orders


@dataclass(frozen=True, slots=True)
class LostCopies:
    """Copies of a book that are gone, and the orders to cancel for them."""

    book_id: str
    quantity: int
    reason: str
    order_ids: list[str]


class StockClient:
    """book-service's stock, and order-service's write-offs, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def stock(self, book_id: str, query: QueryValues) -> Stock:
        """Return a book's stock and a page of its ledger. Raises ``NotFound``."""
        return Stock.model_validate((await self._gateway.get(f"/books/{book_id}/stock", query)).body)

    async def holds(self, book_id: str) -> Holds:
        """Return which orders hold the promised copies. Raises ``NotFound``."""
        return Holds.model_validate((await self._gateway.get(f"/books/{book_id}/stock/reservations")).body)

    async def change(self, book_id: str, *, change: int, reason: str, key: str) -> Levels:
        """Add or take copies; return what that leads to.

        Raises ``CopiesPromised``, ``StockRefused``, or ``Refused`` (422) naming the fields.
        """
        body = {"change": change, "reason": reason}
        try:
            return Levels.model_validate(
                (await self._gateway.send(_once("POST", f"/books/{book_id}/stock", body, key))).body
            )
        except Refused as error:
            if error.code == "stock_below_reserved":
                on_hand = int(error.problem.get("on_hand", 0))
                if -change <= on_hand:
                    raise CopiesPromised(-change) from error
                message = n_("Only %(num)s copy is on the shelf", "Only %(num)s copies are on the shelf", on_hand)
                raise StockRefused(message if on_hand else _("There is no copy on the shelf")) from error
            _raise_by_name(error)

    async def count(self, book_id: str, *, number: int, as_of: int | None, note: str, key: str) -> Count:
        """Correct the stock to what was counted when the ledger's newest row was ``as_of``.

        Raises ``CopiesPromised``, ``StockRefused``, or ``Refused`` (422) naming the fields.
        """
        body = _known(counted=number, as_of=as_of, note=note or None)
        try:
            return Count.model_validate(
                (await self._gateway.send(_once("POST", f"/books/{book_id}/stock/count", body, key))).body
            )
        except Refused as error:
            if error.code == "stock_below_reserved":
                raise CopiesPromised(-int(error.problem.get("correction", 0))) from error
            _raise_by_name(error)

    async def stocktake(self, counts: list[dict[str, Any]], *, note: str, key: str) -> list[ShelfCount]:
        """Correct the stock of many books, each by itself: ``[{"book_id": …, "counted": …, "as_of": …}]``.

        Raises ``StockRefused``, or ``Refused`` (422).
        """
        body = _known(counts=counts, note=note or None)
        try:
            answer = await self._gateway.send(_once("POST", "/books/stocktake", body, key))
        except Refused as error:
            _raise_by_name(error)
        return [ShelfCount.model_validate(result) for result in answer.body["results"]]

    async def low(self, query: QueryValues) -> LowStock:
        """Return a page of books of which few copies are left. Raises ``Refused`` with ``invalid_cursor``."""
        return LowStock.model_validate((await self._gateway.get("/books/low-stock", query)).body)

    async def write_off(self, lost: LostCopies, *, key: str) -> WriteOff:
        """Cancel orders and take the lost copies off the shelf in one step.

        Raises ``OrdersMovedOn``, ``StockRefused``, ``NotAllowed``, or ``Refused`` (422) naming the fields.
        """
        body = {
            "book_id": lost.book_id, "quantity": lost.quantity, "reason": lost.reason, "order_ids": lost.order_ids,
        }  # fmt: skip
        try:
            answer = await self._gateway.send(_once("POST", "/orders/write-offs", body, key))
        except Refused as error:
            if error.code == "order_not_cancellable":
                found = [EndedOrder.model_validate(order) for order in error.problem.get("orders", [])]
                raise OrdersMovedOn(found) from error
            _raise_by_name(error)
        return WriteOff.model_validate(answer.body | {"is_pending": answer.status == _ACCEPTED})


def _once(method: str, path: str, body: dict[str, Any], key: str) -> Call:
    return Call(method, path, json=body, headers={"Idempotency-Key": key})


def _known(**values: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    return {name: value for name, value in values.items() if value is not None}


def _raise_by_name(error: Refused) -> NoReturn:
    if error.code == "request_in_progress":
        message = _(
            "This is being written down at this moment. Wait a little and send it again: it is never done twice."
        )
        raise UnderWay(message) from error
    if error.code in _WORDS:
        raise StockRefused(_(_WORDS[error.code])) from error
    raise error


_WORDS = {
    "unknown_as_of": N_("This page does not fit the ledger any more. Count once more, and send it again."),
    "stock_too_high": N_("That would be more copies than can be counted here"),
    "idempotency_key_reused": N_("This form was sent before. Look at the ledger before you send another change."),
}
