"""Small chores that a service does again and again in the background."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

_GOODBYE_SECONDS = 2.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def repeating(chore: Callable[[], Awaitable[object]], *, seconds: float, name: str) -> AsyncIterator[None]:
    """Do ``chore`` now and then every so many seconds, until the context ends. A failure is logged and tried again.

    What is under way at the end is cancelled, and given a moment to put back what it holds.
    """
    task = asyncio.create_task(_repeat(chore, seconds, name))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=_GOODBYE_SECONDS)


async def _repeat(chore: Callable[[], Awaitable[object]], seconds: float, name: str) -> None:
    while True:
        try:
            await chore()
        except Exception as error:  # noqa: BLE001 (whatever went wrong, the next round tries again)
            log.warning("chore failed", chore=name, error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(seconds)
