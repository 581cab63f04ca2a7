"""The signed-in browser: tokens in cookies that no script can read, renewed without the person noticing."""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from web_frontend.cookies import CookieChanges
from web_frontend.gateway_problems import Away, Refused, ServiceAway, SignInNeeded

log = structlog.get_logger(__name__)

ACCESS = "quire_access"
REFRESH = "quire_refresh"
VISIT = "quire_visit"

# Longer than a session of auth-service lasts: it alone decides when a session ends.
SESSION_COOKIE_SECONDS = 60 * 60 * 24 * 60
_RENEW_BEFORE_SECONDS = 30
_REMEMBER_RENEWAL_SECONDS = 20.0
_COOKIE_SAFE = re.compile(r"[A-Za-z0-9._~+/=-]{16,4000}")


_ROLES_WITH_MORE = frozenset({"editor", "staff", "admin"})
_EVERYBODY_MAY = frozenset({"books:read", "orders:read", "orders:write"})


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What signing in and renewing give."""

    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What the access token says of its owner. Unverified: good for timing and for what a page offers, no more."""

    account_id: str
    session_id: str
    email: str
    role: str
    scopes: frozenset[str]
    expires_at: float

    @property
    def waits_for_second_factor(self) -> bool:
        """Whether the role promises more than the token gives: the shop wants a second factor for it."""
        return self.role in _ROLES_WITH_MORE and self.scopes <= _EVERYBODY_MAY


def read_claims(access_token: str | None) -> Claims | None:
    """Read the claims of a JWT (RFC 7519) without verifying it; None when it is none."""
    try:
        payload = (access_token or "").split(".")[1]
        padded = payload + "=" * (-len(payload) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
        return Claims(
            account_id=str(claims["sub"]),
            session_id=str(claims["sid"]),
            email=str(claims.get("email", "")),
            role=str(claims.get("role", "")),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            expires_at=float(claims["exp"]),
        )
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def token_pair(body: Any) -> TokenPair:  # noqa: ANN401 (any JSON)
    """Read the answer of ``/auth/login`` or ``/auth/refresh``. Raises ``ServiceAway`` when it is something else."""
    members = body if isinstance(body, Mapping) else {}
    access, refresh = str(members.get("access_token")), str(members.get("refresh_token"))
    if not (_COOKIE_SAFE.fullmatch(access) and _COOKIE_SAFE.fullmatch(refresh)):
        service: Away = "accounts"
        raise ServiceAway(service)
    return TokenPair(access, refresh)


Renew = Callable[[str, Mapping[str, str]], Awaitable[TokenPair]]

_NO_SUCH_SESSION = frozenset({400, 401, 422})
"""What auth-service answers to a token that is none, is not valid any more, or could never be one."""


class Renewals:
    """Renews token pairs, each refresh token once, however many requests ask at the same time."""

    def __init__(self, renew: Renew) -> None:
        """Take the call to auth-service. It raises ``SignInNeeded`` or ``Refused`` only when the session has ended."""
        self._renew = renew
        self._under_way: dict[bytes, asyncio.Task[TokenPair]] = {}

    async def renew(self, refresh_token: str, headers: Mapping[str, str]) -> TokenPair:
        """Return the successor of the pair that ``refresh_token`` belongs to.

        ``headers`` say whose request it is; where several wait for one renewal, they are those of the first.

        Raises ``SignInNeeded`` when auth-service says that the session has ended, ``ServiceAway`` when it says nothing.
        """
        key = hashlib.sha256(refresh_token.encode()).digest()
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(refresh_token, headers))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._forget_later(key, done))
        # Shielded: a browser that goes away must not take the new pair of the others with it.
        return await asyncio.shield(task)

    async def _ask(self, refresh_token: str, headers: Mapping[str, str]) -> TokenPair:
        try:
            return await self._renew(refresh_token, headers)
        except Refused as error:
            if error.status in _NO_SUCH_SESSION:
                raise SignInNeeded from error
            service: Away = "accounts"
            raise ServiceAway(service) from error

    def _forget_later(self, key: bytes, task: asyncio.Task[TokenPair]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._under_way.pop(key, None)
            return
        # Requests that were sent with the old cookie arrive for a while after the first one was answered.
        asyncio.get_running_loop().call_later(_REMEMBER_RENEWAL_SECONDS, self._under_way.pop, key, None)


class BrowserSession:
    """The session that this request's cookies stand for."""

    def __init__(
        self,
        request_cookies: Mapping[str, str],
        changes: CookieChanges,
        renewals: Renewals,
        headers: Mapping[str, str],
    ) -> None:
        """Take the cookies that came, where to note those that go, the process's renewals, and whose request it is."""
        self._changes = changes
        self._renewals = renewals
        self._headers = headers
        self._access = request_cookies.get(changes.full_name(ACCESS))
        self._refresh = request_cookies.get(changes.full_name(REFRESH))
        self.claims = read_claims(self._access)

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a session, as far as the cookies tell."""
        return self._refresh is not None or self._is_fresh(margin=0)

    def may(self, scope: str) -> bool:
        """Tell whether the token names ``scope``. Only for what a page offers: the services check for themselves."""
        return self.claims is not None and scope in self.claims.scopes

    async def bearer(self) -> str | None:
        """Return a token that has not expired, renewed if need be, or None when nobody is signed in."""
        if self._is_fresh(margin=_RENEW_BEFORE_SECONDS):
            return self._access
        if self._refresh is None:
            return self._access if self._is_fresh(margin=0) else None
        try:
            return await self.renewed_bearer(refused=None)
        except ServiceAway:
            if self._is_fresh(margin=0):
                return self._access
            raise

    async def renewed_bearer(self, refused: str | None) -> str:
        """Return a new token in place of ``refused``, or end the session and raise ``SignInNeeded``."""
        if refused is not None and refused != self._access and self._access is not None:
            return self._access
        if self._refresh is None:
            self.end()
            raise SignInNeeded
        try:
            pair = await self._renewals.renew(self._refresh, self._headers)
        except SignInNeeded:
            log.info("session has ended")
            self.end()
            raise
        self.begin(pair)
        return pair.access_token

    async def renew_now(self) -> None:
        """Get a token that names what has just changed; where that cannot be had now, the old one serves on."""
        # A session that has ended is forgotten here, and the next page says so.
        with suppress(ServiceAway, SignInNeeded):
            await self.renewed_bearer(refused=self._access)

    def begin(self, pair: TokenPair) -> None:
        """Keep ``pair`` in the browser's cookies."""
        self._access, self._refresh = pair.access_token, pair.refresh_token
        self.claims = read_claims(pair.access_token)
        self._changes.put(ACCESS, pair.access_token, seconds=SESSION_COOKIE_SECONDS)
        self._changes.put(REFRESH, pair.refresh_token, seconds=SESSION_COOKIE_SECONDS)

    def end(self) -> None:
        """Forget the session in this browser."""
        self._access = self._refresh = self.claims = None
        self._changes.remove(ACCESS)
        self._changes.remove(REFRESH)

    def _is_fresh(self, *, margin: float) -> bool:
        return self.claims is not None and self.claims.expires_at - margin > time.time()
