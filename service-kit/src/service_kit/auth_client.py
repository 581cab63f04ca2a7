"""What services ask of auth-service: its public keys, its revocation list, and which accounts it has erased."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
from pydantic import BaseModel
from starlette.applications import Starlette

from service_kit.identity import REFRESH_KEYS_SECONDS, TokenVerifier
from service_kit.periodic import repeating
from service_kit.revocations import RevocationFeed, RevocationList
from service_kit.settings import ServiceSettings

TIMEOUT = httpx2.Timeout(2.0)


class ErasedAccount(BaseModel):
    """An account that is gone; ``number`` grows with each."""

    number: int
    account_id: UUID


class ErasedAccounts(BaseModel):
    """Accounts in the order of their numbers."""

    items: list[ErasedAccount]


class AuthClient:
    """A typed client for the things that are polled."""

    def __init__(self, http: httpx2.AsyncClient, base_url: str) -> None:
        """Take the HTTP client and auth-service's own URL (not the gateway's)."""
        self._http = http
        self._base_url = base_url.rstrip("/")

    async def fetch_keys(self) -> dict[str, Any]:
        """Fetch the JWK Set (RFC 7517). Raises ``httpx2.HTTPError``."""
        answer = await self._http.get(f"{self._base_url}/.well-known/jwks.json", timeout=TIMEOUT)
        answer.raise_for_status()
        jwks: dict[str, Any] = answer.json()
        return jwks

    async def fetch_revocations(self) -> RevocationList:
        """Fetch the revocation list. Raises ``httpx2.HTTPError``."""
        answer = await self._http.get(f"{self._base_url}/internal/revocations", timeout=TIMEOUT)
        answer.raise_for_status()
        return RevocationList.model_validate_json(answer.content)

    async def fetch_erased_accounts(self, after: int, limit: int) -> ErasedAccounts:
        """Fetch up to ``limit`` accounts that were erased after the one with this number.

        Raises ``httpx2.HTTPError``.
        """
        answer = await self._http.get(
            f"{self._base_url}/internal/erased-accounts", params={"after": after, "limit": limit}, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return ErasedAccounts.model_validate_json(answer.content)


@asynccontextmanager
async def remote_verification(
    app: Starlette, settings: ServiceSettings, http: httpx2.AsyncClient
) -> AsyncIterator[None]:
    """Verify tokens in ``app`` with what auth-service publishes, kept current in the background while it runs.

    Sets ``app.state.verifier`` and adds the checks ``keys`` and ``revocations`` to ``app.state.readiness``.
    """
    auth = AuthClient(http, settings.auth_url)
    feed = RevocationFeed(auth.fetch_revocations)
    verifier = TokenVerifier.for_settings(settings, auth.fetch_keys, feed)
    app.state.verifier = verifier
    app.state.readiness |= {"keys": verifier.check, "revocations": feed.check}
    keeping_current = asyncio.create_task(feed.keep_current())
    try:
        async with repeating(verifier.refresh_keys, seconds=REFRESH_KEYS_SECONDS, name="refresh public keys"):
            yield
    finally:
        keeping_current.cancel()
