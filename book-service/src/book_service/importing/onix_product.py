"""One ONIX product as fields of a book. ``docs/imports.md`` has the table of what is read from where."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from book_service.importing import onix_codes as codes
from book_service.importing import plain_text
from book_service.importing.cells import other_currency
from book_service.importing.given_fields import Given, Problem
from book_service.importing.onix_elements import children, descendants, has_entities, text_of
from service_kit.languages.texts import N_, _

_MOST_SUBJECTS = 60
_LONGEST_SUBJECT = 100
_WHOLE = re.compile(r"0*([1-9][0-9]*)(?:\.0+)?")
_ELIDED = ("'", "’", "-")


def read(product: Any, *, currency: str, default_currency: str) -> Given:  # noqa: ANN401 (lxml has no types)
    """Return what a product says. What it does not have says nothing, so it is left alone at a known book."""
    given = Given()
    notification = text_of(product, "NotificationType")
    if notification == codes.DELETION:
        message = N_("The message asks for this book to be deleted; archive it by hand if that is right")
        given.problems.append(Problem(None, message, "deletion"))
    elif notification in codes.TESTS:
        given.problems.append(Problem(None, N_("The product is marked as a test"), "test_record"))
    if has_entities(product):
        message = N_("An entity in the text is declared nowhere; write the character itself")
        given.problems.append(Problem(None, message, "xml_entities"))
    fields: dict[str, Any] = {}
    for name, found in _READERS.items():
        fields[name] = found(product)
    fields["price"] = _price(product, currency, default_currency, given.problems)
    given.fields = {name: value for name, value in fields.items() if value not in (None, "")}
    return given


def _identifiers(product: Any) -> dict[str, str]:  # noqa: ANN401
    found: dict[str, str] = {}
    for identifier in children(product, "ProductIdentifier"):
        kind = text_of(identifier, "ProductIDType")
        if kind != codes.PROPRIETARY or text_of(identifier, "IDTypeName") == codes.BOOK_ID_TYPE_NAME:
            found.setdefault(kind, text_of(identifier, "IDValue"))
    return found


def _isbn(product: Any) -> str | None:  # noqa: ANN401
    found = _identifiers(product)
    gtin = found.get(codes.GTIN13, "")
    is_isbn = gtin.startswith(("978", "979"))
    return found.get(codes.ISBN13) or (gtin if is_isbn else None) or found.get(codes.ISBN10)


def _title_element(product: Any) -> Any:  # noqa: ANN401
    details = list(descendants(product, "DescriptiveDetail", "TitleDetail"))
    details.sort(key=lambda detail: text_of(detail, "TitleType") != codes.DISTINCTIVE_TITLE)
    elements = list(children(details[0], "TitleElement")) if details else []
    elements.sort(key=lambda element: text_of(element, "TitleElementLevel") != codes.PRODUCT_LEVEL)
    return elements[0] if elements else None


def _title(product: Any) -> str | None:  # noqa: ANN401
    element = _title_element(product)
    if element is None:
        return None
    prefix, rest = text_of(element, "TitlePrefix"), text_of(element, "TitleWithoutPrefix")
    glue = "" if prefix.endswith(_ELIDED) or not prefix else " "
    return text_of(element, "TitleText") or f"{prefix}{glue}{rest}" or None


def _subtitle(product: Any) -> str | None:  # noqa: ANN401
    element = _title_element(product)
    return None if element is None else text_of(element, "Subtitle")


def _authors(product: Any) -> list[str] | None:  # noqa: ANN401
    detail = next(children(product, "DescriptiveDetail"), None)
    if detail is None:
        return None
    contributors = sorted(children(detail, "Contributor"), key=_sequence)
    roles = [{" ".join((role.text or "").split()) for role in children(one, "ContributorRole")} for one in contributors]
    wanted: tuple[Callable[[str], bool], ...] = (
        codes.MAIN_CREATORS.__contains__,
        lambda role: role.startswith("A"),
        codes.EDITOR.__eq__,
    )
    for is_wanted in wanted:
        chosen = [one for one, its in zip(contributors, roles, strict=True) if any(map(is_wanted, its))]
        if names := [name for name in map(_name, chosen) if name]:
            return names
    return [] if next(children(detail, "NoContributor"), None) is not None else None


def _sequence(contributor: Any) -> int:  # noqa: ANN401
    number = text_of(contributor, "SequenceNumber")
    return int(number) if number.isdecimal() and len(number) < 6 else 0  # noqa: PLR2004 (no book has more)


def _name(contributor: Any) -> str:  # noqa: ANN401
    if name := text_of(contributor, "PersonName"):
        return name
    parts = [text_of(contributor, part) for part in ("NamesBeforeKey", "PrefixToKey", "KeyNames", "SuffixToKey")]
    if name := " ".join(part for part in parts if part):
        return name
    family, comma, given = text_of(contributor, "PersonNameInverted").partition(", ")
    return f"{given} {family}" if comma else family or text_of(contributor, "CorporateName")


def _language(product: Any) -> str | None:  # noqa: ANN401
    for language in descendants(product, "DescriptiveDetail", "Language"):
        if text_of(language, "LanguageRole") == codes.LANGUAGE_OF_TEXT:
            return text_of(language, "LanguageCode").lower()
    return None


def _format(product: Any) -> str | None:  # noqa: ANN401
    detail = next(children(product, "DescriptiveDetail"), None)
    form = "" if detail is None else text_of(detail, "ProductForm")
    return None if not form or form in codes.OPEN_FORMS else codes.FORMAT_OF_FORM.get(form, "other")


def _pages(product: Any) -> str | None:  # noqa: ANN401
    found: dict[str, str] = {}
    for extent in descendants(product, "DescriptiveDetail", "Extent"):
        whole = _WHOLE.fullmatch(text_of(extent, "ExtentValue"))
        if whole is not None and text_of(extent, "ExtentUnit") == codes.PAGES:
            found.setdefault(text_of(extent, "ExtentType"), whole[1])
    return next((found[kind] for kind in codes.PAGE_COUNTS if kind in found), None)


def _subjects(product: Any) -> list[str] | None:  # noqa: ANN401
    found: dict[str, None] = {}
    themes: dict[str, None] = {}
    for subject in descendants(product, "DescriptiveDetail", "Subject"):
        scheme = text_of(subject, "SubjectSchemeIdentifier")
        texts: Iterable[str] = (" ".join("".join(heading.itertext()).split()) for heading in _headings(subject))
        if scheme == codes.KEYWORDS:
            texts = [word.strip() for text in texts for word in text.split(";")]
        found |= dict.fromkeys(text for text in texts if text and len(text) <= _LONGEST_SUBJECT)
        top = codes.THEMA_TOP.get(text_of(subject, "SubjectCode")[:1])
        if scheme == codes.THEMA and top:
            themes[top] = None
    return list(found or themes)[:_MOST_SUBJECTS] or None


def _headings(subject: Any) -> Iterable[Any]:  # noqa: ANN401
    return children(subject, "SubjectHeadingText")


def _description(product: Any) -> str | None:  # noqa: ANN401
    found: dict[str, str] = {}
    for content in descendants(product, "CollateralDetail", "TextContent"):
        text = next(children(content, "Text"), None)
        if text is not None:
            found.setdefault(text_of(content, "TextType"), _plain(text))
    return next((found[kind] for kind in codes.DESCRIPTIONS if found.get(kind)), None)


def _plain(text: Any) -> str:  # noqa: ANN401
    if len(text):
        return plain_text.of_element(text)
    return (
        plain_text.of_html(text.text or "") if text.get("textformat") in {codes.HTML, codes.XHTML} else text.text or ""
    )


def _publisher(product: Any) -> str | None:  # noqa: ANN401
    for imprint in descendants(product, "PublishingDetail", "Imprint"):
        if name := text_of(imprint, "ImprintName"):
            return name
    publishers = sorted(
        descendants(product, "PublishingDetail", "Publisher"),
        key=lambda publisher: text_of(publisher, "PublishingRole") != codes.PUBLISHER,
    )
    return next((name for name in (text_of(one, "PublisherName") for one in publishers) if name), None)


def _published_on(product: Any) -> str | None:  # noqa: ANN401
    found: dict[str, str] = {}
    for date in descendants(product, "PublishingDetail", "PublishingDate"):
        found.setdefault(text_of(date, "PublishingDateRole"), text_of(date, "Date"))
    date = next((found[role] for role in codes.PUBLICATION_DATES if found.get(role)), None)
    if date is None:
        return None
    digits = date[:8].replace("-", "")
    if not digits.isdecimal() or len(digits) not in codes.DATE_LENGTHS:
        return date
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part)


_READERS: dict[str, Callable[[Any], Any]] = {
    "id": lambda product: _identifiers(product).get(codes.PROPRIETARY),
    "isbn13": _isbn,
    "title": _title,
    "subtitle": _subtitle,
    "authors": _authors,
    "publisher": _publisher,
    "published_on": _published_on,
    "language": _language,
    "format": _format,
    "pages": _pages,
    "subjects": _subjects,
    "description": _description,
}


def _price(product: Any, currency: str, default_currency: str, problems: list[Problem]) -> str | None:  # noqa: ANN401
    found: dict[str, str] = {}
    others: list[str] = []
    for supply in descendants(product, "ProductSupply", "SupplyDetail"):
        if text_of(supply, "UnpricedItemType") == codes.FREE:
            found.setdefault(codes.SELLING_PRICES[-1], "0.00")
        for price in children(supply, "Price"):
            its = text_of(price, "CurrencyCode") or default_currency
            kind = text_of(price, "PriceType") or codes.SELLING_PRICES[0]
            if its == currency:
                found.setdefault(kind, text_of(price, "PriceAmount"))
            else:
                others.append(its)
    amount = next((found[kind] for kind in codes.SELLING_PRICES if kind in found), None)
    if amount is None and others:
        message = other_currency(others[0][:10] or _("no currency"), currency)
        problems.append(Problem("price", message))
    return amount
