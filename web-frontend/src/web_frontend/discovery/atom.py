"""New arrivals as an Atom feed (RFC 4287), for feed readers. Pages behind the first follow RFC 5005."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker
from markupsafe import Markup

from service_kit.languages.language import current_language
from service_kit.languages.texts import _
from web_frontend.discovery.books import ListedBook, Listing, author_links
from web_frontend.discovery.public_shop import PublicShop
from web_frontend.links import with_query
from web_frontend.wording import first_sentences, money, paragraphs

MEDIA_TYPE = "application/atom+xml"
PATH = "/new.atom"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LONGEST_SUMMARY = 280
# An empty shop's feed has to say when it changed, too.
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# What XML 1.0 cannot hold. The catalogue takes no such text; a feed does not end for one that got there otherwise.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAKE: Any = ElementMaker(namespace=_NAMESPACE, nsmap={None: _NAMESPACE})


def feed(shop: PublicShop, found: Listing, cursor: str) -> bytes:
    """Return the feed of one page of new books."""
    own = shop.url + with_query(PATH, [("cursor", cursor)])
    links = [
        _MAKE.link(rel="self", type=MEDIA_TYPE, href=own),
        _MAKE.link(rel="alternate", type="text/html", href=f"{shop.url}/new"),
        _MAKE.link(rel="search", type="application/opensearchdescription+xml", href=f"{shop.url}/opensearch.xml"),
    ]
    for relation, other in (("next", found.next_cursor), ("previous", found.prev_cursor)):
        if other:
            href = shop.url + with_query(PATH, [("cursor", other)])
            links.append(_MAKE.link(rel=relation, type=MEDIA_TYPE, href=href))
    updated = max((book.updated_at for book in found.items), default=_NEVER)
    root = _MAKE.feed(
        {_LANGUAGE: current_language().tag},
        _MAKE.id(shop.url + PATH),
        _MAKE.title(_("New arrivals at %(shop)s", shop=shop.name)),
        _MAKE.subtitle(_("What came last onto our shelves, the newest first")),
        _MAKE.updated(_moment(updated)),
        _MAKE.author(_MAKE.name(shop.name), _MAKE.uri(f"{shop.url}/")),
        _MAKE.icon(shop.url + shop.site.assets.url("icons/icon-192.png")),
        *links,
        *(_entry(shop, book) for book in found.items),
    )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _entry(shop: PublicShop, book: ListedBook) -> Any:  # noqa: ANN401 (an element of lxml)
    return _MAKE.entry(
        _MAKE.id(book.urn),
        _MAKE.title(_text(book.title)),
        _MAKE.link(rel="alternate", type="text/html", href=shop.url + book.path),
        _MAKE.published(_moment(book.created_at)),
        _MAKE.updated(_moment(book.updated_at)),
        *(
            _MAKE.author(_MAKE.name(_text(name)), _MAKE.uri(address))
            for name, address in author_links(shop.url, book.authors)
        ),
        *(_MAKE.category(term=_text(subject)) for subject in book.subjects),
        *([_MAKE.summary(_text(first_sentences(book.description, _LONGEST_SUMMARY)))] if book.description else []),
        _MAKE.content(_text(_content(shop, book)), type="html"),
    )


def _content(shop: PublicShop, book: ListedBook) -> Markup:
    picture = Markup('<p><img src="{}/cover.png" alt="" width="200" height="300"></p>').format(shop.url + book.path)
    facts = [book.subtitle, ", ".join(book.authors), money(book.price, book.currency)]
    return picture + _paragraphs([fact for fact in facts if fact]) + _paragraphs(paragraphs(book.description or ""))


def _paragraphs(texts: Sequence[str]) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(text) for text in texts)


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(text: str) -> str:
    return _NOT_XML.sub("", str(text))
