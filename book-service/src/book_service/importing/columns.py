"""Which column of a CSV file is which field of a book."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from service_kit.languages.texts import _
from service_kit.text import search_key

MappedField = Literal[
    "id",
    "isbn13",
    "title",
    "subtitle",
    "authors",
    "publisher",
    "published_on",
    "language",
    "format",
    "pages",
    "subjects",
    "description",
    "price",
    "stock",
    "currency",
]
FIELDS: tuple[MappedField, ...] = get_args(MappedField)
"""What a column can be: a book's fields, the copies of a new one, and the currency that its price is in."""

IDENTIFYING = frozenset({"id", "isbn13", "title"})
_WANTED_OF_NEW = frozenset({"title", "price"})
_LISTS = frozenset({"authors", "subjects"})
_IGNORED = frozenset(
    {"onhand", "available", "coverurl", "createdat", "updatedat", "archivedat", "version", "problem", "problems"}
)
"""Columns of our own exports, and of rejected rows, that nothing is read from."""

_NAMES = {
    "id": "id bookid quireid",
    "isbn13": "isbn isbn13 ean ean13 isbnean eanisbn gtin gtin13 isbn10 isbnnummer barcode",
    "title": "title titel booktitle titre titulo titolo productname name produkt bezeichnung",
    "subtitle": "subtitle untertitel soustitre subtitulo sottotitolo",
    "authors": "authors author autor autoren autorin auteur auteurs autore autores verfasser writer contributor"
    " contributors creator by",
    "publisher": "publisher verlag editeur editorial editore imprint publishername",
    "published_on": "publishedon published publicationdate pubdate dateofpublication erscheinungsdatum"
    " erscheinungstermin erscheinungsjahr year jahr releasedate dateparution publishedat",
    "language": "language sprache langue idioma lingua lang languagecode",
    "format": "format binding einband productform form bindung medium reliure",
    "pages": "pages seiten pagecount seitenzahl numberofpages pagenumber extent nbpages umfang",
    "subjects": "subjects subject genre genres category categories kategorie kategorien thema themen tags keywords"
    " schlagworte schlagwort sachgebiet bisac",
    "description": "description beschreibung blurb summary synopsis annotation klappentext longdescription resume",
    "price": "price preis rrp srp listprice retailprice ladenpreis verkaufspreis vk vkpreis prix precio prezzo"
    " pricegbp priceeur priceusd uvp msrp bruttopreis",
    "stock": "stock quantity qty bestand lagerbestand anzahl copies menge initialstock",
    "currency": "currency wahrung waehrung devise moneda currencycode",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
_NO_LETTER = re.compile(r"[\W_]+")


def _folded(column: str) -> str:
    return _NO_LETTER.sub("", search_key(column))


def recognised(column: str) -> bool:
    """Tell whether a header says what the column is."""
    folded = _folded(column)
    return folded in _FIELD_OF or folded in _IGNORED


def guessed(columns: Sequence[str]) -> dict[str, str | None]:
    """Return the field of each column by its name, or None. Of several that could be one field, the first is."""
    mapping: dict[str, str | None] = dict.fromkeys(columns)
    taken = set()
    # A column that has exactly our name comes before one that only looks like it.
    for column in sorted(columns, key=lambda column: column not in FIELDS):
        field = _FIELD_OF.get(_folded(column))
        if field is not None and field not in taken:
            mapping[column] = field
            taken.add(field)
    return mapping


def unknown(mapping: Mapping[str, str | None]) -> list[str]:
    """Return the columns that nothing is read from though their names do not say so."""
    return [column for column, field in mapping.items() if field is None and not recognised(column)]


def needs_a_person(mapping: Mapping[str, str | None]) -> bool:
    """Tell whether somebody has to say which column is what, because a guess left something important open."""
    fields = set(mapping.values())
    return bool(unknown(mapping)) and not (fields & IDENTIFYING and fields >= _WANTED_OF_NEW)


def problem_of(mapping: Mapping[str, str | None]) -> str | None:
    """Return why a mapping cannot be worked with, or None."""
    fields = [field for field in mapping.values() if field is not None]
    doubled = sorted({field for field in fields if fields.count(field) > 1 and field not in _LISTS})
    if doubled:
        return _("More than one column is %(fields)s.", fields=", ".join(doubled))
    if not IDENTIFYING & set(fields):
        return _("No column tells which book a row is about: it takes id, isbn13 or title.")
    return None
