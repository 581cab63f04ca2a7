"""Counts of what each client has asked for in the window of time that is running."""

import asyncio
import math
from collections import OrderedDict
from typing import Protocol

import structlog
from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

MOST_CLIENTS = 50_000
"""Clients counted in one process for one policy; a flood of addresses pushes out those counted longest ago."""
REDIS_SECONDS = 0.25
"""Longest wait for Redis. It only counts: nobody is to notice that it is slow."""
LOOK_SECONDS = 1.0
_REDIS_CONNECTIONS = 50
_LOOKED = "looked"


class Counters(Protocol):
    """Counts by key."""

    async def add(self, key: str, *, policy: str, seconds: int, now: float) -> int:
        """Count one more under ``key``, which is forgotten after so many seconds; return the new count."""

    async def check(self) -> str:
        """Say for the readiness answer where is counted."""


class OwnCounters:
    """Counts in this process.

    Not the library's storage in memory: that one looks through all keys after each hit (measured: 13 ms with 100,000
    of them), in a new thread or task each time, and has no bound.
    """

    def __init__(self, *, most: int = MOST_CLIENTS) -> None:
        """Take how many keys are kept for each policy."""
        self._most = most
        self._counts: dict[str, OrderedDict[str, list[float]]] = {}

    def __len__(self) -> int:
        """Return how many counts are kept."""
        return sum(len(counts) for counts in self._counts.values())

    async def add(self, key: str, *, policy: str, seconds: int, now: float) -> int:
        """Count one more."""
        return self.add_now(key, policy=policy, seconds=seconds, now=now)

    def add_now(self, key: str, *, policy: str, seconds: int, now: float) -> int:
        """Count one more, without waiting for anything."""
        counts = self._counts.setdefault(policy, OrderedDict())
        entry = counts.get(key)
        if entry is None:
            self._make_room(counts, now)
            counts[key] = [1, now + seconds]
            return 1
        entry[0] += 1
        return int(entry[0])

    async def check(self) -> str:
        """Say that each process counts for itself."""
        return "counted in this process"

    def _make_room(self, counts: OrderedDict[str, list[float]], now: float) -> None:
        # All keys of a policy live equally long, so the oldest is the first to end: two looks for each new key suffice.
        for _ in range(2):
            if not counts:
                return
            _, end = next(iter(counts.values()))
            if end > now and len(counts) < self._most:
                return
            counts.popitem(last=False)


class SharedCounters:
    """Counts in Redis, for several gateways together; while it is away, each counts for itself."""

    def __init__(self, url: str, own: OwnCounters) -> None:
        """Take where Redis is (``redis://…`` or ``rediss://…``), and who counts meanwhile."""
        pool = BlockingConnectionPool.from_url(url, max_connections=_REDIS_CONNECTIONS, timeout=REDIS_SECONDS)
        self._storage = RedisStorage(
            f"async+{url}",
            implementation="redispy",
            key_prefix="quire-limits",
            connection_pool=pool,  # type: ignore[arg-type] # the library passes it on to redis-py
        )
        self._pool = pool
        self._own = own
        self._is_away = False

    async def add(self, key: str, *, policy: str, seconds: int, now: float) -> int:
        """Count one more, in Redis if it answers."""
        if not self._is_away:
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    return await self._storage.incr(key, seconds)
            except (RedisError, OSError, TimeoutError) as error:
                self._note_absence(error)
        return self._own.add_now(key, policy=policy, seconds=seconds, now=now)

    async def look(self) -> None:
        """See whether Redis is there (again), so that no request has to try."""
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                # As a request does it: a Redis may answer and yet take nothing. (The library's own check swallows
                # whatever goes wrong, cancellation too.)
                await self._storage.incr(_LOOKED, math.ceil(LOOK_SECONDS))
        except (RedisError, OSError, TimeoutError) as error:
            self._note_absence(error)
            return
        if self._is_away:
            self._is_away = False
            log.info("limits are counted together again")

    async def check(self) -> str:
        """Say whether the gateways count together. Either way this one can do its work."""
        if self._is_away:
            return "Redis cannot be reached: each gateway counts for itself"
        return "counted in Redis"

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.disconnect()

    def _note_absence(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("Redis cannot be reached, limits are counted here alone", error=type(error).__name__)
        self._is_away = True
