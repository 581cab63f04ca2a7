"""SQL on what is known of one person, and on its erasure."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.api_keys.models import ApiKey
from auth_service.invitations.models import Invitation
from auth_service.leaving.models import ErasedAccount
from auth_service.links.models import Link
from auth_service.listing import AnyRow
from auth_service.mail.models import OutgoingMail
from auth_service.second_factor.models import RecoveryCode, SecondFactor
from auth_service.sessions.models import Session

_NUMBERS_LOCK = 7_203_915
_MOST_ROWS = 10_000


async def lock_for_erasure(session: AsyncSession, account_id: UUID) -> Account | None:
    """Return the account, locked so that nothing can come to refer to it, or None."""
    account: Account | None = await session.scalar(select(Account).where(Account.id == account_id).with_for_update())
    return account


async def delete_account(session: AsyncSession, account_id: UUID) -> None:
    """Delete an account, and with it all that belongs to it alone; its id stays in ``erased_accounts``."""
    await session.execute(delete(Account).where(Account.id == account_id))
    # Until the commit nobody else gets a number, so that numbers become visible in their order.
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_NUMBERS_LOCK})"))
    number = select(func.coalesce(func.max(ErasedAccount.number), 0) + 1).scalar_subquery()
    await session.execute(insert(ErasedAccount).values(number=number, account_id=account_id))


async def erased_after(connection: AsyncConnection, number: int, limit: int) -> Sequence[AnyRow]:
    """Return erased accounts with higher numbers, in their order."""
    query = select(ErasedAccount.__table__).where(ErasedAccount.number > number)
    return (await connection.execute(query.order_by(ErasedAccount.number).limit(limit))).all()


async def erased_within(connection: AsyncConnection, reach: timedelta) -> dict[UUID, float]:
    """Return the accounts that were erased within ``reach``, and a time before which no token of them is good."""
    # Of somebody who is gone no token is good, whenever it was issued: the end of all that can have been.
    until = func.ceil(func.extract("epoch", ErasedAccount.erased_at)) + reach.total_seconds()
    query = select(ErasedAccount.account_id, until).where(ErasedAccount.erased_at > func.now() - reach)
    return {account_id: float(limit) for account_id, limit in await connection.execute(query)}


async def account_of(connection: AsyncConnection, account_id: UUID) -> AnyRow | None:
    """Return what is stored of an account, but for what proves who one is."""
    columns = [column for column in Account.__table__.c if column.name not in {"password_hash", "tokens_not_before"}]
    return (await connection.execute(select(*columns).where(Account.id == account_id))).one_or_none()


async def sessions_of(connection: AsyncConnection, account_id: UUID) -> Sequence[AnyRow]:
    """Return the sessions of an account, ended ones too while they are kept."""
    query = select(Session.__table__).where(Session.account_id == account_id)
    return (await connection.execute(query.order_by(Session.id).limit(_MOST_ROWS))).all()


async def api_keys_of(connection: AsyncConnection, account_id: UUID) -> Sequence[AnyRow]:
    """Return the API keys of an account, without their secrets."""
    columns = [column for column in ApiKey.__table__.c if column.name != "secret_hash"]
    query = select(*columns).where(ApiKey.account_id == account_id)
    return (await connection.execute(query.order_by(ApiKey.id).limit(_MOST_ROWS))).all()


async def invitations_of(connection: AsyncConnection, account_id: UUID, email_key: str | None) -> Sequence[AnyRow]:
    """Return the invitations that an account made, and those that were for it or for its address, if that is known."""
    columns = [column for column in Invitation.__table__.c if column.name not in {"token_hash", "email_key"}]
    theirs = or_(Invitation.invited_by == account_id, Invitation.accepted_by == account_id)
    if email_key is not None:
        theirs = or_(theirs, Invitation.email_key == email_key)
    query = select(*columns).where(theirs)
    return (await connection.execute(query.order_by(Invitation.id).limit(_MOST_ROWS))).all()


async def second_factor_of(connection: AsyncConnection, account_id: UUID) -> AnyRow | None:
    """Return since when an account has a second factor, and how many of its recovery codes are left, but no secret."""
    left = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    query = select(
        SecondFactor.created_at, SecondFactor.confirmed_at, left.scalar_subquery().label("recovery_codes_left")
    )
    return (await connection.execute(query.where(SecondFactor.account_id == account_id))).one_or_none()


async def links_of(connection: AsyncConnection, account_id: UUID) -> Sequence[AnyRow]:
    """Return the links that were mailed to an account of late, without what they carry."""
    query = select(Link.purpose, Link.email, Link.created_at, Link.expires_at, Link.ended_at)
    return (await connection.execute(query.where(Link.account_id == account_id).order_by(Link.id))).all()


async def mails_of(connection: AsyncConnection, account_id: UUID) -> Sequence[AnyRow]:
    """Return the mails that were written to an account of late."""
    query = select(OutgoingMail.kind, OutgoingMail.recipient, OutgoingMail.created_at, OutgoingMail.done_at)
    return (
        await connection.execute(query.where(OutgoingMail.account_id == account_id).order_by(OutgoingMail.id))
    ).all()
