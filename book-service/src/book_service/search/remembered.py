"""Facets that are asked for again and again: of the whole catalogue, and of lists too long to be counted to the end."""

import time
from collections.abc import Hashable
from typing import Generic, TypeVar

SECONDS = 0.4
"""The whole catalogue is counted twice a second, in the background; so an edit is still among it within a second."""
_MOST = 256

Counted = TypeVar("Counted")


class Remembered(Generic[Counted]):
    """Keeps what was counted, for a moment."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[Hashable, tuple[float, Counted]] = {}

    def recall(self, key: Hashable) -> Counted | None:
        """Return what was kept a moment ago, or None."""
        good_until, counted = self._kept.get(key, (0.0, None))
        return counted if time.monotonic() < good_until else None

    def keep(self, key: Hashable, counted: Counted) -> None:
        """Keep it."""
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + SECONDS, counted)
