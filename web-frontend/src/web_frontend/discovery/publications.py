"""Books as publications of a catalogue for reading apps (OPDS 2.0, on the Readium Web Publication Manifest)."""

import re
from typing import Any

from web_frontend.discovery.books import ListedBook, dumped, language_tag
from web_frontend.discovery.drawing import CARD_SIZE, COVER_SIZE
from web_frontend.links import shelf_link, with_query

Json = dict[str, Any]

FEED_TYPE = "application/opds+json"
PUBLICATION_TYPE = "application/opds-publication+json"
# A publication's date has a day, and nothing is told that nobody knows.
_WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def publication(book: ListedBook, shop_url: str) -> Json:
    """Return a book: what it is, where it is bought, and what it looks like."""
    page = shop_url + book.path
    links = [
        {"rel": "self", "href": f"{shop_url}/opds/books/{book.id}", "type": PUBLICATION_TYPE},
        {"rel": "alternate", "href": page, "type": "text/html"},
        {
            "rel": "http://opds-spec.org/acquisition/buy",
            "href": page,
            "type": "text/html",
            "properties": {
                "price": {"currency": book.currency, "value": float(book.price)},
                "availability": {"state": "available" if book.available > 0 else "unavailable"},
            },
        },
    ]
    return {"metadata": dumped(_metadata(book, shop_url)), "links": links, "images": _images(page)}


def books_path(name: str, value: str) -> str:
    """Return the path of the feed of the books that have ``value``."""
    return with_query("/opds/books", [(name, value)])


def _metadata(book: ListedBook, shop_url: str) -> Json:
    is_whole = book.published_on is not None and _WHOLE_DATE.fullmatch(book.published_on)
    return {
        "@type": "http://schema.org/Audiobook" if book.format == "audiobook" else "http://schema.org/Book",
        "identifier": f"urn:isbn:{book.isbn13}" if book.isbn13 else book.urn,
        "title": book.title,
        "subtitle": book.subtitle,
        "author": [_contributor("author", name, shop_url) for name in book.authors],
        "publisher": _contributor("publisher", book.publisher, shop_url) if book.publisher else None,
        "published": book.published_on if is_whole else None,
        "modified": book.updated_at.isoformat(timespec="seconds"),
        "language": language_tag(book.language) if book.language else None,
        "numberOfPages": book.pages,
        "description": book.description,
        "subject": [_contributor("subject", name, shop_url) for name in book.subjects],
    }


def _contributor(kind: str, name: str, shop_url: str) -> Json:
    links = [
        {"href": shop_url + books_path(kind, name), "type": FEED_TYPE},
        {"href": shop_url + shelf_link(kind, name), "type": "text/html"},
    ]
    return {"name": name, "links": links}


def _images(page: str) -> list[Json]:
    return [
        {"href": f"{page}/{name}.png", "type": "image/png", "width": width, "height": height}
        for name, (width, height) in (("cover", COVER_SIZE), ("card", CARD_SIZE))
    ]
