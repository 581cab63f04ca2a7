"""What is commonest in the whole catalogue: the facets of the page that is asked for most."""

import time
from collections.abc import Sequence

from book_service.search import repository
from book_service.search.facets import Kind
from book_service.search.presentation import FacetValues, by_kind
from service_kit.prepared import Reader

REMEMBERED_SECONDS = 0.4
"""The values are counted twice a second, in the background; so an edit is among them within a second as before."""


class WholeCatalogue:
    """Knows the commonest values of all kinds."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        """Take the kinds."""
        self._kinds = kinds
        self._values: FacetValues = {}
        self._good_until = 0.0

    async def values(self, reader: Reader) -> FacetValues:
        """Return them as they are now, or were a moment ago."""
        now = time.monotonic()
        if now >= self._good_until:
            self._values = by_kind(await repository.commonest(reader, self._kinds))
            self._good_until = now + REMEMBERED_SECONDS
        return self._values
