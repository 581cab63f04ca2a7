"""Password hashes: argon2id through passlib. The only module that imports passlib.

A hash takes tens of milliseconds of a core and 19 MiB, on purpose. So only as many as there are cores run at a time, in
threads, a bounded number waits for its turn for a bounded time, and everybody else is told to come back.
"""

import asyncio
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from passlib.hash import argon2

from auth_service.accounts.errors import PasswordsBusy

Result = TypeVar("Result")

LONGEST_WAIT_SECONDS = 5.0
"""For a turn. Whoever calls has given up soon after, and hashing for nobody would make all others wait longer."""

# The second choice of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
ARGON2ID = argon2.using(type="ID", memory_cost=19_456, rounds=2, parallelism=1)


class PasswordHasher:
    """Hashes and compares passwords, a bounded number at a time."""

    def __init__(
        self, *, at_once: int | None = None, waiting: int = 64, longest_wait: float = LONGEST_WAIT_SECONDS
    ) -> None:
        """Take how many hashes may run at once (the number of cores if None), how many may wait, and how long."""
        workers = at_once or os.cpu_count() or 1
        self._longest_wait = longest_wait
        self._turns = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._most = workers + waiting
        self._in_hand = 0
        self._decoy: str = ARGON2ID.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Return the hash of ``password``, in the PHC string format. Raises ``PasswordsBusy``."""
        text = _normalised(password)
        return await self._in_thread(lambda: str(ARGON2ID.hash(text)))

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Tell whether ``password`` is the one that was hashed. Raises ``PasswordsBusy``.

        Without a hash (an unknown account) the answer is no, after the same work.
        """
        text = _normalised(password)
        compared_with = password_hash if password_hash is not None else self._decoy
        equal = await self._in_thread(lambda: bool(ARGON2ID.verify(text, compared_with)))
        return equal and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with weaker parameters than today's."""
        return bool(ARGON2ID.needs_update(password_hash))

    def close(self) -> None:
        """End the threads once they are done."""
        self._threads.shutdown()

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._in_hand >= self._most:
            raise PasswordsBusy
        self._in_hand += 1
        try:
            await self._wait_for_a_turn()
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
            finally:
                self._turns.release()
        finally:
            self._in_hand -= 1

    async def _wait_for_a_turn(self) -> None:
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._turns.acquire()
        except TimeoutError as error:
            raise PasswordsBusy from error


def _normalised(password: str) -> bytes:
    # The same password typed on another keyboard may arrive composed differently (RFC 8265, section 4.2).
    # A lone surrogate cannot be part of a password that was accepted; it must not be an error either.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
