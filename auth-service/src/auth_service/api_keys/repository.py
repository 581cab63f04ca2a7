"""SQL on API keys. All times are the database's."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import cast

from auth_service.accounts.models import Account
from auth_service.api_keys.models import ApiKey
from auth_service.clock import EPOCH
from auth_service.listing import AnyRow, Listed, Wanted, read_page
from auth_service.second_factor.models import SecondFactor

_SHOWN = (
    ApiKey.id,
    ApiKey.name,
    ApiKey.hint,
    ApiKey.scopes,
    ApiKey.created_at,
    ApiKey.expires_at,
    ApiKey.last_used_at,
    ApiKey.last_used_address,
)


async def count_keys(session: AsyncSession, account_id: UUID) -> int:
    """Count the keys of an account that were not revoked."""
    query = select(func.count()).where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
    return (await session.execute(query)).scalar_one()


async def add_key(session: AsyncSession, key: ApiKey) -> ApiKey:
    """Insert ``key`` and read back what the database filled in."""
    session.add(key)
    await session.flush()
    await session.refresh(key)
    return key


async def list_keys(connection: AsyncConnection, account_id: UUID, wanted: Wanted) -> Listed:
    """Return a page of the keys of an account that were not revoked."""
    query = select(*_SHOWN).where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
    return await read_page(connection, query, ApiKey.id, wanted)


async def revoke_key(session: AsyncSession, account_id: UUID, key_id: UUID) -> bool:
    """Revoke a key of an account; return whether it has such a key."""
    statement = (
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
        .returning(ApiKey.id)
    )
    return (await session.execute(statement)).first() is not None


async def revoke_keys(session: AsyncSession, account_id: UUID) -> int:
    """Revoke all keys of an account and return how many there were."""
    statement = (
        update(ApiKey)
        .where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
        .returning(ApiKey.id)
    )
    return len((await session.execute(statement)).all())


async def find_for_exchange(connection: AsyncConnection, key_id: UUID) -> AnyRow | None:
    """Return a key with what decides on it and the account that it belongs to, read in one moment ``now``."""
    query = (
        select(
            ApiKey.secret_hash,
            ApiKey.scopes,
            func.extract("epoch", ApiKey.expires_at).label("expires_at"),
            ((ApiKey.revoked_at.is_(None)) & (ApiKey.expires_at > func.now())).label("good"),
            Account.id.label("account_id"),
            Account.email,
            Account.role,
            Account.tokens_not_before,
            Account.disabled_at.is_(None).label("enabled"),
            exists(SecondFactor.account_id)
            .where(SecondFactor.account_id == Account.id, SecondFactor.confirmed_at.is_not(None))
            .label("second_factor"),
            EPOCH.label("now"),
        )
        .join(Account, Account.id == ApiKey.account_id)
        .where(ApiKey.id == key_id)
    )
    return (await connection.execute(query)).one_or_none()


async def note_use(connection: AsyncConnection, key_id: UUID, address: str | None, *, after: timedelta) -> None:
    """Write that the key was used, unless that was written within ``after``."""
    long_ago = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - after)
    statement = update(ApiKey).where(ApiKey.id == key_id, long_ago)
    await connection.execute(statement.values(last_used_at=func.now(), last_used_address=cast(address, INET)))


async def ended_keys(connection: AsyncConnection, reach: timedelta) -> list[UUID]:
    """Return the keys that were revoked or expired within ``reach``."""
    since = func.now() - reach
    ended = or_(ApiKey.revoked_at > since, ApiKey.expires_at.between(since, func.now()))
    return list(await connection.scalars(select(ApiKey.id).where(ended)))


async def delete_ended(session: AsyncSession, *, revoked_for: timedelta, expired_for: timedelta) -> None:
    """Delete the keys that have been revoked, or expired, for so long."""
    ended = or_(ApiKey.revoked_at < func.now() - revoked_for, ApiKey.expires_at < func.now() - expired_for)
    await session.execute(delete(ApiKey).where(ended))
