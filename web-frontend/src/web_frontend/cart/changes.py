"""What is not any more as the checkout page showed it: prices, copies, and the cart itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service_kit.languages.texts import N_, _, n_
from web_frontend import wording
from web_frontend.cart.client import Cart, CartLine, ShortLine
from web_frontend.submitted_form import Submitted

_SHOWN = re.compile(r"([0-9a-f-]{32,36}):([1-9][0-9]?):([0-9]{1,9}(?:\.[0-9]{1,2})?):(.{1,500})", re.DOTALL)
_NOT_SOLD = {
    "archived_book": N_("We do not sell this book any more"),
    "unknown_book": N_("This book is no longer in the catalogue"),
    "unavailable": N_("This book is no longer in the catalogue"),
}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the checkout page as the person saw it."""

    book_id: str
    quantity: int
    unit_price: str
    title: str

    @property
    def packed(self) -> str:
        """Return the line as text for a hidden field."""
        return f"{self.book_id}:{self.quantity}:{self.unit_price}:{self.title}"


@dataclass(frozen=True, slots=True)
class LineNews:
    """What is new about a book; one that has left the cart has no line to lead to."""

    book_id: str
    title: str
    words: str
    is_in_cart: bool = True


@dataclass(slots=True)
class Changes:
    """What is new, line by line, and in what order to tell it."""

    lines: list[LineNews] = field(default_factory=list)

    def of(self, book_id: str) -> list[str]:
        """Return what is new about a book."""
        return [news.words for news in self.lines if news.book_id == book_id]


def shown_lines(form: Submitted) -> list[ShownLine]:
    """Return what the page showed when the form was sent; it travels in the form."""
    matches = (_SHOWN.fullmatch(text) for text in form.all("shown"))
    return [ShownLine(match[1], int(match[2]), match[3], match[4]) for match in matches if match]


def page_lines(cart: Cart) -> dict[str, str]:
    """Return what the page shows of each line, packed for the form."""
    return {
        line.book_id: ShownLine(line.book_id, line.quantity, line.unit_price, line.title).packed for line in cart.items
    }


def what_changed(shown: list[ShownLine], cart: Cart, short: Mapping[str, ShortLine]) -> Changes:
    """Compare what the page showed with the cart of now, and with the lines that an order was refused for."""
    changes = Changes()
    before = {line.book_id: line for line in shown}
    for line in cart.items:
        words = [
            *_quantity_news(before.get(line.book_id), line, is_first=not shown),
            *_price_news(before.get(line.book_id), line, cart.currency),
            *_shortage_news(line, short.get(line.book_id)),
        ]
        changes.lines += [LineNews(line.book_id, line.title, text) for text in words]
    present = {line.book_id for line in cart.items}
    changes.lines += [
        LineNews(line.book_id, line.title, _("You have taken it out of your cart meanwhile"), is_in_cart=False)
        for line in shown
        if line.book_id not in present
    ]
    return changes


def _quantity_news(before: ShownLine | None, line: CartLine, *, is_first: bool) -> list[str]:
    if is_first:
        return []
    if before is None:
        return [_("You have put it into your cart meanwhile")]
    if before.quantity != line.quantity:
        words = n_(
            "Your cart has %(num)s copy now, not %(before)s",
            "Your cart has %(num)s copies now, not %(before)s",
            line.quantity,
            before=before.quantity,
        )
        return [words]
    return []


def _price_news(before: ShownLine | None, line: CartLine, currency: str) -> list[str]:
    if before is None or before.unit_price == line.unit_price:
        return []
    now, then = (wording.money(price, currency) for price in (line.unit_price, before.unit_price))
    return [_("Now %(price)s instead of %(before)s", price=now, before=then)]


def _shortage_news(line: CartLine, refused: ShortLine | None) -> list[str]:
    """Word a shortage; of what the cart and the refused order say, the cart is newer."""
    problem = (refused.problem if refused and refused.problem in _NOT_SOLD else None) or line.problem
    if problem in _NOT_SOLD:
        return [_(_NOT_SOLD[problem])]
    if problem:
        return [shortage_words(line.quantity, line.available or 0)]
    if refused is not None and (line.available is None or line.available < line.quantity):
        return [shortage_words(refused.wanted or line.quantity, refused.available)]
    return []


def shortage_words(wanted: int, left: int) -> str:
    """Return ``You asked for 3, and 1 is left``."""
    if not left:
        return _("You asked for %(wanted)s, and none is left", wanted=wanted)
    return n_(
        "You asked for %(wanted)s, and %(num)s is left",
        "You asked for %(wanted)s, and %(num)s are left",
        left,
        wanted=wanted,
    )
