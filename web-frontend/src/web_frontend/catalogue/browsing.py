"""What the address of a catalogue page asks for: words, filters, order, place."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from starlette.datastructures import QueryParams

from service_kit.languages.texts import N_, _
from web_frontend import wording
from web_frontend.gateway_client import QueryValues
from web_frontend.links import with_query
from web_frontend.one_line import one_line

SORTS = {
    "relevance": N_("Best match"),
    "popularity": N_("Most sold"),
    "newest": N_("Newest first"),
    "title": N_("Title, A to Z"),
    "price": N_("Price, low to high"),
    "-price": N_("Price, high to low"),
}
FORMATS = ("paperback", "hardback", "e-book", "audiobook", "other")
LONGEST_WORDS = 300
UNFOLDED = "all"
"""The name in the address of a filter that is unfolded."""
# What book-service takes: how long a value may be, and how many of them there may be.
_LONGEST = {"author": 300, "subject": 100, "publisher": 300, "language": 3, "format": 20}
_MOST = {"author": 20, "subject": 60, "publisher": 20, "language": 20, "format": len(FORMATS)}
_LONGEST_CURSOR = 2000
# Up to the highest price that book-service knows.
_PRICE = re.compile(r"0*\d{1,5}(?:\.\d{1,2})?", re.ASCII)
_ON = frozenset({"true", "1", "on"})


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on, and the address without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Browsing:
    """The catalogue as somebody looks at it."""

    q: str = ""
    correct: bool = True
    """Whether words that no book has may be read as others."""
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
    unfolded: tuple[str, ...] = ()
    """Filters of which all values are shown."""
    ignored: tuple[str, ...] = field(default=(), compare=False)
    """Names of what the address asked for and cannot be had."""

    @property
    def words(self) -> QueryValues:
        """Return the words searched for as query values."""
        if not self.q:
            return []
        return [("q", self.q)] if self.correct else [("q", self.q), ("correct", "false")]

    @property
    def filters(self) -> QueryValues:
        """Return the words and all filters as query values, without order and place."""
        return self.words + self._filters

    @property
    def _filters(self) -> QueryValues:
        pairs = [(name, value) for name in _MOST for value in getattr(self, name)]
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
        return self.sort or _usual_sort(self.q)

    @property
    def sorts(self) -> dict[str, str]:
        """Return the orders to choose from; the best match is one only where words are searched for."""
        return {key: _(words) for key, words in SORTS.items() if key != "relevance" or self.q}

    @property
    def number_of_filters(self) -> int:
        """Return how many filters are on, not counting the words searched for."""
        return len(self._filters)

    @property
    def has_words(self) -> bool:
        """Whether there is a letter or a digit in what is searched for."""
        return any(character.isalnum() for character in self.q)

    def link(self, **changes: object) -> str:
        """Return the address of this page with ``changes``."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        return with_query("/books", changed.query + [(UNFOLDED, name) for name in changed.unfolded])

    def without_filters(self) -> str:
        """Return the address of a search for the words alone."""
        return with_query("/books", self.words)

    def chips(self) -> list[Chip]:
        """Return the filters that are on, each with the address that takes it off."""
        chips = [
            self._chip(name, value) for name in ("author", "subject", "publisher") for value in getattr(self, name)
        ]
        chips += [self._chip("language", value, wording.language_name(value)) for value in self.language]
        chips += [self._chip("format", value, wording.format_name(value)) for value in self.format]
        if self.in_stock:
            chips.append(Chip(_("In stock only"), self.link(in_stock=False, cursor="")))
        if self.archived:
            chips.append(Chip(_("Archived books"), self.link(archived=False, cursor="")))
        return chips

    def price_chip(self, currency: str) -> Chip | None:
        """Return the chip of the price range, if there is one."""
        if not self.price_min and not self.price_max:
            return None
        words = wording.price_range(self.price_min, self.price_max, currency)
        return Chip(words, self.link(price_min="", price_max="", cursor=""))

    def _chip(self, name: str, value: str, label: str | None = None) -> Chip:
        left = tuple(other for other in getattr(self, name) if other != value)
        return Chip(label or value, self.link(**{name: left, "cursor": ""}))


def browsing_of(query: QueryParams) -> Browsing:
    """Read an address. What makes no sense is left out, and named in ``ignored``, rather than refused."""
    prices = {name: query.get(name, "").strip().lstrip("£$€ ") for name in ("price_min", "price_max")}
    ignored = [name for name, text in prices.items() if text and not _PRICE.fullmatch(text)]
    low, high = ("" if name in ignored else text for name, text in prices.items())
    if low and high and Decimal(low) > Decimal(high):
        low, high = high, low
    chosen = {name: _values(query, name) for name in _MOST}
    ignored += [name for name, values in chosen.items() if len(values) < len(_given(query, name))]
    words = query.get("q", "")
    if len(words.strip()) > LONGEST_WORDS:
        ignored.append("q")
    q = one_line(words, LONGEST_WORDS)
    sort = query.get("sort", "")
    return Browsing(
        q=q,
        correct=query.get("correct") not in {"false", "0"},
        **chosen,
        price_min=low,
        price_max=high,
        in_stock=query.get("in_stock") in _ON,
        archived=query.get("archived") in _ON,
        # A form always says its order; the usual one needs no place in the address.
        sort=sort if sort in SORTS and sort not in {_usual_sort(q), "" if q else "relevance"} else "",
        cursor=one_line(query.get("cursor", ""), _LONGEST_CURSOR),
        unfolded=tuple(name for name in _MOST if name in query.getlist(UNFOLDED)),
        ignored=tuple(ignored),
    )


def _usual_sort(q: str) -> str:
    return "relevance" if q else "newest"


def _given(query: QueryParams, name: str) -> dict[str, None]:
    return dict.fromkeys(value.strip() for value in query.getlist(name) if value.strip())


def _values(query: QueryParams, name: str) -> tuple[str, ...]:
    # A value that is longer than any book's would find nothing when cut, and is refused whole.
    lines = [one_line(value, _LONGEST[name]) for value in _given(query, name) if len(value) <= _LONGEST[name]]
    found = dict.fromkeys(line for line in lines if line and _can_be(name, line))
    return tuple(found)[: _MOST[name]]


def _can_be(name: str, value: str) -> bool:
    if name == "language":
        return re.fullmatch("[a-z]{2,3}", value) is not None
    return name != "format" or value in FORMATS
