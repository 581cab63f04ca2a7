"""Calls that read the names books can be browsed by."""

from pydantic import BaseModel

from web_frontend.browse.kinds import Kind
from web_frontend.catalogue.books import FacetValue
from web_frontend.gateway_client import Gateway, QueryValues


class NamePage(BaseModel):
    """One page of names, each with the number of its books."""

    items: list[FacetValue]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    total_is_estimate: bool = False

    def count_words(self, kind: Kind) -> str:
        """Return how many names there are, in words; empty when nobody counted them."""
        if self.total is None:
            return ""
        return kind.counted(self.total, is_estimate=self.total_is_estimate)


class NamesClient:
    """book-service's lists of authors, subjects and publishers, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, kind: Kind, query: QueryValues) -> NamePage:
        """Return one page of names. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
        return NamePage.model_validate((await self._gateway.get(f"/books/{kind.plural}", query)).body)
