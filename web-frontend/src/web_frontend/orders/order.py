"""An order as the pages show it, and the words for what became of it."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel

from web_frontend.catalogue.books import authors_line
from web_frontend.wording import counted

_LONG_PENDING = dt.timedelta(seconds=15)
_UNGROUPED_DIGITS = 4
_GROUP = 3

STATUS_WORDS = {
    "pending": "Being checked",
    "placed": "Placed",
    "rejected": "Could not be placed",
    "shipped": "On its way",
    "delivered": "Delivered",
    "returned": "Returned",
    "cancelled": "Cancelled",
}
_REASON_WORDS = {
    "insufficient_stock": "There were not enough copies left.",
    "unknown_book": "Not every book of this order can still be bought.",
    "price_changed": "A price had changed meanwhile.",
    "not_placed_in_time": "We could not check the shelves in time.",
    "reservation_released": "The copies were given back before the order could be placed.",
    "copies_lost": "We are sorry: copies that were kept for you got lost or damaged here in the shop.",
}
_REASON_ADVICE = {
    "insufficient_stock": "Nothing was ordered, and there is nothing to pay.",
    "unknown_book": "Nothing was ordered, and there is nothing to pay. The cart shows what can still be had.",
    "price_changed": "Nothing was ordered. Your cart shows the prices of now.",
    "not_placed_in_time": "Nothing was taken, and there is nothing to pay. Please order again.",
    "reservation_released": "Nothing was taken, and there is nothing to pay. Please order again.",
    "copies_lost": "So we had to cancel your order, and there is nothing to pay. If you still want the books, please "
    "order them again or ask us.",
}
_LEADS_TO_CART = frozenset({"insufficient_stock", "unknown_book", "price_changed"})
_ROLE_WORDS = {"customer": "the customer", "staff": "the shop", "system": "Quire"}


class OrderLine(BaseModel):
    """Copies of one book; title and price are None as long as they are not known."""

    book_id: str
    title: str | None = None
    authors: list[str] | None = None
    isbn13: str | None = None
    quantity: int
    unit_price: str | None = None
    line_total: str | None = None

    @property
    def by(self) -> str:
        """Return the authors in one line."""
        return authors_line(self.authors or [])


class Delivery(BaseModel):
    """Where the books go."""

    name: str
    address: str
    note: str | None = None


class Step(BaseModel):
    """One change of the order's status."""

    status: str
    at: dt.datetime
    actor: str | None = None
    actor_role: str | None = None
    detail: str | None = None

    @property
    def words(self) -> str:
        """Return the status in words."""
        return "Received" if self.status == "pending" else status_words(self.status)

    @property
    def who(self) -> str:
        """Return who did it, as far as that is told: a person's address, or what kind of actor."""
        return self.actor or _ROLE_WORDS.get(self.actor_role or "", "")


class ShortLine(BaseModel):
    """A line that could not be had, and why: ``insufficient_stock``, ``unknown_book`` or ``archived_book``."""

    book_id: str | None = None
    title: str | None = None
    wanted: int | None = None
    available: int | None = None
    problem: str | None = None

    @property
    def words(self) -> str:
        """Return what is wrong with the line, in a sentence without the title."""
        if self.problem == "archived_book":
            return "we do not sell it any more"
        if self.problem == "unknown_book" or (self.problem is None and self.title is None):
            return "it is not in the catalogue any more"
        if self.wanted is None:
            return f"{self.available or 'none'} left"
        return f"you asked for {counted(self.wanted, 'copy', 'copies')}, and {_left(self.available or 0)}"


def _left(available: int) -> str:
    return "none is left" if not available else f"only {available} {'is' if available == 1 else 'are'} left"


class Reason(BaseModel):
    """Why an order was rejected, or cancelled by the shop."""

    code: str
    lines: list[ShortLine] | None = None

    @property
    def words(self) -> str:
        """Return the reason in a sentence."""
        return _REASON_WORDS.get(self.code, "The shop could not carry it out.")

    @property
    def advice(self) -> str:
        """Return what that means for the customer, and what to do."""
        return _REASON_ADVICE.get(self.code, "There is nothing to pay.")

    @property
    def leads_to_cart(self) -> bool:
        """Whether the books are still in the customer's cart."""
        return self.code in _LEADS_TO_CART

    def shown_lines(self, items: list[OrderLine]) -> list[tuple[str, str]]:
        """Return ``(title, what is wrong)`` of each line; a title that the reason lacks is looked for in ``items``."""
        titles = {line.book_id: line.title for line in items}
        return [
            (line.title or titles.get(line.book_id or "") or "A book", line.words)
            for line in self.lines or []
            if line.available is not None or line.problem is not None
        ]


class Order(BaseModel):
    """An order."""

    id: str
    number: str
    status: str
    customer_email: str | None = None
    items: list[OrderLine]
    total: str | None = None
    currency: str
    delivery: Delivery | None = None
    reason: Reason | None = None
    created_at: dt.datetime
    can_cancel: bool = False
    can_ship: bool = False
    can_deliver: bool = False
    can_return: bool = False
    timeline: list[Step] = []

    @property
    def customer(self) -> str:
        """Return by what the customer is called: the e-mail address, as long as there is an account."""
        return self.customer_email or "deleted account"

    @property
    def status_words(self) -> str:
        """Return the status in words."""
        return status_words(self.status)

    @property
    def copies(self) -> int:
        """Return how many copies were ordered."""
        return sum(line.quantity for line in self.items)

    @property
    def titles(self) -> list[tuple[int, str]]:
        """Return ``(copies, title)`` of the lines whose title is known."""
        return [(line.quantity, line.title) for line in self.items if line.title]

    @property
    def number_parts(self) -> list[str]:
        """Return the number in parts as people read it out: ``Q-250113`` is ``["Q-250", "113"]``."""
        prefix, dash, digits = self.number.rpartition("-")
        if not digits.isdecimal() or len(digits) <= _UNGROUPED_DIGITS:
            return [self.number]
        first = len(digits) % _GROUP or _GROUP
        rest = [digits[start : start + _GROUP] for start in range(first, len(digits), _GROUP)]
        return [prefix + dash + digits[:first], *rest]

    @property
    def progress(self) -> str:
        """Return how a pending order gets on: ``new``, or ``long`` after more time than placing one takes; else ""."""
        if self.status != "pending":
            return ""
        return "long" if dt.datetime.now(dt.UTC) - self.created_at > _LONG_PENDING else "new"


class OrderPage(BaseModel):
    """One page of orders."""

    items: list[Order]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False


StaffAction = Literal["ship", "deliver", "return"]


def status_words(status: str) -> str:
    """Return a status in words."""
    return STATUS_WORDS.get(status, status.capitalize())
