"""ONIX elements by their reference names, whichever of the two tag sets and namespaces a message uses."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from lxml import etree

_SHORT = {
    "a001": "RecordReference",
    "a002": "NotificationType",
    "b221": "ProductIDType",
    "b233": "IDTypeName",
    "b244": "IDValue",
    "b012": "ProductForm",
    "b202": "TitleType",
    "x409": "TitleElementLevel",
    "b203": "TitleText",
    "b030": "TitlePrefix",
    "b031": "TitleWithoutPrefix",
    "b029": "Subtitle",
    "b034": "SequenceNumber",
    "b035": "ContributorRole",
    "b036": "PersonName",
    "b037": "PersonNameInverted",
    "b039": "NamesBeforeKey",
    "b247": "PrefixToKey",
    "b040": "KeyNames",
    "b248": "SuffixToKey",
    "b047": "CorporateName",
    "n339": "NoContributor",
    "b253": "LanguageRole",
    "b252": "LanguageCode",
    "b218": "ExtentType",
    "b219": "ExtentValue",
    "b220": "ExtentUnit",
    "b067": "SubjectSchemeIdentifier",
    "b069": "SubjectCode",
    "b070": "SubjectHeadingText",
    "x426": "TextType",
    "d104": "Text",
    "b079": "ImprintName",
    "b291": "PublishingRole",
    "b081": "PublisherName",
    "x448": "PublishingDateRole",
    "b306": "Date",
    "j192": "UnpricedItemType",
    "x462": "PriceType",
    "j151": "PriceAmount",
    "j152": "CurrencyCode",
    "m186": "DefaultCurrencyCode",
}
_COMPOSITES = (
    "Header Product ProductIdentifier DescriptiveDetail TitleDetail TitleElement Contributor Language Extent Subject"
    " CollateralDetail TextContent PublishingDetail Imprint Publisher PublishingDate ProductSupply SupplyDetail Price"
)
_REFERENCE = _SHORT | {name.lower(): name for name in _COMPOSITES.split()}


@cache
def _reference_name(tag: str) -> str:
    local = tag.rpartition("}")[2]
    return _REFERENCE.get(local, local)


def children(parent: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 (lxml has no types)
    """Yield the children with a reference name."""
    return (child for child in parent if isinstance(child.tag, str) and _reference_name(child.tag) == name)


def descendants(parent: Any, *names: str) -> Iterable[Any]:  # noqa: ANN401
    """Yield the elements at the end of a path of reference names."""
    found: Iterable[Any] = [parent]
    for name in names:
        found = [child for element in found for child in children(element, name)]
    return found


def text_of(parent: Any, name: str) -> str:  # noqa: ANN401
    """Return the text of the first child with a reference name, white space folded; empty when there is none."""
    child = next(children(parent, name), None)
    return "" if child is None else " ".join("".join(child.itertext()).split())


def has_entities(element: Any) -> bool:  # noqa: ANN401
    """Tell whether an entity stands in the text that no one has declared; its text would be missing."""
    return next(element.iter(etree.Entity), None) is not None
