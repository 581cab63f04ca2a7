"""Starts sessions and makes the tokens of those that go on."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Account
from auth_service.accounts.roles import Role
from auth_service.keys.issuer import TokenIssuer
from auth_service.places import Place
from auth_service.second_factor.rule import ScopeRule
from auth_service.sessions import repository
from auth_service.sessions.models import Session
from auth_service.sessions.refresh_tokens import digest, new_refresh_token

# RFC 8176: password, one-time password, and that these are two factors.
_PASSWORD_ALONE = ("pwd",)
_WITH_SECOND_FACTOR = ("pwd", "otp", "mfa")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a refresh gives."""

    access_token: str
    refresh_token: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """Knows what the tokens of a session say."""

    issuer: TokenIssuer
    rule: ScopeRule

    async def start(self, session: AsyncSession, account: Account, place: Place, *, second_factor: bool) -> Tokens:
        """Start a session of ``account``, which is locked, and return its first tokens."""
        refresh_token = new_refresh_token()
        started = await repository.start_session(
            session, account.id, digest(refresh_token), place, second_factor=second_factor
        )
        return self.of(account, started, refresh_token, await repository.database_time(session))

    def of(self, account: Account, session: Session, refresh_token: str, now: float) -> Tokens:
        """Return new tokens of a session, with the scopes that it has now."""
        role = Role(account.role)
        scopes = self.rule.scopes(role, shown=session.second_factor)
        access_token = self.issuer.issue(
            subject=str(account.id),
            session_id=str(session.id),
            scopes=scopes,
            # Not before the account's last change, which may be in the second that has not passed yet.
            issued_at=max(int(now), account.tokens_not_before),
            email=account.email,
            role=role.value,
            auth_time=int(session.created_at.timestamp()),
            amr=_WITH_SECOND_FACTOR if session.second_factor else _PASSWORD_ALONE,
        )
        return Tokens(access_token, refresh_token, scopes)
