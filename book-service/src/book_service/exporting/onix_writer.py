"""Books as an ONIX for Books 3.0 message (EDItEUR), in reference names."""

import datetime as dt
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from book_service.catalogue.languages import bibliographic_code
from book_service.catalogue.repository import BookRow
from book_service.importing import onix_codes as codes

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_IN_STOCK, _NOT_AVAILABLE = "21", "40"  # list 65


class OnixWriter:
    """Writes books as ONIX. Elements stand in the order of the schema."""

    media_type = "application/xml"
    extension = "xml"

    def __init__(self, currency: str, *, sender: str, sent_at: dt.datetime) -> None:
        """Take the currency of the prices, who sends the message, and when."""
        self._currency = currency
        self._sender = sender
        self._sent_at = sent_at

    def beginning(self) -> bytes:
        """Return the header."""
        header = _tag("Sender", _text("SenderName", self._sender)) + _text(
            "SentDateTime", self._sent_at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ONIXMessage release="3.0" xmlns="http://ns.editeur.org/onix/3.0/reference">\n'
            f"{_tag('Header', header)}\n"
        ).encode()

    def books(self, rows: Sequence[BookRow]) -> bytes:
        """Return a product for each book."""
        return "".join(f"{self._product(row)}\n" for row in rows).encode()

    def end(self) -> bytes:
        """Return the end of the message."""
        return b"</ONIXMessage>\n"

    def _product(self, row: BookRow) -> str:
        return _tag(
            "Product",
            _text("RecordReference", str(row.id)),
            _text("NotificationType", "03"),  # list 1: confirmed on publication
            _identifier(codes.PROPRIETARY, str(row.id), type_name=codes.BOOK_ID_TYPE_NAME),
            _identifier(codes.GTIN13, row.isbn13) if row.isbn13 else "",
            _identifier(codes.ISBN13, row.isbn13) if row.isbn13 else "",
            _described(row),
            _collateral(row.description) if row.description else "",
            _published(row),
            self._supply(row),
        )

    def _supply(self, row: BookRow) -> str:
        price = self._price(row) if row.price else _text("UnpricedItemType", codes.FREE)
        supplier = _tag("Supplier", _text("SupplierRole", "00"), _text("SupplierName", self._sender))  # list 93
        available = _text("ProductAvailability", _IN_STOCK if row.available > 0 else _NOT_AVAILABLE)
        return _tag("ProductSupply", _tag("SupplyDetail", supplier, available, price))

    def _price(self, row: BookRow) -> str:
        return _tag(
            "Price",
            _text("PriceType", codes.SELLING_PRICES[0]),
            _text("PriceAmount", f"{row.price:.2f}"),
            _text("CurrencyCode", self._currency),
        )


def _tag(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def _text(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(_NOT_IN_XML.sub(_REPLACEMENT, text))}</{name}>"


def _identifier(kind: str, value: str, *, type_name: str | None = None) -> str:
    name = _text("IDTypeName", type_name) if type_name else ""
    return _tag("ProductIdentifier", _text("ProductIDType", kind), name, _text("IDValue", value))


def _described(row: BookRow) -> str:
    title = _tag(
        "TitleElement",
        _text("TitleElementLevel", codes.PRODUCT_LEVEL),
        _text("TitleText", row.title),
        _text("Subtitle", row.subtitle) if row.subtitle else "",
    )
    return _tag(
        "DescriptiveDetail",
        _text("ProductComposition", "00"),  # list 2: a single item
        _text("ProductForm", codes.FORM_OF_FORMAT[row.format]),
        _tag("TitleDetail", _text("TitleType", codes.DISTINCTIVE_TITLE), title),
        *(_contributor(place, name) for place, name in enumerate(row.authors, start=1)),
        "" if row.authors else "<NoContributor/>",
        _language(row.language) if row.language else "",
        _extent(row.pages) if row.pages else "",
        *(_subject(subject) for subject in row.subjects),
    )


def _contributor(place: int, name: str) -> str:
    return _tag(
        "Contributor",
        _text("SequenceNumber", str(place)),
        _text("ContributorRole", codes.AUTHOR),
        _text("PersonName", name),
    )


def _language(language: str) -> str:
    code = bibliographic_code(language)
    return _tag("Language", _text("LanguageRole", codes.LANGUAGE_OF_TEXT), _text("LanguageCode", code))


def _extent(pages: int) -> str:
    return _tag(
        "Extent",
        _text("ExtentType", codes.PAGE_COUNTS[0]),
        _text("ExtentValue", str(pages)),
        _text("ExtentUnit", codes.PAGES),
    )


def _subject(subject: str) -> str:
    return _tag(
        "Subject",
        _text("SubjectSchemeIdentifier", codes.PROPRIETARY_SCHEME),
        _text("SubjectSchemeName", codes.SUBJECT_SCHEME_NAME),
        _text("SubjectHeadingText", subject),
    )


def _collateral(description: str) -> str:
    text = _text("Text", description, f' textformat="{codes.PLAIN_TEXT}"')
    kind = _text("TextType", codes.DESCRIPTIONS[0])
    return _tag("CollateralDetail", _tag("TextContent", kind, _text("ContentAudience", "00"), text))


def _published(row: BookRow) -> str:
    if not row.publisher and not row.published_on:
        return ""
    role = _text("PublishingRole", codes.PUBLISHER)
    # The schema wants a publisher in front of the date; one that is not known has an identifier in place of a name.
    publisher = _tag("Publisher", role, _text("PublisherName", row.publisher) if row.publisher else _NO_PUBLISHER)
    date = ""
    if row.published_on:
        digits = row.published_on.replace("-", "")
        date_format = f' dateformat="{codes.DATE_LENGTHS[len(digits)]}"'
        role = _text("PublishingDateRole", codes.PUBLICATION_DATES[0])
        date = _tag("PublishingDate", role, _text("Date", digits, date_format))
    return _tag("PublishingDetail", publisher, date)


_NO_PUBLISHER = _tag(
    "PublisherIdentifier",
    _text("PublisherIDType", codes.PROPRIETARY),  # list 44
    _text("IDTypeName", "Quire publisher"),
    _text("IDValue", "unknown"),
)
