"""Numbers, dates and codes in the words and shapes that readers know."""

import datetime as dt
from decimal import Decimal, InvalidOperation

from markupsafe import Markup

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}
_LOW_STOCK = 4
_FORMATS = {"e-book": "E-book", "audiobook": "Audiobook", "hardback": "Hardback", "paperback": "Paperback"}
_ISBN13_LENGTH = 13
# Books are counted up to a thousand; one more says only that there are more.
_FIRST_ESTIMATES = (1000, 1001)
_EXACT_DIGITS = 2
_MINUTE = 60

LANGUAGES = {
    "eng": "English", "fra": "French", "deu": "German", "spa": "Spanish", "ita": "Italian", "por": "Portuguese",
    "nld": "Dutch", "swe": "Swedish", "dan": "Danish", "nor": "Norwegian", "fin": "Finnish", "isl": "Icelandic",
    "gle": "Irish", "gla": "Scottish Gaelic", "cym": "Welsh", "lat": "Latin", "grc": "Ancient Greek", "ell": "Greek",
    "rus": "Russian", "ukr": "Ukrainian", "pol": "Polish", "ces": "Czech", "slk": "Slovak", "hun": "Hungarian",
    "ron": "Romanian", "bul": "Bulgarian", "srp": "Serbian", "hrv": "Croatian", "tur": "Turkish", "heb": "Hebrew",
    "ara": "Arabic", "fas": "Persian", "hin": "Hindi", "ben": "Bengali", "urd": "Urdu", "tam": "Tamil",
    "jpn": "Japanese", "zho": "Chinese", "kor": "Korean", "vie": "Vietnamese", "swa": "Swahili", "yid": "Yiddish",
}  # fmt: skip


def money(amount: str | Decimal | None, currency: str) -> str:
    """Return an amount as shops write it: ``("1234.5", "GBP")`` is ``£1,234.50``."""
    try:
        value = Decimal(amount or 0)
    except InvalidOperation:
        return str(amount)
    digits = f"{value:,.0f}" if currency == "JPY" else f"{value:,.2f}"
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{digits}" if symbol else f"{currency}\N{NO-BREAK SPACE}{digits}"


def currency_symbol(currency: str) -> str:
    """Return the sign before an amount."""
    return _SYMBOLS.get(currency, currency)


def exact_time(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` element: the exact moment for machines, day and hour with their zone for people."""
    utc = moment.astimezone(dt.UTC)
    words = f"{utc.day} {utc:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}" data-exact>{}</time>').format(utc.isoformat(timespec="seconds"), words)


def compact_time(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` element for tables: day and hour, and the year where it is not this one."""
    utc = moment.astimezone(dt.UTC)
    year = f" {utc.year}" if utc.year != dt.datetime.now(dt.UTC).year else ""
    words = f"{utc.day} {utc:%b}{year}, {utc:%H:%M} UTC"
    return Markup('<time datetime="{}" data-compact>{}</time>').format(utc.isoformat(timespec="seconds"), words)


def short_date(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` element that shows the day alone."""
    utc = moment.astimezone(dt.UTC)
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), f"{utc.day} {utc:%b %Y}")


def publication_date(text: str) -> str:
    """Return ``1931``, ``1931-10`` or ``1931-10-08`` in words."""
    try:
        parts = [int(part) for part in text.split("-")]
        day = dt.date(*[*parts, 1, 1][:3])
    except (TypeError, ValueError):
        return text
    return (str(day.year), f"{day:%B} {day.year}", f"{day.day} {day:%B} {day.year}")[len(parts) - 1]


def language_name(code: str) -> str:
    """Return the language of an ISO 639 code, or the code itself when it is a rare one."""
    return LANGUAGES.get(code, code)


def format_name(value: str) -> str:
    """Return a book's format with a capital letter."""
    return _FORMATS.get(value, value.capitalize())


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


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 book``, ``2 books``, ``1,204 books``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def about(number: int, one: str) -> str:
    """Return an estimate as people say it: ``About 12,000 books`` for 12,345, ``More than 1,000 books`` for 1,001."""
    if number in _FIRST_ESTIMATES:
        return f"More than {counted(_FIRST_ESTIMATES[0], one)}"
    digits = len(str(number)) - _EXACT_DIGITS
    return f"About {counted(round(number, -digits) if digits > 0 else number, one)}"


def price_band(low: str, high: str | None, currency: str) -> str:
    """Return a range of prices in words: ``Under £5``, ``£5 to £10``, ``£40 and more``."""
    words = [money(price, currency).removesuffix(".00") for price in (low, high) if price is not None]
    if high is None:
        return f"{words[0]} and more"
    return f"Under {words[1]}" if not Decimal(low) else f"{words[0]} to {words[1]}"


def waiting_time(seconds: int) -> str:
    """Return how long to wait, rounded up: ``40 seconds``, ``5 minutes``, ``an hour``."""
    if seconds < _MINUTE:
        return counted(max(seconds, 1), "second")
    minutes = -(-seconds // _MINUTE)
    if minutes < _MINUTE:
        return counted(minutes, "minute")
    hours = -(-minutes // _MINUTE)
    return "an hour" if hours == 1 else counted(hours, "hour")


def in_groups(text: str, size: int = 4) -> str:
    """Return ``text`` with a space after every ``size`` characters, as people copy it by hand."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def stock_words(available: int) -> tuple[str, str]:
    """Return ``(kind, words)`` for how many copies can be had."""
    if available <= 0:
        return "out", "Out of stock"
    if available < _LOW_STOCK:
        return "low", f"Only {available} left"
    return "ok", "In stock"
