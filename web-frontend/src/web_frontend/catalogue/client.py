"""Calls that read the catalogue."""

import asyncio
from dataclasses import dataclass

from web_frontend.catalogue.books import Book, BookPage, Suggestions
from web_frontend.gateway_client import Gateway, QueryValues
from web_frontend.gateway_problems import GatewayError, NotFound, Refused

_SHELF = 6


@dataclass(frozen=True, slots=True)
class TaggedBook:
    """A book and the entity tag of what was read, which an edit sends back."""

    book: Book
    etag: str


class CatalogueClient:
    """book-service's catalogue, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, query: QueryValues) -> BookPage:
        """Return one page of books. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
        return BookPage.model_validate((await self._gateway.get("/books", query)).body)

    async def book(self, book_id: str) -> TaggedBook:
        """Return a book. Raises ``NotFound``."""
        try:
            answer = await self._gateway.get(f"/books/{book_id}")
        except Refused as error:
            # An id that cannot be one is, to a reader, a book that is not there.
            if error.status == 422:  # noqa: PLR2004
                raise NotFound(error.status, error.problem, error.headers) from error
            raise
        return TaggedBook(Book.model_validate(answer.body), answer.headers.get("etag", ""))

    async def suggest(self, words: str) -> Suggestions:
        """Return a few titles and authors for what is being typed."""
        return Suggestions.model_validate((await self._gateway.get("/books/suggest", [("q", words)])).body)

    async def shelf_of(self, book: Book) -> list[Book]:
        """Return other books by the same author, then of the same subject; none when they cannot be had."""
        queries: list[QueryValues] = []
        if book.authors:
            queries.append([("author", book.authors[0])])
        if book.subjects:
            queries.append([("subject", book.subjects[0])])
        limit = ("limit", str(_SHELF + 1))
        found = await asyncio.gather(*(self._find_or_nothing([*query, limit]) for query in queries))
        others = {other.id: other for books in found for other in books if other.id != book.id}
        return list(others.values())[:_SHELF]

    async def _find_or_nothing(self, query: QueryValues) -> list[Book]:
        try:
            return (await self.find(query)).items
        except GatewayError:
            return []
