"""What search engines read beside a page's words: JSON-LD with the vocabulary of schema.org."""

from collections.abc import Sequence
from typing import Any

from web_frontend.catalogue.books import Book
from web_frontend.discovery.books import dumped, language_tag
from web_frontend.links import shelf_link
from web_frontend.wording import first_sentences

Data = dict[str, Any]

_SCHEMA = "https://schema.org"
_LONGEST_DESCRIPTION = 500
_FORMATS = {
    "paperback": "Paperback",
    "hardback": "Hardcover",
    "e-book": "EBook",
    "audiobook": "AudiobookFormat",
}


def book_data(book: Book, *, shop_url: str, picture: str) -> Data:
    """Return a book as a thing that was written and as a thing that is sold."""
    url = f"{shop_url}/books/{book.id}"
    data: Data = dumped({
        "@context": _SCHEMA,
        "@type": ["Book", "Product"],
        "@id": f"{url}#book",
        "url": url,
        "name": book.title,
        "alternativeHeadline": book.subtitle,
        "author": [
            {"@type": "Person", "name": name, "url": shop_url + shelf_link("author", name)} for name in book.authors
        ],
        "publisher": {"@type": "Organization", "name": book.publisher} if book.publisher else None,
        "isbn": book.isbn13,
        "gtin13": book.isbn13,
        "sku": book.id,
        "datePublished": book.published_on,
        "inLanguage": language_tag(book.language) if book.language else None,
        "bookFormat": f"{_SCHEMA}/{_FORMATS[book.format]}" if book.format in _FORMATS else None,
        "numberOfPages": book.pages,
        "genre": book.subjects,
        "description": first_sentences(book.description or "", _LONGEST_DESCRIPTION),
        "image": picture,
        "offers": _offer(book, url, shop_url),
    })  # fmt: skip
    return data


def _offer(book: Book, url: str, shop_url: str) -> Data:
    return {
        "@type": "Offer",
        "url": url,
        "price": book.price,
        "priceCurrency": book.currency,
        "availability": f"{_SCHEMA}/{'InStock' if book.available > 0 else 'OutOfStock'}",
        "itemCondition": f"{_SCHEMA}/NewCondition",
        "seller": {"@id": f"{shop_url}/#shop"},
    }


def breadcrumbs(trail: Sequence[tuple[str, str]], *, shop_url: str) -> Data:
    """Return the way from the first page to this one: names with their paths."""
    steps = [
        {"@type": "ListItem", "position": number, "name": name, "item": shop_url + path}
        for number, (name, path) in enumerate(trail, 1)
    ]
    return {"@context": _SCHEMA, "@type": "BreadcrumbList", "itemListElement": steps}


def shop_data(name: str, *, shop_url: str, logo: str) -> list[Data]:
    """Return the shop, and its site with the search."""
    search = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{shop_url}/books?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    return [
        {
            "@context": _SCHEMA,
            "@type": ["Organization", "OnlineStore"],
            "@id": f"{shop_url}/#shop",
            "name": name,
            "url": f"{shop_url}/",
            "logo": logo,
        },
        {
            "@context": _SCHEMA,
            "@type": "WebSite",
            "@id": f"{shop_url}/#site",
            "name": name,
            "url": f"{shop_url}/",
            "publisher": {"@id": f"{shop_url}/#shop"},
            "potentialAction": search,
        },
    ]
