"""Books as strangers see them, in lists that are cut by cursors."""

import datetime as dt
from typing import Any

from babel.core import get_global
from pydantic import BaseModel

from web_frontend.catalogue.books import Book, Facets
from web_frontend.discovery.public_shop import PublicShop
from web_frontend.gateway_client import QueryValues
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.links import shelf_link

_UNPROCESSABLE = 422


class ListedBook(Book):
    """A book with the times that lists tell."""

    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def path(self) -> str:
        """Return the path of its page."""
        return f"/books/{self.id}"

    @property
    def urn(self) -> str:
        """Return a name that stays the same for ever, whatever the shop's address (RFC 9562)."""
        return f"urn:uuid:{self.id}"


class Listing(BaseModel):
    """One page of books."""

    items: list[ListedBook]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False
    facets: Facets | None = None


class Names(BaseModel):
    """One page of names, each with the number of its books."""

    class Name(BaseModel):
        """A name."""

        value: str
        count: int

    items: list[Name]
    next_cursor: str | None = None
    prev_cursor: str | None = None


async def listing(shop: PublicShop, query: QueryValues) -> Listing:
    """Return a page of books. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
    return Listing.model_validate(await shop.ask("/books", query))


async def names(shop: PublicShop, plural: str, query: QueryValues) -> Names:
    """Return a page of the ``authors``, ``subjects`` or ``publishers``. Raises as ``listing`` does."""
    return Names.model_validate(await shop.ask(f"/books/{plural}", query))


async def book(shop: PublicShop, book_id: str) -> ListedBook:
    """Return a book. Raises ``NotFound``, for an archived one too."""
    try:
        return ListedBook.model_validate(await shop.ask(f"/books/{book_id}"))
    except Refused as error:
        if error.status == _UNPROCESSABLE:
            raise NotFound(error.status, error.problem, error.headers) from error
        raise


def language_tag(code: str) -> str:
    """Return the tag of the web (BCP 47) for a language's code of ISO 639-3: ``en`` for ``eng``."""
    return str(get_global("language_aliases").get(code, code))


def author_links(shop_url: str, authors: list[str]) -> list[tuple[str, str]]:
    """Return each name with the address of its page."""
    return [(name, shop_url + shelf_link("author", name)) for name in authors]


def dumped(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Return ``value`` without what is not known, in all its depth."""
    if isinstance(value, dict):
        return {key: dumped(each) for key, each in value.items() if each not in (None, "", [], {})}
    return [dumped(each) for each in value] if isinstance(value, list) else value
