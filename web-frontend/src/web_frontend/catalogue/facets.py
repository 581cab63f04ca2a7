"""The filters beside the books: what can be chosen, how many books each would show, and what is on."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2s
from typing import NamedTuple

from service_kit.languages.texts import N_, _
from web_frontend import wording
from web_frontend.catalogue.books import Facets, FacetValue, PriceBand
from web_frontend.catalogue.browsing import Browsing
from web_frontend.gateway_client import QueryValues

_SHOWN_AT_ONCE = 6
# One more is sooner shown than unfolded, and one more than that tells that there are more.
_ASKED_FOR = _SHOWN_AT_ONCE + 2
_LEGENDS = {
    "subject": N_("Subject"),
    "author": N_("Author"),
    "format": N_("Format"),
    "language": N_("Language"),
    "publisher": N_("Publisher"),
}
_WORDS: dict[str, Callable[[str], str]] = {"format": wording.format_name, "language": wording.language_name}


class Choice(NamedTuple):
    """A value to tick; ``books`` says how many have it, and is None when nobody counted them."""

    id: str
    value: str
    label: str
    books: int | None
    is_on: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one filter.

    Those behind ``link`` are ``more`` when it is unfolded, and else not there: a catalogue has more than a hundred
    values, hardly anybody wants them all, and each costs a phone time.
    """

    name: str
    legend: str
    shown: list[Choice]
    more: list[Choice]
    link: str = ""
    """The address that unfolds it, or folds it again."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range of prices, and the address that chooses it, or that takes it off."""

    label: str
    count: int
    is_on: bool
    href: str


def facets_asked_for(browsing: Browsing) -> QueryValues:
    """Return what to ask the catalogue for besides the books."""
    most = [] if browsing.unfolded else [("facet_values", str(_ASKED_FOR))]
    return [("facets", "true"), *most]


def facets_of(browsing: Browsing, found: Facets) -> list[Facet]:
    """Return the filters with something to choose, in the order of the page."""
    values = {
        "subject": found.subjects,
        "author": found.authors,
        "format": found.formats,
        "language": found.languages,
        "publisher": found.publishers,
    }
    facets = [_facet(name, counted, browsing, found) for name, counted in values.items()]
    return [facet for facet in facets if facet.shown]


def bands_of(browsing: Browsing, bands: list[PriceBand], currency: str) -> list[Band]:
    """Return the ranges of prices as links."""
    return [_band(browsing, band, currency) for band in bands]


def _facet(name: str, counted: list[FacetValue], browsing: Browsing, facets: Facets) -> Facet:
    values = _values(name, counted, browsing, facets)
    legend, on = _(_LEGENDS[name]), getattr(browsing, name)
    if len(values) < _ASKED_FOR:
        return Facet(name, legend, _choices(name, values, on), [])
    first, others = values[:_SHOWN_AT_ONCE], values[_SHOWN_AT_ONCE:]
    if name in browsing.unfolded:
        fold = browsing.link(unfolded=tuple(other for other in browsing.unfolded if other != name))
        return Facet(name, legend, _choices(name, first, on), _choices(name, others, on), link=fold)
    first += [value for value in others if value[0] in on]
    unfold = browsing.link(unfolded=(*browsing.unfolded, name))
    return Facet(name, legend, _choices(name, first, on), [], link=unfold)


def _values(name: str, counted: list[FacetValue], browsing: Browsing, facets: Facets) -> list[tuple[str, int | None]]:
    """Return all values with the number of their books."""
    on = getattr(browsing, name)
    known: dict[str, int | None] = {value.value: value.count for value in counted}
    # What is on must be there to be taken off, even where no book has it, or none of those that were counted.
    uncounted = dict.fromkeys((value for value in on if value not in known), 0 if facets.is_complete else None)
    return list((uncounted | known).items())


def _choices(name: str, values: list[tuple[str, int | None]], on: Container[str]) -> list[Choice]:
    words = _WORDS.get(name, str)
    return [Choice(_id(name, value), value, words(value), count, value in on) for value, count in values]


@lru_cache(maxsize=4096)
def _id(name: str, value: str) -> str:
    # The same for a value wherever it stands, so that the focus finds it again after its list was counted anew.
    return f"{name}-{blake2s(value.encode(), digest_size=6).hexdigest()}"


def _band(browsing: Browsing, band: PriceBand, currency: str) -> Band:
    low = band.min if Decimal(band.min) else ""
    # A range ends before the next begins; the filter takes both of its ends in.
    high = f"{Decimal(band.max) - Decimal('0.01'):.2f}" if band.max is not None else ""
    is_on = (browsing.price_min, browsing.price_max) == (low, high)
    prices = {"price_min": "", "price_max": ""} if is_on else {"price_min": low, "price_max": high}
    label = wording.price_band(band.min, band.max, currency)
    return Band(label, band.count, is_on, browsing.link(**prices, cursor=""))
