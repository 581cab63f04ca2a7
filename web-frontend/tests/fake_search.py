"""Finding books behind the fake gateway: searches that are understood, facets, names, and what nobody found."""

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_gateway import FakeGateway

# What the dictionary of words makes of a misspelling.
SPELLING = {"prejudise": "prejudice", "dickans": "dickens"}
BANDS = (("0.00", "5.00"), ("5.00", "10.00"), ("10.00", "20.00"), ("20.00", None))
KINDS = {"authors": "author", "subjects": "subject", "publishers": "publisher"}
KNOWN = {
    "q", "correct", "author", "subject", "publisher", "language", "format", "price_min", "price_max", "in_stock",
    "archived", "sort", "facets", "facet_values", "limit", "cursor",
}  # fmt: skip
SORTS = {"relevance", "newest", "title", "price", "-price", "popularity"}
LONGEST = {"q": 500, "author": 300, "subject": 100, "publisher": 300, "cursor": 2000}
UNUSABLE = re.compile(r"[\x00-\x1f]|[\u0300-\u036f]{31}")
MOST = {"author": 20, "subject": 60, "publisher": 20, "language": 20, "format": 5}


class FakeSearch:
    """The part of book-service that finds; ``gateway`` keeps the books."""

    def __init__(self, gateway: "FakeGateway") -> None:
        self.gateway = gateway
        self.fruitless: dict[str, dict[str, Any]] = {}
        self.total: int | None = None
        """What to say instead of how many were found, as an estimate."""
        self.names_on_page: int | None = None
        self.stretch_ends: list[str] = []
        """Ids of books at which one stretch of a sitemap ends and the next begins."""

    def routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", "/books", self.find), ("GET", "/books/suggest", self.suggest),
            ("GET", "/books/searches-without-result", self.list_fruitless),
            ("DELETE", "/books/searches-without-result", self.deal_with),
            *(("GET", f"/books/{plural}", self.names) for plural in KINDS),
            ("GET", "/books/sitemap", self.stretches), ("GET", "/books/sitemap/books", self.stretch),
            ("GET", "/books/{book_id}/similar", self.similar),
        ]  # fmt: skip

    # Things that are there

    def in_vain(self, words: str, times: int = 1, first: str = "2026-03-01", last: str = "2026-03-08") -> None:
        """Have people search for ``words`` without finding anything."""
        self.fruitless[words] = {
            "q": words, "times": times, "first_at": f"{first}T10:00:00Z", "last_at": f"{last}T17:30:00Z"
        }  # fmt: skip

    # Answers

    async def find(self, request: Request) -> Response:
        editor = self.gateway.reader(request)
        query = request.query_params
        self._check(query)
        archived = query.get("archived") == "true" and editor
        shelf = [book for book in self.gateway.books.values() if bool(book["archived_at"]) == archived]
        search = self._understand(shelf, query)
        words = (search or {}).get("corrected") or query.get("q", "")
        found = _sorted([book for book in shelf if _fits(book, query, words)], query.get("sort"))
        body = self._page(request, found, int(query.get("limit", 24))) | {"search": search}
        if self.total is not None:
            body |= {"total": self.total, "total_is_estimate": True}
        if query.get("facets") == "true":
            body["facets"] = _facets(shelf, query, words) | {"is_complete": self.total is None}
        return JSONResponse(body)

    def _check(self, query: Any) -> None:
        if set(query) - KNOWN or query.get("sort", "newest") not in SORTS:
            raise self.gateway.problem(422, "invalid_input")
        if any(len(query.getlist(name)) > most for name, most in MOST.items()):
            raise self.gateway.problem(422, "invalid_input")
        for name, value in query.multi_items():
            if len(value) > LONGEST.get(name, 100) or UNUSABLE.search(value):
                raise self.gateway.problem(422, "invalid_input")

    def _understand(self, shelf: list[dict[str, Any]], query: Any) -> dict[str, Any] | None:
        words = query.get("q", "")
        if not words:
            return None
        compact = words.replace("-", "").replace(" ", "")
        search: dict[str, Any] = {"q": words, "kind": "words", "corrected": None, "changes": []}
        if re.fullmatch(r"\d{9}[\dX]|\d{13}", compact):
            return search | {"kind": "isbn"}
        if re.fullmatch(r"\d{3,}", compact):
            return search | {"kind": "digits"}
        if query.get("correct") == "false" or any(_has(book, words) for book in shelf):
            return search
        changes = [{"from": word, "to": SPELLING[word]} for word in words.lower().split() if word in SPELLING]
        if not changes or not any(_has(book, _corrected(words)) for book in shelf):
            return search
        return search | {"corrected": _corrected(words), "changes": changes}

    def _page(self, request: Request, found: list[Any], limit: int) -> dict[str, Any]:
        """Return a page; a cursor is good only for the search that it came from."""
        shown = {"cursor", "limit", "facets", "facet_values"}
        kept = [pair for pair in parse_qsl(request.url.query) if pair[0] not in shown]
        mark, start = f"{sum(map(ord, repr(sorted(kept)))):x}", 0
        if cursor := request.query_params.get("cursor"):
            of_search, _, place = cursor.rpartition(".")
            if of_search != mark or not place.isdecimal():
                raise self.gateway.problem(400, "invalid_cursor")
            start = int(place)
        return {
            "items": found[start : start + limit],
            "next_cursor": f"{mark}.{start + limit}" if start + limit < len(found) else None,
            "prev_cursor": f"{mark}.{max(0, start - limit)}" if start else None,
            "total": len(found), "total_is_estimate": False,
        }  # fmt: skip

    async def suggest(self, request: Request) -> Response:
        self.gateway.reader(request)
        words = request.query_params["q"]
        if not words or len(words) > 200:
            raise self.gateway.problem(422, "invalid_input")
        books = list(self.gateway.books.values())
        titles = [book for book in books if _has(book, words)]
        corrected = None if titles or _corrected(words) == words else _corrected(words)
        titles = titles or [book for book in books if corrected and _has(book, corrected)]
        names = {kind: [value for value, _ in _counts(books, kind) if words.lower() in value.lower()] for kind in MOST}
        return JSONResponse({
            "titles": titles[:6], "authors": names["author"][:4], "subjects": names["subject"][:3],
            "publishers": names["publisher"][:2], "corrected": corrected,
        })  # fmt: skip

    async def names(self, request: Request) -> Response:
        self.gateway.reader(request)
        query, kind = request.query_params, KINDS[request.url.path.rsplit("/", 1)[1]]
        books = [book for book in self.gateway.books.values() if not book["archived_at"]]
        counts = [pair for pair in _counts(books, kind) if pair[0].lower().startswith(query.get("q", "").lower())]
        if query.get("sort", "name") == "name":
            counts.sort()
        found = [{"value": value, "count": count} for value, count in counts]
        return JSONResponse(self._page(request, found, self.names_on_page or int(query.get("limit", 24))))

    async def stretches(self, request: Request) -> Response:
        self.gateway.reader(request)
        ends = [None, *self.stretch_ends, None]
        items = [{"after": after, "until": until} for after, until in pairwise(ends)]
        return JSONResponse({"items": items})

    async def stretch(self, request: Request) -> Response:
        self.gateway.reader(request)
        query = request.query_params
        after, until, limit = query.get("after", ""), query.get("until", "g"), int(query["limit"])
        books = [
            book for book in self.gateway.books.values() if not book["archived_at"] and after < book["id"] <= until
        ]
        items = [{"id": book["id"], "updated_at": book["updated_at"]} for book in books[:limit]]
        next_after = items[-1]["id"] if len(items) == limit else None
        return JSONResponse({"items": items, "next_after": next_after})

    async def similar(self, request: Request) -> Response:
        book = self.gateway.find_book(request)
        others = [other for other in self.gateway.books.values() if other is not book and not other["archived_at"]]
        near = [other for other in others if set(other["authors"]) & set(book["authors"])]
        near += [other for other in others if other not in near and set(other["subjects"]) & set(book["subjects"])]
        itself = book if request.query_params.get("include") == "book" else None
        return JSONResponse({"items": near[: int(request.query_params.get("limit", 6))], "book": itself})

    async def list_fruitless(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        found = sorted(self.fruitless.values(), key=lambda search: -search["times"])
        return JSONResponse(self._page(request, found, int(request.query_params.get("limit", 24))))

    async def deal_with(self, request: Request) -> Response:
        self.gateway.who(request, "books:write")
        if self.fruitless.pop(request.query_params["q"], None) is None:
            raise self.gateway.problem(404, "search_not_found")
        return Response(status_code=204)


def _corrected(words: str) -> str:
    return " ".join(SPELLING.get(word, word) for word in words.lower().split())


def _has(book: dict[str, Any], words: str) -> bool:
    text = " ".join([book["title"], *book["authors"], *book["subjects"], book["publisher"] or ""]).lower()
    compact = words.replace("-", "").replace(" ", "")
    if compact.isdecimal():
        return (book["isbn13"] or "").endswith(compact)
    return all(word in text for word in words.lower().split())


def _values(book: dict[str, Any], name: str) -> list[str]:
    value = book[f"{name}s"] if name in {"author", "subject"} else book[name]
    return value if isinstance(value, list) else [value] if value else []


def _fits(book: dict[str, Any], query: Any, words: str, *, but: str = "") -> bool:
    """Tell whether a book is found, with all filters but the one named ``but``."""
    filters = [name for name in MOST if name != but and query.getlist(name)]
    price = Decimal(book["price"])
    return (
        (not words or _has(book, words))
        and all(set(query.getlist(name)) & set(_values(book, name)) for name in filters)
        and (but == "price" or not query.get("price_min") or price >= Decimal(query["price_min"]))
        and (but == "price" or not query.get("price_max") or price <= Decimal(query["price_max"]))
        and (but == "in_stock" or query.get("in_stock") != "true" or book["available"] > 0)
    )


def _sorted(found: list[dict[str, Any]], order: str | None) -> list[dict[str, Any]]:
    if order in {"price", "-price"}:
        return sorted(found, key=lambda book: Decimal(book["price"]), reverse=order == "-price")
    return sorted(found, key=lambda book: book["title"]) if order == "title" else found


def _counts(books: Iterable[dict[str, Any]], name: str) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for book in books:
        for value in _values(book, name):
            counts[value] = counts.get(value, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _facets(shelf: list[dict[str, Any]], query: Any, words: str) -> dict[str, Any]:
    def found(but: str) -> list[dict[str, Any]]:
        return [book for book in shelf if _fits(book, query, words, but=but)]

    most = int(query.get("facet_values", 1000))
    facets: dict[str, Any] = {
        f"{name}s": [
            {"value": value, "count": count}
            for place, (value, count) in enumerate(_counts(found(name), name))
            if place < most or value in query.getlist(name)
        ]
        for name in MOST
    }
    prices = [Decimal(book["price"]) for book in found("price")]
    bands = [
        {"min": low, "max": high, "count": sum(Decimal(low) <= price < Decimal(high or "inf") for price in prices)}
        for low, high in BANDS
    ]
    in_stock = sum(book["available"] > 0 for book in found("in_stock"))
    return facets | {"prices": [band for band in bands if band["count"]], "in_stock": in_stock, "counted": 1000}
