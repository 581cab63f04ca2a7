"""API keys: exchanged at auth-service for short-lived access tokens, which are all that the other services see."""

import asyncio
import re
import time
from http import HTTPStatus

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

from gateway.config import Settings
from gateway.key_memory import KeyMemory, KeyToken, digest_of
from service_kit.identity import NotAuthenticated
from service_kit.languages.texts import N_
from service_kit.problems import Unavailable

log = structlog.get_logger(__name__)

PREFIX = "quire_"
EXCHANGE_SECONDS = 2.0
"""Longest wait for auth-service, the wait for one's turn included."""
LEAVE_ALONE_SECONDS = 1.0
"""How long nobody asks auth-service after it could not say."""
_AT_ONCE = 8
_TRY_AGAIN_SECONDS = 5.0
_KEY = re.compile(rf"{PREFIX}[0-9a-f]{{32}}_[0-9a-f]{{64}}")


class Exchanged(BaseModel):
    """auth-service's answer for a good key."""

    access_token: str
    expires_in: int


class InvalidApiKey(NotAuthenticated):
    """auth-service knows no such key, or none that may be used (any more)."""

    def __init__(self) -> None:
        """Say it in one sentence."""
        super().__init__(N_("The API key is not valid, has expired or was revoked."))


class ApiKeys:
    """Exchanges keys, each once in a while."""

    def __init__(self, http: httpx2.AsyncClient, settings: Settings) -> None:
        """Take the HTTP client, and with which credentials auth-service is asked where."""
        self._http = http
        self._url = f"{settings.auth_url.rstrip('/')}/internal/api-key-token"
        self._credentials = ("gateway", settings.client_secret.get_secret_value())
        self._memory = KeyMemory()
        self._under_way: dict[bytes, asyncio.Task[str]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._away_until = 0.0

    def knows(self, key: str) -> bool:
        """Tell whether the key was found good a moment ago, so that nobody has to be asked."""
        found = self._memory.good(digest_of(key))
        return found is not None and found.renew_at > time.monotonic()

    async def token(self, key: str, *, address: str | None) -> str:
        """Return an access token for ``key``, which was shown by a client with this address.

        Raises ``InvalidApiKey``, or ``Unavailable`` when auth-service cannot say.
        """
        if not _KEY.fullmatch(key):
            raise InvalidApiKey
        digest = digest_of(key)
        found = self._memory.good(digest)
        if found is not None and found.renew_at > time.monotonic():
            return found.token
        if self._memory.is_refused(digest):
            raise InvalidApiKey
        try:
            return await self._exchange_once(digest, key, address)
        except Unavailable:
            if found is None:
                raise
            # It was good a minute ago, and the list of what was revoked is looked at all the same.
            found.renew_at = time.monotonic() + _TRY_AGAIN_SECONDS
            return found.token

    def forget(self, key: str) -> None:
        """Forget the token of a key, because it was refused."""
        self._memory.forget(digest_of(key))

    def refuse(self, key: str) -> None:
        """Refuse a key for a moment, although auth-service gives tokens for it, which are no good."""
        self._memory.refuse(digest_of(key))

    async def _exchange_once(self, digest: bytes, key: str, address: str | None) -> str:
        task = self._under_way.get(digest)
        if task is None:
            task = asyncio.create_task(self._exchange(digest, key, address))
            self._under_way[digest] = task
            task.add_done_callback(lambda done: self._end(digest, done))
        # Shielded: a client that leaves must not take the answer of the others with it.
        return await asyncio.shield(task)

    def _end(self, digest: bytes, task: asyncio.Task[str]) -> None:
        self._under_way.pop(digest, None)
        if not task.cancelled():
            task.exception()  # It may be that nobody waits for it any more.

    async def _exchange(self, digest: bytes, key: str, address: str | None) -> str:
        answer = await self._ask(key, address)
        if answer.status_code == HTTPStatus.UNAUTHORIZED and _code(answer) == "invalid_api_key":
            self._memory.refuse(digest)
            raise InvalidApiKey
        try:
            answer.raise_for_status()
            exchanged = Exchanged.model_validate_json(answer.content)
        except (httpx2.HTTPStatusError, ValidationError) as error:
            reason = f"{answer.status_code} {_code(answer) or type(error).__name__}"
            raise self._away(reason) from error
        self._memory.keep(digest, KeyToken.living(exchanged.access_token, exchanged.expires_in))
        return exchanged.access_token

    async def _ask(self, key: str, address: str | None) -> httpx2.Response:
        if self._away_until > time.monotonic():
            raise _cannot_say()
        body = {"key": key, "address": address}
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS), self._turns:
                return await self._http.post(self._url, json=body, auth=self._credentials, timeout=EXCHANGE_SECONDS)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise self._away(type(error).__name__) from error

    def _away(self, reason: str) -> Unavailable:
        # For a moment nobody asks, so that requests with new keys do not wait in line for nothing.
        self._away_until = time.monotonic() + LEAVE_ALONE_SECONDS
        log.warning("API keys cannot be exchanged", reason=reason)
        return _cannot_say()


def is_api_key(token: str | None) -> bool:
    """Tell whether a bearer token is meant to be an API key."""
    return token is not None and token.startswith(PREFIX)


def _cannot_say() -> Unavailable:
    return Unavailable(N_("API keys cannot be checked for a moment."))


def _code(answer: httpx2.Response) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body.get("code") if isinstance(body, dict) else None
