"""Calls about the cart and about placing an order."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from web_frontend.catalogue.books import authors_line
from web_frontend.gateway_client import Call, Gateway
from web_frontend.gateway_problems import Refused


class CartLine(BaseModel):
    """Copies of one book, priced now."""

    book_id: str
    quantity: int
    title: str
    authors: list[str] = []
    isbn13: str | None = None
    unit_price: str
    added_price: str | None = None
    price_changed: bool = False
    available: int | None = None
    can_order: bool = True
    problem: str | None = None
    line_total: str

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors)

    @property
    def is_gone(self) -> bool:
        """Whether the book is not sold any more, in whatever number."""
        return self.problem in {"unavailable", "unknown_book", "archived_book"}


class Cart(BaseModel):
    """An account's cart. While ``prices_known`` is false, prices are those last seen and nothing can be ordered."""

    items: list[CartLine]
    total: str
    currency: str
    item_count: int
    prices_known: bool = True

    @property
    def can_order(self) -> bool:
        """Whether every line can be had."""
        return bool(self.items) and self.prices_known and all(line.can_order for line in self.items)

    def line_of(self, book_id: str) -> CartLine | None:
        """Return the line of a book."""
        return next((line for line in self.items if line.book_id == book_id), None)


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What somebody has agreed to on the checkout page."""

    lines: list[dict[str, object]]
    delivery: dict[str, str]
    expected_total: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that was taken; a pending one is still being checked against the stock."""

    order_id: str
    number: str
    is_pending: bool


class ShortLine(BaseModel):
    """A line that cannot be had, and why: ``insufficient_stock``, ``unknown_book`` or ``archived_book``."""

    book_id: str
    wanted: int | None = None
    available: int = 0
    problem: str | None = None


@dataclass(slots=True)
class NotEnough(Exception):
    """Some lines cannot be had; ``lines`` are those, by their book's id."""

    lines: dict[str, ShortLine] = field(default_factory=dict)


class PriceChanged(Exception):
    """The order costs something else than the page showed."""


class AlreadySent(Exception):
    """This form was sent before, with other contents."""


class StillUnderWay(Exception):
    """The same form is being worked on at this moment."""


class CartFull(Exception):
    """The cart holds no more different books."""


class CartClient:
    """order-service's cart, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def cart(self) -> Cart:
        """Return the cart, priced now."""
        return (await self._gateway.get("/cart")).read(Cart)

    async def set_quantity(self, book_id: str, quantity: int) -> Cart:
        """Have ``quantity`` copies of a book in the cart. Raises ``NotFound``, ``CartFull``."""
        call = Call("PUT", f"/cart/items/{book_id}", json={"quantity": quantity})
        try:
            return (await self._gateway.send(call)).read(Cart)
        except Refused as error:
            if error.code == "cart_full":
                raise CartFull from error
            raise

    async def remove(self, book_id: str) -> None:
        """Take a book out of the cart."""
        await self._gateway.send(Call("DELETE", f"/cart/items/{book_id}"))

    async def place(self, wish: OrderWish) -> PlacedOrder:
        """Place an order.

        Raises ``NotEnough``, ``PriceChanged``, ``AlreadySent``, ``StillUnderWay``, and ``Refused`` (422) naming fields.
        """
        body = {
            "items": wish.lines,
            "delivery": {name: text for name, text in wish.delivery.items() if text},
            "expected_total": wish.expected_total,
            "from_cart": True,
        }
        call = Call("POST", "/orders", json=body, headers={"Idempotency-Key": wish.idempotency_key})
        try:
            order = (await self._gateway.send(call)).body
        except Refused as error:
            raise _named(error) from error
        return PlacedOrder(order["id"], order["number"], order["status"] == "pending")


def _named(error: Refused) -> Exception:
    if error.code in {"insufficient_stock", "unknown_book"}:
        return NotEnough(_short_lines(error.problem.get("lines")))
    names: dict[str, type[Exception]] = {
        "price_changed": PriceChanged,
        "idempotency_key_reused": AlreadySent,
        "request_in_progress": StillUnderWay,
    }
    return names[error.code]() if error.code in names else error


def _short_lines(lines: Any) -> dict[str, ShortLine]:  # noqa: ANN401 (any JSON)
    found = lines if isinstance(lines, list) else []
    return {str(line["book_id"]): ShortLine.model_validate(line) for line in found if "book_id" in line}
