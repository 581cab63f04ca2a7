"""How much of the gateway one client may have at a time.

A limit for the connections of an address would hit those who share one – the people behind a proxy, the pages' own
service – and not one who has many. What is scarce are the calls to services, so that these are counted, by whoever
they are for, as rate limits are; but those of API keys with their owner's, for an account can have many keys.
"""

from types import TracebackType

from gateway.problems import TooManyAtOnce


class Shares:
    """Counts the requests that are under way for each client."""

    def __init__(self, most: int) -> None:
        """Take how many a client may have at a time."""
        self._most = most
        self.under_way: dict[str, int] = {}

    def take(self, client: str) -> "Share":
        """Return the block of one request. Raises ``TooManyAtOnce``."""
        count = self.under_way.get(client, 0)
        if count >= self._most:
            raise TooManyAtOnce(self._most)
        self.under_way[client] = count + 1
        return Share(self.under_way, client)


class Share:
    """A block that ends with its request."""

    __slots__ = ("_client", "_under_way")

    def __init__(self, under_way: dict[str, int], client: str) -> None:
        """Take where to count."""
        self._under_way = under_way
        self._client = client

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the place back."""
        self._under_way[self._client] -= 1
        if not self._under_way[self._client]:
            del self._under_way[self._client]
