"""What the address of a catalogue page asks for: words, filters, order, place."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from starlette.datastructures import QueryParams

from web_frontend import wording
from web_frontend.gateway_client import QueryValues
from web_frontend.links import with_query

SORTS = {
    "relevance": "Best match",
    "newest": "Newest first",
    "title": "Title, A to Z",
    "price": "Price, low to high",
    "-price": "Price, high to low",
}
FORMATS = ("paperback", "hardback", "e-book", "audiobook", "other")
_PRICE = re.compile(r"\d{1,7}(?:\.\d{1,2})?")
_LONGEST_WORDS = 300
_LONGEST_VALUE = 100
_MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on, and the address without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Browsing:
    """The catalogue as somebody looks at it."""

    q: str = ""
    author: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    price_min: str = ""
    price_max: str = ""
    in_stock: bool = False
    archived: bool = False
    sort: str = ""
    cursor: str = ""
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @property
    def filters(self) -> QueryValues:
        """Return all filters as query values, without order and place."""
        pairs = [("q", self.q)] if self.q else []
        for name in ("author", "subject", "publisher", "language", "format"):
            pairs += [(name, value) for value in getattr(self, name)]
        pairs += [(name, getattr(self, name)) for name in ("price_min", "price_max") if getattr(self, name)]
        pairs += [(name, "true") for name in ("in_stock", "archived") if getattr(self, name)]
        return pairs

    @property
    def query(self) -> QueryValues:
        """Return everything as query values, for a link and for the gateway alike."""
        pairs = self.filters
        pairs += [(name, getattr(self, name)) for name in ("sort", "cursor") if getattr(self, name)]
        return pairs

    @property
    def sort_shown(self) -> str:
        """Return the order that applies."""
        return self.sort or ("relevance" if self.q else "newest")

    @property
    def sorts(self) -> dict[str, str]:
        """Return the orders to choose from; the best match is one only where words are searched for."""
        return {key: words for key, words in SORTS.items() if key != "relevance" or self.q}

    @property
    def number_of_filters(self) -> int:
        """Return how many filters are on, not counting the words searched for."""
        return len(self.filters) - bool(self.q)

    def link(self, **changes: object) -> str:
        """Return the address of this page with ``changes``."""
        return with_query("/books", replace(self, **changes).query)  # type: ignore[arg-type]

    def chips(self) -> list[Chip]:
        """Return the filters that are on, each with the address that takes it off."""
        chips = [
            self._chip(name, value) for name in ("author", "subject", "publisher") for value in getattr(self, name)
        ]
        chips += [self._chip("language", value, wording.language_name(value)) for value in self.language]
        chips += [self._chip("format", value, wording.format_name(value)) for value in self.format]
        if self.in_stock:
            chips.append(Chip("In stock only", self.link(in_stock=False, cursor="")))
        if self.archived:
            chips.append(Chip("Archived books", self.link(archived=False, cursor="")))
        return chips

    def price_chip(self, currency: str) -> Chip | None:
        """Return the chip of the price range, if there is one."""
        low, high = (wording.money(price, currency) if price else "" for price in (self.price_min, self.price_max))
        words = f"{low} to {high}" if low and high else f"From {low}" if low else f"Up to {high}" if high else ""
        return Chip(words, self.link(price_min="", price_max="", cursor="")) if words else None

    def _chip(self, name: str, value: str, label: str | None = None) -> Chip:
        left = tuple(other for other in getattr(self, name) if other != value)
        return Chip(label or value, self.link(**{name: left, "cursor": ""}))


def browsing_of(query: QueryParams) -> Browsing:
    """Read an address. What makes no sense is left out, and named in ``ignored``, rather than refused."""
    prices = {name: query.get(name, "").strip().lstrip("£$€ ") for name in ("price_min", "price_max")}
    ignored = tuple(name for name, text in prices.items() if text and not _PRICE.fullmatch(text))
    low, high = ("" if name in ignored else text for name, text in prices.items())
    if low and high and Decimal(low) > Decimal(high):
        low, high = high, low
    sort = query.get("sort", "")
    return Browsing(
        q=" ".join(query.get("q", "").split())[:_LONGEST_WORDS],
        author=_values(query, "author"),
        subject=_values(query, "subject"),
        publisher=_values(query, "publisher"),
        language=tuple(code for code in _values(query, "language") if re.fullmatch("[a-z]{2,3}", code)),
        format=tuple(value for value in _values(query, "format") if value in FORMATS),
        price_min=low,
        price_max=high,
        in_stock=query.get("in_stock") in {"true", "1", "on"},
        archived=query.get("archived") in {"true", "1", "on"},
        sort=sort if sort in SORTS else "",
        cursor=query.get("cursor", "")[:2000],
        ignored=ignored,
    )


def _values(query: QueryParams, name: str) -> tuple[str, ...]:
    found = dict.fromkeys(value.strip() for value in query.getlist(name))
    return tuple(value for value in found if value and len(value) <= _LONGEST_VALUE)[:_MOST_VALUES]
