"""SQL on challenges. All times are the database's."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.signing_in.models import SignInChallenge

CHALLENGE_LIFE = timedelta(minutes=5)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class ChallengedAccount:
    """Whose sign-in wants a code."""

    account_id: UUID
    email_key: str


async def add_challenge(session: AsyncSession, challenge: str, account: Account) -> None:
    """Keep a challenge for the account, which is locked."""
    session.add(
        SignInChallenge(
            challenge_hash=_digest(challenge), account_id=account.id, password_digest=_digest(account.password_hash)
        )
    )
    await session.flush()


async def find_challenged(connection: AsyncConnection, challenge: str) -> ChallengedAccount | None:
    """Return whose challenge it is, or None if it has expired or is none."""
    query = (
        select(Account.id, Account.email_key)
        .join(SignInChallenge, SignInChallenge.account_id == Account.id)
        .where(SignInChallenge.challenge_hash == _digest(challenge), _is_alive())
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else ChallengedAccount(*row)


async def lock_challenge(session: AsyncSession, challenge: str, account: Account) -> SignInChallenge | None:
    """Return the account's challenge if it may be tried, locked so that tries come one after the other, or None."""
    query = select(SignInChallenge).where(
        SignInChallenge.challenge_hash == _digest(challenge),
        SignInChallenge.account_id == account.id,
        SignInChallenge.password_digest == _digest(account.password_hash),
        SignInChallenge.tries < MOST_TRIES,
        _is_alive(),
    )
    found: SignInChallenge | None = await session.scalar(query.with_for_update())
    return found


async def delete_expired(connection: AsyncConnection) -> int:
    """Delete the challenges whose time has passed, and return how many."""
    result = await connection.execute(delete(SignInChallenge).where(~_is_alive()))
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    return result.rowcount


def _is_alive() -> ColumnElement[bool]:
    return SignInChallenge.created_at > func.now() - CHALLENGE_LIFE


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
