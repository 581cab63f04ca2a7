"""The form of a book: what is typed, what is stored, and the words for what is wrong with it."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import get_decimal_symbol

from service_kit.languages.language import current_language
from service_kit.languages.texts import N_, _
from web_frontend import wording
from web_frontend.catalogue.books import Book
from web_frontend.submitted_form import FormView, Submitted

LABELS = {
    "isbn": N_("ISBN"),
    "title": N_("Title"),
    "authors": N_("Authors"),
    "price": N_("Price"),
    "subtitle": N_("Subtitle"),
    "publisher": N_("Publisher"),
    "published_on": N_("Published"),
    "format": N_("Format"),
    "language": N_("Language"),
    "pages": N_("Pages"),
    "subjects": N_("Subjects"),
    "description": N_("Description"),
}
"""The fields in the order in which people type them."""
_SENTENCES: Mapping[str, str] = {
    "title": N_("Enter a title of at most 500 characters"),
    "subtitle": N_("Enter a subtitle of at most 500 characters"),
    "authors": N_("Enter at most 50 authors, each on a line and at most 300 characters long"),
    "publisher": N_("Enter a publisher of at most 300 characters"),
    "isbn": N_("Enter an ISBN of 10 or 13 digits whose last digit is right, like 978-0-15-694960-6"),
    "published_on": N_("Enter a year, a month or a day, like 1931, 1931-10 or 1931-10-08"),
    "pages": N_("Enter a number of pages from 1 to 100,000"),
    "price": N_("Enter a price like 9.99"),
    "description": N_("Shorten the description to 20,000 characters"),
    "subjects": N_("Enter at most 60 subjects, each on a line and at most 100 characters long"),
    "stock": N_("Enter a number of copies, like 0 or 12"),
}
_OWN_LANGUAGE = {"en": "eng", "de": "deu"}
"""What books of a shop are mostly written in, by the language of its pages."""
_PRICE = re.compile(r"\d{1,7}(?:[.,]\d{1,2})?")
_PUBLISHED_ON = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_ISBN13 = re.compile(r"97[89][0-9]{10}")
_COUNT = re.compile(r"[0-9]{1,7}")
_FEWEST_DIGITS = 9
"""Of an ISBN-10 that ends with an X."""
_MOST_PAGES = 100_000
_MOST_COPIES = 1_000_000


def label(name: str) -> str:
    """Return what people call a field of the form."""
    return _(LABELS[name]) if name in LABELS else name


def sentences() -> Mapping[str, str]:
    """Return what to say at a field that is wrong."""
    return {name: _(sentence) for name, sentence in _SENTENCES.items()}


def own_language() -> str:
    """Return the language (ISO 639-3) that a new book is taken to be in."""
    return _OWN_LANGUAGE.get(current_language().code, "eng")


def written_price(price: str) -> str:
    """Return a stored price as people type it: ``9,99`` where a comma is usual."""
    if not _PRICE.fullmatch(price):
        return price
    return price.replace(".", get_decimal_symbol(locale=current_language().locale))


def values_of(book: Book) -> dict[str, str]:
    """Return a book as its form shows it."""
    values = {
        "title": book.title,
        "subtitle": book.subtitle or "",
        "authors": "\n".join(book.authors),
        "isbn": book.isbn13 or "",
        "publisher": book.publisher or "",
        "published_on": book.published_on or "",
        "language": book.language or "",
        "format": book.format or "",
        "pages": str(book.pages or ""),
        "subjects": "\n".join(book.subjects),
        "price": book.price,
        "description": book.description or "",
    }
    return _as_stored(values)


def typed_values(form: Submitted) -> dict[str, str]:
    """Return what was typed into a book's form, as it will be stored."""
    return _as_stored({name: form[name] for name in LABELS})


def _as_stored(values: dict[str, str]) -> dict[str, str]:
    # Two texts that will be stored as one and the same must not look like two people's changes.
    stored = {name: " ".join(unicodedata.normalize("NFC", value).split()) for name, value in values.items()}
    stored["description"] = unicodedata.normalize("NFC", values["description"]).strip()
    for name in ("authors", "subjects"):
        stored[name] = "\n".join(dict.fromkeys(_lines(values[name])))
    stored["price"] = _plain_price(values["price"])
    digits = stored["isbn"].replace("-", "").replace(" ", "")
    stored["isbn"] = digits if _ISBN13.fullmatch(digits) else stored["isbn"]
    return stored


def book_form(values: dict[str, str]) -> FormView:
    """Check what was typed. An ISBN's last digit and the like are checked by the service."""
    view = FormView(values=values)
    if values["isbn"] and sum(character.isdecimal() for character in values["isbn"]) < _FEWEST_DIGITS:
        view.refuse("isbn", sentences()["isbn"])
    if not values["title"]:
        view.refuse("title", _("Enter a title"))
    if not _PRICE.fullmatch(values["price"]):
        view.refuse("price", sentences()["price"])
    if values["published_on"] and not _PUBLISHED_ON.fullmatch(values["published_on"]):
        view.refuse("published_on", sentences()["published_on"])
    if values["pages"] and not (_COUNT.fullmatch(values["pages"]) and 1 <= int(values["pages"]) <= _MOST_PAGES):
        view.refuse("pages", sentences()["pages"])
    return view


def new_book_form(form: Submitted) -> FormView:
    """Check the form of a new book, which also has its first copies."""
    view = book_form(typed_values(form))
    view.values["stock"] = form["stock"]
    if form["stock"] and not (_COUNT.fullmatch(form["stock"]) and int(form["stock"]) <= _MOST_COPIES):
        view.refuse("stock", sentences()["stock"])
    return view


def fields_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Return checked values as book-service takes them; what was left empty is null."""
    return {
        "title": values["title"],
        "subtitle": values["subtitle"] or None,
        "authors": _lines(values["authors"]),
        "isbn13": values["isbn"] or None,
        "publisher": values["publisher"] or None,
        "published_on": values["published_on"] or None,
        "language": values["language"] or None,
        "format": values["format"] or None,
        "pages": int(values["pages"]) if values["pages"] else None,
        "subjects": _lines(values["subjects"]),
        "price": values["price"],
        "description": values["description"] or None,
    }


def changed_fields(values: Mapping[str, str], names: Collection[str]) -> dict[str, Any]:
    """Return those of the checked values that the form knows by ``names``, as book-service takes them."""
    wanted = {"isbn13" if name == "isbn" else name for name in names}
    return {name: value for name, value in fields_of(values).items() if name in wanted}


def form_name(name: str) -> str:
    """Return what the form calls a field of the service."""
    return {"isbn13": "isbn", "author": "authors"}.get(name, name)


def field_names(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Translate the service's field names into those of the form."""
    return [(form_name(name), message) for name, message in found]


def languages(current: str) -> list[tuple[str, str]]:
    """Return the languages to choose from; that of the book is among them even when it is a rare one."""
    codes = dict.fromkeys((*wording.LANGUAGES, current) if current else wording.LANGUAGES)
    known = [(code, wording.language_name(code)) for code in codes]
    return sorted(known, key=lambda item: (item[0] != own_language(), item[1]))


def _lines(text: str) -> list[str]:
    lines = unicodedata.normalize("NFC", text).split("\n")
    return [" ".join(line.split()) for line in lines if line.strip()]


def _plain_price(text: str) -> str:
    plain = text.strip().lstrip("£$€¥ ").replace(" ", "")
    if not _PRICE.fullmatch(plain):
        return text.strip()
    return f"{Decimal(plain.replace(',', '.')):.2f}"
