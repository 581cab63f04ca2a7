"""SQL on accounts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Exists, exists, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import EmailTaken
from auth_service.accounts.models import EMAIL_KEY_CONSTRAINT, Account
from auth_service.clock import EPOCH
from auth_service.second_factor.models import SecondFactor
from auth_service.sessions.models import Session
from service_kit.database import violated_constraint

_FIRST_ACCOUNT_LOCK = 7_203_912


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """What a sign-in compares the password with."""

    account_id: UUID
    email_key: str
    password_hash: str
    disabled: bool
    second_factor: bool


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """What the operator's list says of an account."""

    email: str
    role: str
    disabled: bool


async def add_account(session: AsyncSession, account: Account) -> Account:
    """Insert ``account`` and read back what the database filled in. Raises ``EmailTaken``."""
    session.add(account)
    try:
        await session.flush()
    except IntegrityError as error:
        if violated_constraint(error) == EMAIL_KEY_CONSTRAINT:
            raise EmailTaken from error
        raise
    await session.refresh(account)
    return account


async def any_account(connection: AsyncConnection | AsyncSession) -> bool:
    """Tell whether there is an account at all."""
    return bool(await connection.scalar(select(exists().select_from(Account))))


async def wait_for_first_account(session: AsyncSession) -> None:
    """Let only one transaction at a time go past this point, so that only one sees an empty table."""
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_FIRST_ACCOUNT_LOCK})"))


async def find_account(session: AsyncSession, account_id: UUID) -> Account | None:
    """Return the account, or None."""
    return await session.get(Account, account_id)


async def lock_account(session: AsyncSession, account_id: UUID, *, shared: bool = False) -> Account | None:
    """Return the account as it is now, and keep it so until the transaction ends."""
    query = select(Account).where(Account.id == account_id)
    account: Account | None = await session.scalar(query.with_for_update(read=shared, key_share=not shared))
    return account


async def lock_account_by_email(session: AsyncSession, email_key: str) -> Account | None:
    """Return the account with this address, locked, or None."""
    query = select(Account).where(Account.email_key == email_key).with_for_update(key_share=True)
    account: Account | None = await session.scalar(query)
    return account


async def find_password(connection: AsyncConnection, email_key: str) -> StoredPassword | None:
    """Return what is needed to check a password for this address, or None."""
    query = select(
        Account.id, Account.email_key, Account.password_hash, Account.disabled_at.is_not(None), _has_second_factor()
    ).where(Account.email_key == email_key)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else StoredPassword(*row)


async def mark_verified(session: AsyncSession, account: Account) -> None:
    """Note that the account's address is its own, unless that was known already."""
    if account.email_verified_at is None:
        account.email_verified_at = await session.scalar(select(func.clock_timestamp()))


async def change_email(session: AsyncSession, account: Account, email: EmailAddress) -> None:
    """Give the locked account another address, which is known to be its own. Raises ``EmailTaken``."""
    account.email_verified_at = await session.scalar(select(func.clock_timestamp()))
    account.email, account.email_key = email.text, email.key
    try:
        await session.flush()
    except IntegrityError as error:
        if violated_constraint(error) == EMAIL_KEY_CONSTRAINT:
            raise EmailTaken from error
        raise


async def find_own_account(
    session: AsyncSession, account_id: UUID, session_id: UUID
) -> tuple[Account, bool, bool] | None:
    """Return the account, whether it has a second factor, and whether its session has shown one; or None."""
    shown = func.coalesce(Session.second_factor, False)
    query = (
        select(Account, _has_second_factor(), shown)
        .outerjoin(Session, (Session.id == session_id) & (Session.account_id == Account.id))
        .where(Account.id == account_id)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _has_second_factor() -> Exists:
    return exists().where(SecondFactor.account_id == Account.id, SecondFactor.confirmed_at.is_not(None))


async def refuse_earlier_tokens(session: AsyncSession, account: Account) -> None:
    """Have the access tokens refused that were issued to the account until now.

    Tokens carry whole seconds. The limit is the next whole second, which later tokens take as their own time at least;
    and it always grows, so that two changes within one second both count.
    """
    limit = func.greatest(func.ceil(EPOCH), Account.tokens_not_before + 1)
    statement = update(Account).where(Account.id == account.id).values(tokens_not_before=limit)
    await session.execute(statement, execution_options={"synchronize_session": False})
    await session.refresh(account, ["tokens_not_before"])


async def list_accounts(connection: AsyncConnection) -> list[ListedAccount]:
    """Return every account, oldest first."""
    query = select(Account.email, Account.role, Account.disabled_at.is_not(None)).order_by(Account.id)
    return [ListedAccount(*row) for row in await connection.execute(query)]
