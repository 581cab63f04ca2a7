"""Numbers, dates and codes in the words and shapes that readers know."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from markupsafe import Markup, escape

from service_kit.languages.language import current_language
from service_kit.languages.texts import N_, _, n_

_LOW_STOCK = 4
_FORMATS = {
    "e-book": N_("E-book"),
    "audiobook": N_("Audiobook"),
    "hardback": N_("Hardback"),
    "paperback": N_("Paperback"),
    "other": N_("Other"),
}
_ISBN13_LENGTH = 13
# Books are counted up to a thousand; one more says only that there are more.
_FIRST_ESTIMATES = (1000, 1001)
_EXACT_DIGITS = 2
_MINUTE = 60

LANGUAGES = (
    *("eng", "fra", "deu", "spa", "ita", "por", "nld", "swe", "dan", "nor", "fin", "isl", "gle", "gla", "cym", "lat"),
    *("grc", "ell", "rus", "ukr", "pol", "ces", "slk", "hun", "ron", "bul", "srp", "hrv", "tur", "heb", "ara", "fas"),
    *("hin", "ben", "urd", "tam", "jpn", "zho", "kor", "vie", "swa", "yid"),
)
"""The languages of books that a form offers (ISO 639-3)."""


def money(amount: str | Decimal | None, currency: str) -> str:
    """Return an amount as the language writes it: ``("1234.5", "GBP")`` is ``£1,234.50`` or ``1.234,50 £``."""
    try:
        value = Decimal(amount or 0)
    except InvalidOperation:
        return str(amount)
    return _money(value, currency, current_language().locale)


# A page of books asks for the same few prices again and again, and formatting one takes as long as drawing half a card.
@lru_cache(maxsize=4096)
def _money(value: Decimal, currency: str, locale: Locale) -> str:
    return format_currency(value, currency, locale=locale)


def decimal(number: float) -> str:
    """Return a number with one digit after the point: ``4.5``, ``4,5``."""
    return str(format_decimal(number, "0.0", locale=current_language().locale))


def currency_symbol(currency: str) -> str:
    """Return the sign of a currency in the language."""
    return get_currency_symbol(currency, locale=current_language().locale)


def exact_time(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` element: the exact moment for machines, day and hour with their zone for people."""
    utc, locale = moment.astimezone(dt.UTC), current_language().locale
    words = f"{format_date(utc, 'long', locale=locale)}, {format_time(utc, 'short', locale=locale)} UTC"
    return Markup('<time datetime="{}" data-exact>{}</time>').format(utc.isoformat(timespec="seconds"), words)


def compact_time(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` element for tables: day and hour, and the year where it is not this one."""
    utc, locale = moment.astimezone(dt.UTC), current_language().locale
    skeleton = "yMMMd" if utc.year != dt.datetime.now(dt.UTC).year else "MMMd"
    day = format_skeleton(skeleton, utc, locale=locale)
    words = f"{day}, {format_time(utc, 'short', locale=locale)} UTC"
    return Markup('<time datetime="{}" data-compact>{}</time>').format(utc.isoformat(timespec="seconds"), words)


def short_date(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` element that shows the day alone."""
    utc = moment.astimezone(dt.UTC)
    words = format_date(utc, "medium", locale=current_language().locale)
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), words)


def publication_date(text: str) -> str:
    """Return ``1931``, ``1931-10`` or ``1931-10-08`` in words."""
    try:
        parts = [int(part) for part in text.split("-")]
        day = dt.date(*[*parts, 1, 1][:3])
    except (TypeError, ValueError):
        return text
    locale = current_language().locale
    if len(parts) == 1:
        return str(day.year)
    is_whole = len(parts) > 2  # noqa: PLR2004 (year, month and day)
    return format_date(day, "long", locale=locale) if is_whole else format_skeleton("yMMMM", day, locale=locale)


def language_name(code: str) -> str:
    """Return the name of the language of an ISO 639 code, or the code itself when it is a rare one."""
    short = get_global("language_aliases").get(code, code)
    return str(current_language().locale.languages.get(short, code))


def format_name(value: str) -> str:
    """Return a book's format with a capital letter."""
    return _(_FORMATS[value]) if value in _FORMATS else value.capitalize()


def isbn(digits: str) -> str:
    """Return an ISBN with the hyphen after its prefix."""
    return f"{digits[:3]}-{digits[3:]}" if len(digits) == _ISBN13_LENGTH else digits


def paragraphs(text: str) -> list[str]:
    """Split ``text`` at blank lines."""
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def first_sentences(text: str, longest: int = 190) -> str:
    """Return the sentences that fit into ``longest`` characters, or the first words with an ellipsis."""
    whole = " ".join(text.split())
    if len(whole) <= longest:
        return whole
    end = max(whole.rfind(mark, 0, longest) for mark in (". ", "! ", "? "))
    if end > longest // 3:
        return whole[: end + 1]
    return whole[:longest].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def shortened(text: str, longest: int = 60) -> str:
    """Return ``text``, or its beginning with an ellipsis where it would not fit a heading."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def number_of_books(number: int, *, is_estimate: bool = False) -> str:
    """Return ``2 books``; an estimate as people say it: ``About 12,000 books``, ``More than 1,000 books``."""
    if not is_estimate:
        return n_("%(num)s book", "%(num)s books", number)
    if number in _FIRST_ESTIMATES:
        first = _FIRST_ESTIMATES[0]
        return n_("More than %(num)s book", "More than %(num)s books", first)
    return n_("About %(num)s book", "About %(num)s books", rounded(number))


def rounded(number: int) -> int:
    """Return an estimate with as many digits as it is good for: 12,000 for 12,345."""
    digits = len(str(number)) - _EXACT_DIGITS
    return round(number, -digits) if digits > 0 else number


def price_band(low: str, high: str | None, currency: str) -> str:
    """Return a range of prices in words: ``Under £5``, ``£5 to £10``, ``£40 and more``."""
    if high is None:
        return _("%(low)s and more", low=whole_money(low, currency))
    words = {"low": whole_money(low, currency), "high": whole_money(high, currency)}
    return _("%(low)s to %(high)s", **words) if Decimal(low) else _("Under %(high)s", high=words["high"])


def price_range(low: str, high: str, currency: str) -> str:
    """Return what somebody wants to pay in words; an empty end is open."""
    words = {"low": money(low, currency), "high": money(high, currency)}
    if low and high:
        return _("%(low)s to %(high)s", **words)
    return _("From %(low)s", low=words["low"]) if low else _("Up to %(high)s", high=words["high"])


def whole_money(amount: str, currency: str) -> str:
    """Return an amount without its pence where there are none: ``£40``."""
    value = Decimal(amount)
    if value != value.to_integral_value():
        return money(amount, currency)
    return _whole_money(value, currency, current_language().locale)


@lru_cache(maxsize=1024)
def _whole_money(value: Decimal, currency: str, locale: Locale) -> str:
    pattern = str(locale.currency_formats["standard"].pattern).replace("0.00", "0")
    return format_currency(value, currency, locale=locale, currency_digits=False, format=pattern)


def waiting_time(seconds: int) -> str:
    """Return how long to wait, rounded up: ``40 seconds``, ``5 minutes``, ``1 hour``."""
    if seconds < _MINUTE:
        return n_("%(num)s second", "%(num)s seconds", max(seconds, 1))
    minutes = -(-seconds // _MINUTE)
    if minutes < _MINUTE:
        return n_("%(num)s minute", "%(num)s minutes", minutes)
    return n_("%(num)s hour", "%(num)s hours", -(-minutes // _MINUTE))


def listed(items: Sequence[str]) -> str:
    """Return ``A``, ``A and B``, ``A, B and C`` as the language joins them."""
    return str(format_list(items, locale=current_language().locale)) if len(items) > 1 else "".join(items)


def listed_markup(items: Sequence[str]) -> Markup:
    """Return ``items`` joined as ``listed`` does; what is not markup is escaped."""
    return Markup(listed([str(escape(item)) for item in items]))  # noqa: S704 (each item is escaped)


def in_groups(text: str, size: int = 4) -> str:
    """Return ``text`` with a space after every ``size`` characters, as people copy it by hand."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def stock_words(available: int) -> tuple[str, str]:
    """Return ``(kind, words)`` for how many copies can be had."""
    if available <= 0:
        return "out", _("Out of stock")
    if available < _LOW_STOCK:
        return "low", n_("Only %(num)s left", "Only %(num)s left", available)
    return "ok", _("In stock")
