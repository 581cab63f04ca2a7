"""Calls that read the catalogue."""

from dataclasses import dataclass

from web_frontend.catalogue.books import Book, BookPage, ShelvedBook, Suggestions
from web_frontend.gateway_client import Gateway, QueryValues
from web_frontend.gateway_problems import NotFound, Refused, ServiceAway

_SHELF = "6"


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
        return (await self._gateway.get("/books", query)).read(BookPage)

    async def book(self, book_id: str) -> TaggedBook:
        """Return a book. Raises ``NotFound``."""
        try:
            answer = await self._gateway.get(f"/books/{book_id}")
        except Refused as error:
            # An id that cannot be one is, to a reader, a book that is not there.
            if error.status == 422:  # noqa: PLR2004
                raise NotFound(error.status, error.problem, error.headers) from error
            raise
        return TaggedBook(answer.read(Book), answer.headers.get("etag", ""))

    async def suggest(self, words: str) -> Suggestions:
        """Return a few titles, authors, subjects and publishers for what is being typed."""
        return (await self._gateway.get("/books/suggest", [("q", words)])).read(Suggestions)

    async def book_on_its_shelf(self, book_id: str) -> ShelvedBook:
        """Return a book and others from the same shelf, or the book alone where those cannot be had.

        Raises ``NotFound``.
        """
        query = [("limit", _SHELF), ("include", "book")]
        try:
            return (await self._gateway.get(f"/books/{book_id}/similar", query)).read(ShelvedBook)
        except ServiceAway:
            return ShelvedBook(book=(await self.book(book_id)).book)
