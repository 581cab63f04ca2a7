"""What every service asks of auth-service: its public keys and its revocation list."""

from typing import Any

import httpx2

from service_kit.revocations import RevocationList

TIMEOUT = httpx2.Timeout(2.0)


class AuthClient:
    """A typed client for the two things that are polled."""

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
