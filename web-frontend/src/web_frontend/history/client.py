"""Calls about histories."""

from web_frontend.catalogue.books import Book
from web_frontend.editing.client import only_if, send_change
from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.history.revisions import History, Version


class HistoryClient:
    """book-service's histories, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def of_book(self, book_id: str, query: QueryValues) -> History:
        """Return a page of a book's history. Raises ``NotFound``, or ``Refused`` with ``invalid_cursor``."""
        return History.model_validate((await self._gateway.get(f"/books/{book_id}/history", query)).body)

    async def version(self, book_id: str, version: int) -> Version:
        """Return what putting a version back would change. Raises ``NotFound``."""
        return Version.model_validate((await self._gateway.get(f"/books/{book_id}/history/{version}")).body)

    async def restore(self, book_id: str, version: int, *, etag: str) -> Book:
        """Put a version back into a book that is still as it was when ``etag`` was read.

        Raises ``NotFound``, ``EditConflict``, ``IsbnTaken``, or ``Refused`` with ``book_archived``.
        """
        call = Call("POST", f"/books/{book_id}/history/{version}/restore", headers=only_if(etag))
        return Book.model_validate((await send_change(self._gateway, call)).body)
