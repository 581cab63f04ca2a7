"""Calls that change books."""

import re
from typing import Any

from web_frontend.catalogue.books import Book
from web_frontend.catalogue.client import TaggedBook
from web_frontend.gateway_client import Answer, Call, Gateway
from web_frontend.gateway_problems import Refused

_ENTITY_TAG = re.compile(r'"[\x21\x23-\x7e]{1,100}"')


class IsbnTaken(Exception):
    """Another book has this ISBN."""

    def __init__(self, book_id: str, *, is_archived: bool) -> None:
        """Take the other book's id and whether it is archived."""
        super().__init__(book_id)
        self.book_id = book_id
        self.is_archived = is_archived


class EditConflict(Exception):
    """Somebody else changed the book meanwhile; ``current`` is the book as it is now."""

    def __init__(self, current: TaggedBook) -> None:
        """Take the book as it is now, with its entity tag."""
        super().__init__(current.book.id)
        self.current = current


class SentBefore(Exception):
    """The form was sent before, with something else in it."""


class EditingClient:
    """book-service's editing, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def add(self, fields: dict[str, Any], *, idempotency_key: str) -> Book:
        """Add a book. Raises ``IsbnTaken``, ``SentBefore``, or ``Refused`` (422) naming the fields."""
        call = Call("POST", "/books", json=fields, headers={"Idempotency-Key": idempotency_key})
        return Book.model_validate((await send_change(self._gateway, call)).body)

    async def change(self, book_id: str, fields: dict[str, Any], *, etag: str) -> Book:
        """Change a book as it was when ``etag`` was read. Raises ``EditConflict``, ``IsbnTaken``, ``Refused`` (422)."""
        # A merge patch (RFC 7396): null removes a field.
        call = Call("PATCH", f"/books/{book_id}", json=fields, headers=only_if(etag))
        return Book.model_validate((await send_change(self._gateway, call)).body)

    async def archive(self, book_id: str) -> None:
        """Take a book out of the catalogue."""
        await self._gateway.send(Call("DELETE", f"/books/{book_id}"))

    async def restore(self, book_id: str) -> None:
        """Put a book back into the catalogue."""
        await self._gateway.send(Call("POST", f"/books/{book_id}/restore"))


def only_if(etag: str) -> dict[str, str]:
    """Return the header that makes a change depend on the version that the person saw."""
    # A version that no book can have was tampered with; it must not turn into a change without a condition.
    return {"If-Match": etag if _ENTITY_TAG.fullmatch(etag) else '"unknown"'}


async def send_change(gateway: Gateway, call: Call) -> Answer:
    """Send a change of a book. Raises ``IsbnTaken``, ``SentBefore``, ``EditConflict``, or ``Refused``."""
    try:
        return await gateway.send(call)
    except Refused as error:
        if error.code == "isbn_taken":
            is_archived = bool(error.problem.get("archived"))
            raise IsbnTaken(str(error.problem.get("book_id", "")), is_archived=is_archived) from error
        if error.code == "idempotency_key_reused":
            raise SentBefore from error
        if error.code == "precondition_failed" and isinstance(error.problem.get("current"), dict):
            book = Book.model_validate(error.problem["current"])
            etag = error.headers.get("etag") or f'"v{book.version}.s0"'
            raise EditConflict(TaggedBook(book, etag)) from error
        raise
