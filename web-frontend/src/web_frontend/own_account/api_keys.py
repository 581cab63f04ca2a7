"""API keys: what programs of somebody's own sign in with."""

import datetime as dt
from typing import Any

from pydantic import BaseModel

from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.own_account.scopes import brief_words

_PATH = "/auth/api-keys"
_MANY = "100"


class ApiKey(BaseModel):
    """A key as its owner sees it later: all but the key itself."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None = None
    last_used_address: str | None = None

    @property
    def may(self) -> list[str]:
        """Return in plain words what it allows."""
        return brief_words(self.scopes)

    @property
    def has_expired(self) -> bool:
        """Whether it is good for nothing any more."""
        return self.expires_at <= dt.datetime.now(dt.UTC)


class NewApiKey(ApiKey):
    """A key at the one moment when it is known."""

    key: str


class TooManyKeys(Exception):
    """One account has only so many keys."""


class ApiKeysClient:
    """auth-service, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def all(self) -> list[ApiKey]:
        """Return all keys, the newest first; nobody may have many."""
        keys: list[ApiKey] = []
        query: QueryValues = [("limit", _MANY)]
        while True:
            found = (await self._gateway.get(_PATH, query)).body
            keys += [ApiKey.model_validate(item) for item in found["items"]]
            if not found["next_cursor"]:
                return keys
            query = [("limit", _MANY), ("cursor", found["next_cursor"])]

    async def find(self, key_id: str) -> ApiKey:
        """Return one. Raises ``NotFound``."""
        for key in await self.all():
            if key.id == key_id:
                return key
        raise NotFound(404, {"code": "api_key_not_found"}, {})

    async def make(self, *, name: str, scopes: list[str], days: int) -> NewApiKey:
        """Make a key that is good for ``days``. Raises ``TooManyKeys`` or ``Refused`` (422) naming the fields."""
        expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        body: dict[str, Any] = {"name": name, "scopes": scopes, "expires_at": expires_at.isoformat(timespec="seconds")}
        try:
            return NewApiKey.model_validate((await self._gateway.send(Call("POST", _PATH, json=body))).body)
        except Refused as error:
            if error.code == "too_many_api_keys":
                raise TooManyKeys from error
            raise

    async def revoke(self, key_id: str) -> None:
        """Make a key good for nothing. Raises ``NotFound``."""
        await self._gateway.send(Call("DELETE", f"{_PATH}/{key_id}"))
