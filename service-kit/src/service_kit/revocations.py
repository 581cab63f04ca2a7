"""The short list of sessions that ended before their tokens did, fetched every few seconds by every service.

Tokens are verified without asking auth-service. What ends early (sign-out, a disabled account, another role) must still
bite within ten seconds everywhere, so each service keeps this list, which only has to reach back one token lifetime.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from pydantic import BaseModel, Field

from service_kit.tokens import AccessToken

log = structlog.get_logger(__name__)

POLL_SECONDS = 3.0
FIRST_POLL_SECONDS = 0.2
"""Until the list has been fetched once, a service is not ready."""
STALE_SECONDS = 10.0


class RevocationList(BaseModel):
    """What auth-service publishes. Times are Unix seconds of its database."""

    as_of: float
    sessions: frozenset[str] = frozenset()
    accounts: dict[str, float] = Field({}, description="Account id → tokens issued before this time are refused.")


class RevocationFeed:
    """Keeps the list current in the background and answers from memory."""

    def __init__(self, fetch: Callable[[], Awaitable[RevocationList]], *, poll_seconds: float = POLL_SECONDS) -> None:
        """Take the function that fetches the whole list."""
        self._fetch = fetch
        self._poll_seconds = poll_seconds
        self._current = RevocationList(as_of=0)
        self._refreshed_at: float | None = None
        self._refreshing = asyncio.Lock()

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the list was last fetched; None before the first time."""
        return None if self._refreshed_at is None else time.monotonic() - self._refreshed_at

    def is_revoked(self, token: AccessToken) -> bool:
        """Tell whether the token's session or account was ended after the token was issued."""
        if token.session_id in self._current.sessions:
            return True
        issued_before = self._current.accounts.get(token.subject)
        return issued_before is not None and token.issued_at < issued_before

    async def refresh(self) -> None:
        """Fetch the list now."""
        # One after the other: an answer that is older must not replace one that is newer.
        async with self._refreshing:
            self._current = await self._fetch()
            self._refreshed_at = time.monotonic()

    async def keep_current(self) -> None:
        """Fetch the list again and again until cancelled. A failure keeps the list that is there."""
        started, warned = time.monotonic(), False
        while True:
            try:
                await self.refresh()
                warned = False
            except Exception as error:  # noqa: BLE001 (whatever went wrong, the next round tries again)
                # Services that start together miss each other at first; that alone is nothing to report.
                if not warned and time.monotonic() - started > STALE_SECONDS:
                    log.warning("revocations cannot be fetched", error=f"{type(error).__name__}: {error}")
                    warned = True
            await asyncio.sleep(self._poll_seconds if self._refreshed_at is not None else FIRST_POLL_SECONDS)

    async def check(self) -> str:
        """Say how old the list is, for the readiness answer. Raises ``RuntimeError`` when it is too old."""
        age = self.age_seconds
        if age is None or age > STALE_SECONDS:
            message = "never fetched" if age is None else f"{age:.0f} s old"
            raise RuntimeError(message)
        return f"{age:.0f} s old"
