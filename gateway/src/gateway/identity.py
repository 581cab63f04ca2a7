"""Who is calling, and whether they may call now. Each service checks the token again itself."""

from dataclasses import dataclass

from starlette.types import Scope

from gateway.addresses import Place
from gateway.api_keys import ApiKeys, is_api_key
from gateway.headers import header
from gateway.limits import Kind, Limits
from gateway.routing import Access, Route
from service_kit.identity import NotAllowed, NotAuthenticated, TokenVerifier, bearer_token
from service_kit.languages.texts import N_
from service_kit.tokens import API_KEY_CLIENT, AccessToken


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is, as it is counted, and the token that takes the place of an API key.

    ``share`` counts what is under way: an account has one with all its keys, or with a few it would have all there is.
    """

    kind: Kind
    name: str
    share: str
    exchanged_token: str | None = None


class Admission:
    """Lets requests pass, each counted under the account or the key that is good, and else under its address."""

    def __init__(self, verifier: TokenVerifier, keys: ApiKeys, limits: Limits) -> None:
        """Take who checks tokens, who exchanges keys, and who counts."""
        self._verifier = verifier
        self._keys = keys
        self._limits = limits

    async def admit(self, route: Route, scope: Scope, place: Place) -> Caller:
        """Return who is calling.

        Raises ``NotAuthenticated``, ``NotAllowed`` for a key where none is taken, ``RateLimited``, and ``Unavailable``
        when nobody can say whether a token or a key is good.
        """
        caller = await self._identify(route, scope, place)
        if route.is_limited:
            await self._limits.take(scope, caller.kind, caller.name)
        if caller.kind == "key" and route.is_for_people:
            detail = N_("This needs somebody who is signed in; an API key is not enough.")
            raise NotAllowed(detail)
        return caller

    async def _identify(self, route: Route, scope: Scope, place: Place) -> Caller:
        access = route.access(scope["method"])
        token = None if access is Access.PUBLIC else bearer_token(header(scope, b"authorization"))
        if token is not None and is_api_key(token):
            return await self._by_key(scope, place, token)
        if token is not None:
            return await self._by_token(scope, place, token)
        if access is Access.REQUIRED:
            await self._limits.take(scope, "address", place.client)
            raise NotAuthenticated
        return Caller("address", place.client, f"address/{place.client}")

    async def _by_token(self, scope: Scope, place: Place, token: str) -> Caller:
        try:
            return _caller_of(await self._verifier.verify(token))
        except NotAuthenticated:
            # It may be a guess.
            await self._limits.take(scope, "address", place.client)
            raise

    async def _by_key(self, scope: Scope, place: Place, key: str) -> Caller:
        if not self._keys.knows(key):
            # As far as anybody can tell it is a guess, and is counted before auth-service is asked.
            await self._limits.take(scope, "address", place.client)
        token = await self._keys.token(key, address=place.address)
        try:
            return _caller_of(await self._verifier.verify(token), token)
        except NotAuthenticated:
            # Remembered, but revoked meanwhile, or its owner's rights have changed: another one may be good.
            self._keys.forget(key)
        token = await self._keys.token(key, address=place.address)
        try:
            return _caller_of(await self._verifier.verify(token), token)
        except NotAuthenticated:
            self._keys.refuse(key)
            raise


def _caller_of(claims: AccessToken, exchanged_token: str | None = None) -> Caller:
    share = f"account/{claims.subject}"
    if claims.client_id == API_KEY_CLIENT:
        return Caller("key", claims.session_id, share, exchanged_token)
    return Caller("account", claims.subject, share, exchanged_token)
