"""Calls about searches without a result."""

import datetime as dt

from pydantic import BaseModel

from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import NotFound
from web_frontend.isbn import isbn_in

_PATH = "/books/searches-without-result"


class FruitlessSearch(BaseModel):
    """Words that found nothing, and when and how often they were searched for."""

    q: str
    times: int
    first_at: dt.datetime
    last_at: dt.datetime

    @property
    def isbn(self) -> str | None:
        """Return the ISBN that was looked for, if it was one."""
        return isbn_in(self.q)

    @property
    def is_of_one_moment(self) -> bool:
        """Whether the first time and the last one are the same minute."""
        return self.times == 1 or self.first_at.replace(second=0, microsecond=0) == self.last_at.replace(
            second=0, microsecond=0
        )


class FruitlessSearches(BaseModel):
    """One page of searches without a result, the most frequent first."""

    items: list[FruitlessSearch]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None


class SearchesClient:
    """book-service's count of searches without a result, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def fruitless(self, query: QueryValues) -> FruitlessSearches:
        """Return one page. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
        return FruitlessSearches.model_validate((await self._gateway.get(_PATH, query)).body)

    async def deal_with(self, words: str) -> None:
        """Take ``words`` off the list; it is no matter when somebody else has done so."""
        try:
            await self._gateway.send(Call("DELETE", _PATH, params=[("q", words)]))
        except NotFound:
            return
