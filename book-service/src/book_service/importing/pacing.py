"""Long work that shares the event loop with requests."""

import asyncio
import time

_LONGEST_SECONDS = 0.002


class Pace:
    """Lets others go on now and then: whoever works without waiting calls ``breathe`` after every small piece.

    On the loop and not in a thread: there the interpreter's lock is handed over every five milliseconds, which makes
    each step of a request wait for longer than this does.
    """

    def __init__(self) -> None:
        """Begin."""
        self._since = time.perf_counter()

    async def breathe(self) -> None:
        """Let the event loop turn once if we have had it for two milliseconds."""
        if time.perf_counter() - self._since > _LONGEST_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
