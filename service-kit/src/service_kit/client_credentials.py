"""A service's own access token, for calling another service (OAuth 2.0 client credentials, RFC 6749, section 4.4)."""

import asyncio
import time

import httpx2
import structlog
from pydantic import BaseModel, SecretStr, ValidationError

log = structlog.get_logger(__name__)

TIMEOUT = httpx2.Timeout(3.0)
RETRY_SECONDS = 5.0
SPARE_SECONDS = 10.0
"""A token is not used any more when it has less than this to live."""


class TokenAnswer(BaseModel):
    """The token endpoint's answer (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: int


class ServiceTokens:
    """Gets the service's token when it is first needed, and renews it in the background from half of its life on."""

    def __init__(
        self, http: httpx2.AsyncClient, *, auth_url: str, client_id: str, client_secret: SecretStr, scope: str
    ) -> None:
        """Take the client's registration at auth-service."""
        self._http = http
        self._url = f"{auth_url.rstrip('/')}/internal/token"
        self._credentials = (client_id, client_secret.get_secret_value())
        self._scope = scope
        self._token = ""
        self._renew_at = self._good_until = 0.0
        self._renewing = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def token(self) -> str:
        """Return a token with some life left. Raises ``httpx2.HTTPError``.

        While it is good, nobody waits for the next one: auth-service may be away just then.
        """
        now = time.monotonic()
        if now >= self._good_until:
            async with self._renewing:
                if time.monotonic() >= self._good_until:
                    await self._renew()
        elif now >= self._renew_at:
            self._renew_at = now + RETRY_SECONDS
            self._renewal = asyncio.create_task(self._renew_ahead())
        return self._token

    def forget(self) -> None:
        """Drop the token, for example because it was refused."""
        self._good_until = 0.0

    async def _renew_ahead(self) -> None:
        try:
            await self._renew()
        except (httpx2.HTTPError, ValidationError) as error:
            log.warning("the service's own token cannot be renewed yet", error=f"{type(error).__name__}: {error}")

    async def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "scope": self._scope}
        answer = await self._http.post(self._url, data=form, auth=self._credentials, timeout=TIMEOUT)
        answer.raise_for_status()
        body = TokenAnswer.model_validate_json(answer.content)
        self._token = body.access_token
        now = time.monotonic()
        self._renew_at = now + body.expires_in / 2
        self._good_until = now + body.expires_in - SPARE_SECONDS
