"""How long the gateway waits for clients, and who watches over it."""

import asyncio
from typing import Protocol

from prometheus_client import Counter

from gateway.config import Settings

GIVEN_UP = Counter("gateway_connections_given_up_total", "Connections closed because of a slow client.", ["reason"])

_MOST_SECONDS_BETWEEN_LOOKS = 1.0
_PART_THAT_MAKES_ROOM = 16


class Patience:
    """How long the other side may still take: spent by waiting, earned by bytes, and never more than at the start.

    So neither is a pause too long, nor does a trickle of bytes last for ever; a slow but steady line may.
    """

    __slots__ = ("_bytes_per_second", "_most", "left")

    def __init__(self, seconds: float, bytes_per_second: int) -> None:
        """Take the longest pause, and the lowest rate that is borne for longer than that."""
        self._most = seconds
        self._bytes_per_second = bytes_per_second
        self.left = seconds

    def spend(self, seconds: float, moved: int) -> None:
        """Note that within so many seconds so many bytes moved."""
        self.left = min(self._most, self.left - seconds + moved / self._bytes_per_second)

    def renew(self) -> None:
        """Begin anew."""
        self.left = self._most


class Watched(Protocol):
    """A connection, as the watch sees it."""

    waiting_since: float | None
    """When it began to wait for a request, if it does."""

    def look(self, now: float, passed: float) -> None:
        """Give up if the client is too slow; ``passed`` seconds went by since the last look."""

    def let_go(self) -> None:
        """Close, to make room for another."""


class Watch:
    """Looks at all connections every now and then: one timer for all costs a request next to nothing."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings that say how exact the watch has to be."""
        shortest = min(settings.head_seconds, settings.download_seconds)
        self._seconds = min(_MOST_SECONDS_BETWEEN_LOOKS, shortest / 4)
        self._connections: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looked_at = 0.0

    def add(self, connection: Watched) -> None:
        """Watch over a connection."""
        self._connections.add(connection)
        if self._timer is None:
            self._wait()

    def remove(self, connection: Watched) -> None:
        """Forget a connection that is closed."""
        self._connections.discard(connection)

    def make_room(self) -> None:
        """Close some of the connections that have waited longest for a request.

        A client that means it sends one as soon as it is connected, so that those who only hold connections lose theirs
        to it, however many they have.
        """
        waiting = [(since, connection) for connection in self._connections if (since := connection.waiting_since)]
        waiting.sort(key=lambda pair: pair[0])
        for _, connection in waiting[: len(waiting) // _PART_THAT_MAKES_ROOM + 1]:
            GIVEN_UP.labels("room").inc()
            connection.let_go()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        self._timer = loop.call_later(self._seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        # What this process itself slept is no client's fault.
        passed = min(now - self._looked_at, 2 * self._seconds)
        for connection in list(self._connections):
            connection.look(now, passed)
        if self._connections:
            self._wait()
