"""An order as the pages show it, and the words for what became of it."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel

from service_kit.languages.texts import N_, _
from web_frontend.catalogue.books import authors_line
from web_frontend.orders.reason import Reason

_LONG_PENDING = dt.timedelta(seconds=15)
_UNGROUPED_DIGITS = 4
_GROUP = 3

STATUS_WORDS = {
    "pending": N_("Being checked"),
    "placed": N_("Placed"),
    "rejected": N_("Could not be placed"),
    "shipped": N_("On its way"),
    "delivered": N_("Delivered"),
    "returned": N_("Returned"),
    "cancelled": N_("Cancelled"),
}
"""Each status in words, to be translated where they are shown."""
_STANDING = {
    "pending": N_("It is still being checked."),
    "placed": N_("It is placed."),
    "rejected": N_("It could not be placed."),
    "shipped": N_("It is on its way."),
    "delivered": N_("It is delivered."),
    "returned": N_("It came back to the shop."),
    "cancelled": N_("It is cancelled."),
}
_ROLE_WORDS = {"customer": N_("the customer"), "staff": N_("the shop")}


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
        return _("Received") if self.status == "pending" else status_words(self.status)

    @property
    def who(self) -> str:
        """Return who did it, as far as that is told: a person's address, or what kind of actor."""
        role = _ROLE_WORDS.get(self.actor_role or "")
        # Where nobody did it, the program did.
        return self.actor or (_(role) if role else "Quire" if self.actor_role == "system" else "")


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
        return self.customer_email or _("deleted account")

    @property
    def status_words(self) -> str:
        """Return the status in words."""
        return status_words(self.status)

    @property
    def standing(self) -> str:
        """Return how the order stands, in a sentence."""
        words = _STANDING.get(self.status)
        return _(words) if words else status_words(self.status)

    @property
    def short_lines(self) -> list[tuple[str, str]]:
        """Return ``(title, what is wrong)`` of each line that the shop could not have."""
        titles = {line.book_id: line.title for line in self.items}
        return [
            (line.title or titles.get(line.book_id or "") or _("A book"), line.words)
            for line in (self.reason.lines if self.reason else None) or []
            if line.available is not None or line.problem is not None
        ]

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
    return _(STATUS_WORDS[status]) if status in STATUS_WORDS else status.capitalize()
