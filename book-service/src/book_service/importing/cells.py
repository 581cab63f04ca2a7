r"""How our CSV files write values, and how values are read from them and from those of others.

In a list, whose items are separated by semicolons, a semicolon inside an item is written ``\;`` and a backslash
``\\``. What a spreadsheet would run is ``service_kit.spreadsheets``'s concern.
"""

import re
from collections.abc import Iterable

from service_kit.languages.texts import _

SEPARATOR = "; "
_ESCAPED = re.compile(r"\\([\\;])")
_ITEM = re.compile(r"(?:\\[\\;]|[^;])+")

_CURRENCY_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY"}
_LONGEST_PRICE = 40
_PRICE = re.compile(r"(?P<before>[£€$¥]|[A-Za-z]{3})?\s*(?P<number>[0-9][0-9.,'’\s]*)\s*(?P<after>[£€$¥]|[A-Za-z]{3})?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_ONE_COMMA = re.compile(r"([0-9]+),([0-9]{1,2})")
_GROUPED_COMMA = re.compile(r"[0-9]{1,3}(?:[.'’ ][0-9]{3})+,[0-9]{2}")
_GROUPED_POINT = re.compile(r"[0-9]{1,3}(?:[,'’ ][0-9]{3})+\.[0-9]{2}")

_AS_TEXT = re.compile(r"""=?"([0-9Xx -]{10,20})\"""")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_FORMATS = {
    "hardback": ("hardcover", "hardback", "hc", "hb", "gebunden", "gebundenes buch", "cased", "relie"),
    "paperback": ("paperback", "pb", "softcover", "taschenbuch", "broschiert", "kartoniert", "broche", "poche"),
    "e-book": ("ebook", "e-book", "epub", "kindle", "e-pub", "pdf"),
    "audiobook": ("audiobook", "audio", "audio book", "horbuch", "hoerbuch", "audio cd"),
}
_FORMAT_OF = {word: name for name, words in _FORMATS.items() for word in words}


def joined(items: Iterable[str]) -> str:
    """Return a list as one text."""
    return SEPARATOR.join(item.replace("\\", "\\\\").replace(";", "\\;") for item in items)


def split(text: str) -> list[str]:
    """Return the items of a list; those of other systems have no escapes, and their backslashes stay."""
    items = (_ESCAPED.sub(r"\1", item).strip() for item in _ITEM.findall(text))
    return [item for item in items if item]


def price_of(text: str, currency: str) -> str:
    """Return a price as the API takes it: from ``9,99``, ``£9.99``, ``1.234,50 EUR`` and the like.

    Raises ``ValueError`` for another currency, and for what can be read in two ways, such as ``1,234``.
    """
    text = text.strip()
    found = _PRICE.fullmatch(text) if len(text) <= _LONGEST_PRICE else None
    if found is None:
        return text
    for sign in (found["before"], found["after"]):
        code = _CURRENCY_SIGNS.get(sign or "", (sign or currency).upper())
        if code != currency:
            message = other_currency(code, currency)
            raise ValueError(message)
    return _plain_number(found["number"].strip())


def other_currency(found: str, currency: str) -> str:
    """Say that a price is in another currency than the shop's."""
    return _("is in %(found)s, and the prices of this shop are in %(currency)s", found=found, currency=currency)


def _plain_number(number: str) -> str:
    if _PLAIN.fullmatch(number):
        return number
    if _ONE_COMMA.fullmatch(number):
        return number.replace(",", ".")
    if _GROUPED_POINT.fullmatch(number):
        return re.sub(r"[^0-9.]", "", number)
    if _GROUPED_COMMA.fullmatch(number):
        return re.sub(r"[^0-9,]", "", number).replace(",", ".")
    message = _("can be read in more than one way: %(number)s; write it like 9.99", number=number)
    raise ValueError(message)


def isbn_of(text: str) -> str:
    """Return an ISBN without what makes a spreadsheet take it for text: ``="9780156949606"``."""
    found = _AS_TEXT.fullmatch(text)
    return found[1] if found else text


def date_of(text: str) -> str:
    """Return a date as the API takes it: ``8.10.1931`` becomes ``1931-10-08``. Other forms stay as they are."""
    found = _DAY_FIRST.fullmatch(text.strip())
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text.strip()


def format_of(text: str, folded: str) -> str:
    """Return one of our formats for a word of other systems, given as typed and folded; unknown words stay."""
    return _FORMAT_OF.get(folded, text.strip().lower())
