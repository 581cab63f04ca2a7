"""Signing in, staying signed in, and signing out."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.models import Account
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.repository import StoredPassword, find_password, lock_account
from auth_service.accounts.roles import SCOPES, Role
from auth_service.api_keys.repository import ended_keys
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.keys.issuer import TOKEN_LIFETIME, TokenIssuer
from auth_service.leaving.repository import erased_within
from auth_service.places import Place
from auth_service.sessions import repository
from auth_service.sessions.errors import InvalidCredentials, InvalidRefreshToken
from auth_service.sessions.refresh_tokens import digest, new_refresh_token, successor
from auth_service.sessions.repository import SessionLife
from service_kit.database import Database
from service_kit.revocations import RevocationFeed, RevocationList
from service_kit.tokens import CLOCK_LEEWAY

log = structlog.get_logger(__name__)

REVOCATION_REACH = TOKEN_LIFETIME + timedelta(seconds=2 * CLOCK_LEEWAY)
"""How long something that ended stays in the revocation list: until every token issued before has expired."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a refresh gives."""

    access_token: str
    refresh_token: str
    scopes: tuple[str, ...]


class RevocationService:
    """What ended before its tokens did."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def current(self) -> RevocationList:
        """Return the list as it is now: with the API keys that ended among the sessions, and the erased accounts."""
        async with self._database.read() as connection:
            current = await repository.read_revocations(connection, REVOCATION_REACH)
            keys = await ended_keys(connection, REVOCATION_REACH)
            erased = await erased_within(connection, REVOCATION_REACH)
        return RevocationList(
            as_of=current.as_of,
            sessions=current.sessions | {str(key_id) for key_id in keys},
            accounts=current.accounts | {str(account_id): limit for account_id, limit in erased.items()},
        )


class SessionService:
    """Sessions."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        passwords: PasswordHasher,
        revocations: RevocationFeed,
        issuer: TokenIssuer,
        trail: AuditTrail,
        refresh_secret: bytes,
        life: SessionLife,
    ) -> None:
        """Take what it works with; ``refresh_secret`` derives the refresh tokens."""
        self._database = database
        self._passwords = passwords
        self._revocations = revocations
        self._issuer = issuer
        self._trail = trail
        self._refresh_secret = refresh_secret
        self._life = life

    async def sign_in(self, *, email: str, password: str, place: Place) -> Tokens:
        """Start a session. Raises ``InvalidCredentials`` or ``PasswordsBusy``.

        An unknown address, a disabled account and a wrong password take the same work and give the same answer.
        """
        stored = await self._stored_password(email)
        matches = await self._passwords.matches(password, stored.password_hash if stored else None)
        if stored is None or not matches or stored.disabled:
            raise InvalidCredentials
        better_hash = None
        if self._passwords.is_outdated(stored.password_hash):
            better_hash = await self._passwords.hash(password)
        return await self._start_session(stored, better_hash, place)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Give new tokens for a refresh token. Raises ``InvalidRefreshToken``.

        A token that was used moments ago gives the same successor again; one that was used longer ago has been stolen
        from somebody, so its session ends (RFC 9700, section 4.14.2).
        """
        next_token = successor(refresh_token, secret=self._refresh_secret)
        async with self._database.transaction() as session:
            tokens = await self._rotate(session, refresh_token, next_token)
        if tokens is None:
            raise InvalidRefreshToken
        return tokens

    async def sign_out(self, session_id: UUID) -> None:
        """End a session."""
        async with self._database.transaction() as session:
            await repository.end_session(session, session_id)
        await self._revocations.refresh()

    async def delete_finished(self) -> int:
        """Delete what no token can belong to any more, and return how many sessions that were."""
        async with self._database.transaction() as session:
            return await repository.delete_finished(session, self._life, REVOCATION_REACH)

    async def _stored_password(self, email: str) -> StoredPassword | None:
        try:
            key = EmailAddress.parse(email).key
        except ValueError:
            return None
        async with self._database.read() as connection:
            return await find_password(connection, key)

    async def _start_session(self, stored: StoredPassword, better_hash: str | None, place: Place) -> Tokens:
        refresh_token = new_refresh_token()
        async with self._database.transaction() as session:
            account = await lock_account(session, stored.account_id)
            # The password may have been changed, or the account disabled, while we compared.
            if account is None or account.disabled_at is not None or account.password_hash != stored.password_hash:
                raise InvalidCredentials
            if better_hash is not None:
                account.password_hash = better_hash
            started = await repository.start_session(session, account.id, digest(refresh_token), place)
            now = await repository.database_time(session)
            signed_in = Happening(Action.SIGNED_IN, actor=account.id, subject=account.id, place=place)
            await self._trail.record(session, signed_in)
        return self._tokens(account, started.id, refresh_token, now)

    async def _rotate(self, session: AsyncSession, refresh_token: str, next_token: str) -> Tokens | None:
        presented = await repository.lock_refresh_token(session, digest(refresh_token), self._life)
        if presented is None or not presented.alive:
            return None
        if presented.token.rotated_at is not None and not presented.in_grace:
            log.warning("refresh token used again", session=str(presented.session.id))
            await repository.end_session(session, presented.session.id)
            return None
        account = await lock_account(session, presented.session.account_id, shared=True)
        if account is None or account.disabled_at is not None:
            return None
        if presented.token.rotated_at is None:
            await repository.rotate(session, presented, digest(next_token))
        return self._tokens(account, presented.session.id, next_token, await repository.database_time(session))

    def _tokens(self, account: Account, session_id: UUID, refresh_token: str, now: float) -> Tokens:
        role = Role(account.role)
        access_token = self._issuer.issue(
            subject=str(account.id),
            session_id=str(session_id),
            scopes=SCOPES[role],
            # Not before the account's last change, which may be in the second that has not passed yet.
            issued_at=max(int(now), account.tokens_not_before),
            email=account.email,
            role=role.value,
        )
        return Tokens(access_token, refresh_token, SCOPES[role])
