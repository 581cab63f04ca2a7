"""Who is calling: bearer tokens checked by the service itself, and the dependencies that routes ask for."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from service_kit.languages.texts import N_
from service_kit.problems import DomainError, Unavailable
from service_kit.revocations import RevocationFeed
from service_kit.settings import ServiceSettings
from service_kit.tokens import AccessToken, InvalidToken, PublicKeys, UnknownKey

log = structlog.get_logger(__name__)

REFETCH_SECONDS = 10.0
REFRESH_KEYS_SECONDS = 60.0
_REMEMBERED_TOKENS = 10_000


class NotAuthenticated(DomainError):
    """No token, or one that is not (or no longer) good (RFC 6750, section 3.1: ``invalid_token``)."""

    code = "not_authenticated"
    status = 401
    title = N_("Sign in, or send a valid access token")

    def __init__(self, detail: str | None = None) -> None:
        """Add the ``WWW-Authenticate`` header that RFC 6750 asks for."""
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="quire"'})


class NotAllowed(DomainError):
    """The caller is known but may not do this (RFC 6750: ``insufficient_scope``)."""

    code = "not_allowed"
    status = 403
    title = N_("This account may not do that")


class MissingScope(NotAllowed):
    """The token is good, but not for this."""

    def __init__(self, *, scope: str) -> None:
        """Name what is missing."""
        super().__init__(N_("This needs the scope %(scope)s."), values={"scope": scope})


class TokenVerifier:
    """Verifies access tokens with auth-service's public keys and the revocation list, both kept in memory."""

    def __init__(
        self,
        *,
        fetch_keys: Callable[[], Awaitable[dict[str, Any]]],
        revocations: RevocationFeed,
        issuer: str,
        audience: str,
    ) -> None:
        """Take the function that fetches the JWK Set, the revocation feed, and what tokens must say."""
        self._fetch_keys = fetch_keys
        self._revocations = revocations
        self._issuer = issuer
        self._audience = audience
        self._keys = PublicKeys({})
        self._fetched_at = -REFETCH_SECONDS
        self._fetching = asyncio.Lock()
        self._remembered: OrderedDict[bytes, AccessToken] = OrderedDict()

    @classmethod
    def for_settings(
        cls, settings: ServiceSettings, fetch_keys: Callable[[], Awaitable[dict[str, Any]]], revocations: RevocationFeed
    ) -> "TokenVerifier":
        """Build a verifier for the issuer and audience that the settings name."""
        return cls(
            fetch_keys=fetch_keys,
            revocations=revocations,
            issuer=settings.token_issuer,
            audience=settings.token_audience,
        )

    async def verify(self, token: str) -> AccessToken:
        """Return the claims of a good token. Raises ``NotAuthenticated``, or ``Unavailable`` without any key."""
        # Verifying costs more than routing the request, so a good token is remembered by its full text's digest.
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._remembered.get(digest)
        if claims is None or claims.expires_at <= time.time():
            self._remembered.pop(digest, None)
            claims = await self._verify_anew(token)
            self._remember(digest, claims)
        if self._revocations.is_revoked(claims):
            detail = N_("The session has ended.")
            raise NotAuthenticated(detail)
        return claims

    async def refresh_keys(self) -> None:
        """Fetch the keys now, so that one that auth-service has withdrawn is forgotten here too."""
        async with self._fetching:
            await self._replace_keys()

    async def check(self) -> str:
        """Say how many keys are known, for the readiness answer. Raises ``RuntimeError`` when there is none."""
        if not self._keys:
            await self._refetch_keys()
        if not self._keys:
            message = "auth-service has not given its public keys yet"
            raise RuntimeError(message)
        return f"{len(self._keys)} public keys"

    async def _verify_anew(self, token: str) -> AccessToken:
        try:
            try:
                return self._verify_with_known_keys(token)
            except UnknownKey:
                await self._refetch_keys()
                return self._verify_with_known_keys(token)
        except InvalidToken as error:
            if isinstance(error, UnknownKey) and not self._keys:
                detail = N_("The keys that tokens are checked with cannot be fetched.")
                raise Unavailable(detail) from error
            log.info("token refused", reason=str(error))
            detail = N_("The access token is not valid or has expired.")
            raise NotAuthenticated(detail) from error

    def _verify_with_known_keys(self, token: str) -> AccessToken:
        return self._keys.verify(token, issuer=self._issuer, audience=self._audience)

    async def _refetch_keys(self) -> None:
        async with self._fetching:
            # A flood of tokens with made-up key ids must not become a flood of requests to auth-service.
            interval = REFETCH_SECONDS if self._keys else 0.5
            if time.monotonic() - self._fetched_at < interval:
                return
            await self._replace_keys()

    async def _replace_keys(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            keys = PublicKeys(await self._fetch_keys())
        except Exception as error:  # noqa: BLE001 (the keys that are known stay in use)
            log.warning("public keys cannot be fetched", error=f"{type(error).__name__}: {error}")
            return
        if keys.ids != self._keys.ids:
            # A token that was good under a key that has been withdrawn is good no longer.
            self._remembered.clear()
        self._keys = keys

    def _remember(self, digest: bytes, claims: AccessToken) -> None:
        self._remembered[digest] = claims
        if len(self._remembered) > _REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)


_bearer = OAuth2PasswordBearer(tokenUrl="/auth/login/", refreshUrl="/auth/refresh/", auto_error=False)


def bearer_token(authorization: str | None) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header (RFC 6750, section 2.1), or None for any other."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


BearerToken = Annotated[str | None, Depends(_bearer)]


async def optional_caller(request: Request, token: BearerToken) -> AccessToken | None:
    """Return the caller's claims, or None without a token. A bad token is refused, never ignored."""
    if not token:
        return None
    verifier: TokenVerifier = request.app.state.verifier
    claims = await verifier.verify(token)
    structlog.contextvars.bind_contextvars(account=claims.subject)
    return claims


OptionalCaller = Annotated[AccessToken | None, Depends(optional_caller)]


async def caller(claims: OptionalCaller) -> AccessToken:
    """Return the caller's claims. Raises ``NotAuthenticated``."""
    if claims is None:
        raise NotAuthenticated
    return claims


Caller = Annotated[AccessToken, Depends(caller)]


def require_scope(scope: str) -> Callable[..., Awaitable[AccessToken]]:
    """Make a dependency that returns the caller's claims when they hold ``scope``, and else raises ``NotAllowed``."""

    # Not through a chain of dependencies, each of which would cost every request more than the check itself.
    async def caller_with_scope(request: Request, token: BearerToken) -> AccessToken:
        claims = await caller(await optional_caller(request, token))
        if scope not in claims.scopes:
            raise MissingScope(scope=scope)
        return claims

    return caller_with_scope
