"""A service's own access token, for calling another service (OAuth 2.0 client credentials, RFC 6749, section 4.4)."""

import asyncio
import time

import httpx2
from pydantic import BaseModel, SecretStr

TIMEOUT = httpx2.Timeout(3.0)


class TokenAnswer(BaseModel):
    """The token endpoint's answer (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: int


class ServiceTokens:
    """Gets the service's token when it is first needed and renews it well before it ends."""

    def __init__(
        self, http: httpx2.AsyncClient, *, auth_url: str, client_id: str, client_secret: SecretStr, scope: str
    ) -> None:
        """Take the client's registration at auth-service."""
        self._http = http
        self._url = f"{auth_url.rstrip('/')}/internal/token"
        self._credentials = (client_id, client_secret.get_secret_value())
        self._scope = scope
        self._token = ""
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()

    async def token(self) -> str:
        """Return a token with some life left. Raises ``httpx2.HTTPError``."""
        if time.monotonic() < self._renew_at:
            return self._token
        async with self._renewing:
            if time.monotonic() >= self._renew_at:
                await self._renew()
        return self._token

    def forget(self) -> None:
        """Drop the token, for example because it was refused."""
        self._renew_at = 0.0

    async def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "scope": self._scope}
        answer = await self._http.post(self._url, data=form, auth=self._credentials, timeout=TIMEOUT)
        answer.raise_for_status()
        body = TokenAnswer.model_validate_json(answer.content)
        self._token = body.access_token
        self._renew_at = time.monotonic() + body.expires_in * 2 / 3
