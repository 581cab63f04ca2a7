"""The shop's search for browsers (OpenSearch 1.1): its description, and what it offers while one types."""

from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from service_kit.languages.texts import _
from web_frontend.catalogue.books import Suggestions
from web_frontend.discovery.public_shop import PublicShop
from web_frontend.links import shelf_link

MEDIA_TYPE = "application/opensearchdescription+xml"
SUGGESTIONS_MEDIA_TYPE = "application/x-suggestions+json"
_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
# What the specification allows.
_LONGEST_SHORT_NAME, _LONGEST_NAME = 16, 48
_MAKE: Any = ElementMaker(namespace=_NAMESPACE, nsmap={None: _NAMESPACE})


def description(shop: PublicShop) -> bytes:
    """Return the description of the search."""
    icon = shop.url + shop.site.assets.url("icons/icon-192.png")
    root = _MAKE.OpenSearchDescription(
        _MAKE.ShortName(shop.name[:_LONGEST_SHORT_NAME]),
        _MAKE.LongName(shop.name[:_LONGEST_NAME]),
        _MAKE.Description(_("Find books at %(shop)s by title, author, subject or ISBN", shop=shop.name)),
        _MAKE.Url(type="text/html", template=f"{shop.url}/books?q={{searchTerms}}"),
        _MAKE.Url(
            type=SUGGESTIONS_MEDIA_TYPE, rel="suggestions", template=f"{shop.url}/suggestions.json?q={{searchTerms}}"
        ),
        _MAKE.Url(type="application/opds+json", template=f"{shop.url}/opds/books?query={{searchTerms}}"),
        _MAKE.Url(type=MEDIA_TYPE, rel="self", template=f"{shop.url}/opensearch.xml"),
        _MAKE.Image(f"{shop.url}/favicon.svg", type="image/svg+xml"),
        _MAKE.Image(icon, height="192", width="192", type="image/png"),
        _MAKE.Language("*"),
        _MAKE.InputEncoding("UTF-8"),
        _MAKE.OutputEncoding("UTF-8"),
    )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def suggestions(shop: PublicShop, words: str, found: Suggestions | None) -> list[Any]:
    """Return completions, what each is, and where it leads (OpenSearch Suggestions 1.1)."""
    offered = []
    if found is not None:
        offered = [(book.title, book.by, f"/books/{book.id}") for book in found.titles]
        offered += [(name, _("Author"), shelf_link("author", name)) for name in found.authors]
        offered += [(name, _("Subject"), shelf_link("subject", name)) for name in found.subjects]
        offered += [(name, _("Publisher"), shelf_link("publisher", name)) for name in found.publishers]
    return [
        words,
        [name for name, _what, _path in offered],
        [what for _name, what, _path in offered],
        [shop.url + path for _name, _what, path in offered],
    ]
