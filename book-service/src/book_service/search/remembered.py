"""What is asked for again and again: facets of the whole catalogue and of lists too long to be counted, shelves."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

SECONDS = 0.4
"""The whole catalogue is counted twice a second, in the background; so an edit is still among it within a second."""
_MOST = 256

Counted = TypeVar("Counted")


class Remembered(Generic[Counted]):
    """Keeps what was counted, for a moment; who comes while it is being counted waits for that instead of counting."""

    def __init__(
        self, is_worth_it: Callable[[Counted], bool] = lambda _counted: True, *, seconds: float = SECONDS
    ) -> None:
        """Begin with nothing; only what ``is_worth_it`` is kept."""
        self._is_worth_it = is_worth_it
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[float, Counted]] = {}
        self._under_way: dict[Hashable, asyncio.Event] = {}

    async def recall(self, key: Hashable, count: Callable[[], Awaitable[Counted]]) -> Counted:
        """Return what was kept a moment ago, or else what ``count`` finds; raises what that raises."""
        kept = self._kept_for(key)
        if kept is None and (under_way := self._under_way.get(key)) is not None:
            await under_way.wait()
            kept = self._kept_for(key)
        if kept is not None:
            return kept
        return await count() if key in self._under_way else await self._count(key, count)

    async def _count(self, key: Hashable, count: Callable[[], Awaitable[Counted]]) -> Counted:
        done = self._under_way[key] = asyncio.Event()
        try:
            counted = await count()
            if self._is_worth_it(counted):
                self._keep(key, counted)
            return counted
        finally:
            del self._under_way[key]
            done.set()

    def _kept_for(self, key: Hashable) -> Counted | None:
        good_until, counted = self._kept.get(key, (0.0, None))
        return counted if time.monotonic() < good_until else None

    def _keep(self, key: Hashable, counted: Counted) -> None:
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + self._seconds, counted)
