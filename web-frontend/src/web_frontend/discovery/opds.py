"""The catalogue for reading apps (OPDS 2.0): where to begin, lists of books, and names to browse by."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from service_kit.languages.texts import N_, _
from web_frontend.browse.kinds import KINDS, Kind
from web_frontend.catalogue.books import Facets, FacetValue
from web_frontend.catalogue.browsing import Browsing
from web_frontend.discovery.books import Listing, Names, listing
from web_frontend.discovery.public_shop import PublicShop
from web_frontend.discovery.publications import FEED_TYPE, Json, books_path, publication
from web_frontend.gateway_client import QueryValues
from web_frontend.links import with_query
from web_frontend.wording import format_name, language_name

BOOKS = "/opds/books"
ON_PAGE = 24
_IN_GROUP = "12"
_NEWEST, _MOST_SOLD = "newest", "popularity"
_SORTS = {
    _NEWEST: N_("Newest first"),
    _MOST_SOLD: N_("Most sold"),
    "title": N_("Title, A to Z"),
    "price": N_("Price, low to high"),
}


async def start(shop: PublicShop) -> Json:
    """Return where a reading app begins: ways to go, and the first books of two of them."""
    newest, most_sold = await asyncio.gather(
        *(listing(shop, [("sort", sort), ("limit", _IN_GROUP)]) for sort in (_NEWEST, _MOST_SOLD))
    )
    navigation = [
        _link(shop, BOOKS, title=_("New arrivals"), rel="http://opds-spec.org/sort/new"),
        _link(shop, _sorted_by(_MOST_SOLD), title=_("Most sold"), rel="http://opds-spec.org/sort/popular"),
        *(_link(shop, f"/opds/{kind.plural}", title=_(kind.says.title)) for kind in KINDS.values()),
    ]
    groups = [
        _group(shop, _("New arrivals"), BOOKS, newest),
        _group(shop, _("Most sold"), _sorted_by(_MOST_SOLD), most_sold),
    ]
    return {
        "metadata": {"title": shop.name},
        "links": [
            _link(shop, "/opds/", rel="self"),
            *_everywhere(shop),
            _link(shop, "/", rel="alternate", type="text/html"),
        ],
        "navigation": navigation,
        "groups": [group for group in groups if group["publications"]],
    }


def books(shop: PublicShop, browsing: Browsing, found: Listing) -> Json:
    """Return one page of the books that the address asks for, and what narrows them."""
    pages: list[tuple[str, str | None]] = [("previous", found.prev_cursor), ("next", found.next_cursor)]
    links = [
        _link(shop, _address(browsing), rel="self"),
        *(_link(shop, _address(replace(browsing, cursor=cursor)), rel=name) for name, cursor in pages if cursor),
        *([_link(shop, _address(replace(browsing, cursor="")), rel="first")] if browsing.cursor else []),
        *_everywhere(shop),
    ]
    metadata: Json = {"title": _title(browsing), "itemsPerPage": ON_PAGE}
    if found.total is not None and not found.total_is_estimate:
        metadata["numberOfItems"] = found.total
    facets = _facets(shop, browsing, found.facets) if found.facets is not None and found.items else []
    return {
        "metadata": metadata,
        "links": links,
        "publications": [publication(book, shop.url) for book in found.items],
        **({"facets": facets} if facets else {}),
    }


def names(shop: PublicShop, kind: Kind, found: Names, cursor: str) -> Json:
    """Return one page of authors, subjects or publishers, each leading to their books."""
    path = f"/opds/{kind.plural}"
    pages: list[tuple[str, str | None]] = [("previous", found.prev_cursor), ("next", found.next_cursor)]
    links = [
        _link(shop, with_query(path, [("cursor", cursor)]), rel="self"),
        *(_link(shop, with_query(path, [("cursor", other)]), rel=name) for name, other in pages if other),
        *_everywhere(shop),
    ]
    navigation = [
        _link(shop, books_path(kind.name, item.value), title=item.value, properties={"numberOfItems": item.count})
        for item in found.items
    ]
    return {"metadata": {"title": _(kind.says.title)}, "links": links, "navigation": navigation}


def asked_of_books(browsing: Browsing) -> QueryValues:
    """Return what the gateway is asked for."""
    return [*browsing.query, ("limit", str(ON_PAGE)), ("facets", "true")]


def _title(browsing: Browsing) -> str:
    if browsing.q:
        return _("Results for “%(words)s”", words=browsing.q)
    one = [value for name, value in browsing.filters if name in {"author", "subject", "publisher"}]
    if len(one) == 1:
        return one[0]
    return _("New arrivals") if browsing == Browsing(cursor=browsing.cursor) else _("Books")


def _sorted_by(sort: str) -> str:
    return with_query(BOOKS, [("sort", sort)])


def _address(browsing: Browsing) -> str:
    # Apps know the words that are searched for by this name.
    return with_query(BOOKS, [("query" if name == "q" else name, value) for name, value in browsing.query])


def _everywhere(shop: PublicShop) -> list[Json]:
    return [
        _link(shop, "/opds/", rel="start"),
        {"rel": "search", "href": f"{shop.url}{BOOKS}{{?query}}", "type": FEED_TYPE, "templated": True},
    ]


def _link(shop: PublicShop, path: str, **more: Any) -> Json:  # noqa: ANN401 (members of a link)
    return {"href": shop.url + path, "type": FEED_TYPE} | more


def _group(shop: PublicShop, title: str, path: str, found: Listing) -> Json:
    return {
        "metadata": {"title": title},
        "links": [_link(shop, path, rel="self")],
        "publications": [publication(book, shop.url) for book in found.items],
    }


def _facets(shop: PublicShop, browsing: Browsing, found: Facets) -> list[Json]:
    """Return what narrows the books; what is on already is marked ``self``, and leads to without it."""
    sorting = [
        _choice(shop, replace(browsing, sort=sort, cursor=""), _(title), is_on=browsing.sort_shown == sort)
        for sort, title in _SORTS.items()
    ]
    narrowing = (
        (_("Subject"), _choices(shop, browsing, "subject", found.subjects)),
        (_("Language"), _choices(shop, browsing, "language", found.languages)),
        (_("Format"), _choices(shop, browsing, "format", found.formats)),
    )
    groups = [(_("Sort by"), sorting), *narrowing]
    return [{"metadata": {"title": title}, "links": links} for title, links in groups if links]


def _choices(shop: PublicShop, browsing: Browsing, name: str, values: Iterable[FacetValue]) -> list[Json]:
    words = {"language": language_name, "format": format_name}.get(name, str)
    links = []
    for value in values:
        on: tuple[str, ...] = getattr(browsing, name)
        is_on = value.value in on
        chosen = tuple(other for other in on if other != value.value) if is_on else (*on, value.value)
        changed = replace(browsing, cursor="", **{name: chosen})  # type: ignore[arg-type]
        links.append(_choice(shop, changed, words(value.value), is_on=is_on, count=value.count))
    return links


def _choice(shop: PublicShop, browsing: Browsing, title: str, *, is_on: bool, count: int | None = None) -> Json:
    properties = {"properties": {"numberOfItems": count}} if count is not None else {}
    return _link(shop, _address(browsing), title=title, **({"rel": "self"} if is_on else {}), **properties)
