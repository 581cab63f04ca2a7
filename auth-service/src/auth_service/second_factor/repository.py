"""SQL on second factors and recovery codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.second_factor.models import RecoveryCode, SecondFactor


@dataclass(frozen=True, slots=True)
class FactorState:
    """What the owner sees of a second factor."""

    role: str
    enabled_at: datetime | None
    recovery_codes_left: int


async def read_state(connection: AsyncConnection, account_id: UUID) -> FactorState | None:
    """Return the state of an account's second factor, or None without the account."""
    left = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        .scalar_subquery()
    )
    query = (
        select(Account.role, SecondFactor.confirmed_at, left)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .where(Account.id == account_id)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else FactorState(*row)


async def lock_factor(session: AsyncSession, account_id: UUID) -> SecondFactor | None:
    """Return the account's second factor, confirmed or not, locked so that a code is accepted once; or None."""
    query = select(SecondFactor).where(SecondFactor.account_id == account_id).with_for_update()
    factor: SecondFactor | None = await session.scalar(query.execution_options(populate_existing=True))
    return factor


async def begin_factor(session: AsyncSession, account_id: UUID, sealed_secret: bytes) -> None:
    """Keep a secret that waits for its first code, in place of any other such secret."""
    values = {"sealed_secret": sealed_secret, "created_at": func.now(), "last_step": 0}
    added = insert(SecondFactor).values(account_id=account_id, **values)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[SecondFactor.account_id], set_=values, where=SecondFactor.confirmed_at.is_(None)
        )
    )


async def confirm_factor(session: AsyncSession, factor: SecondFactor) -> None:
    """Have a locked second factor count from now on."""
    statement = update(SecondFactor).where(SecondFactor.account_id == factor.account_id)
    await session.execute(statement.values(confirmed_at=func.now()))


async def delete_factor(session: AsyncSession, account_id: UUID) -> bool:
    """Delete the account's second factor and its recovery codes; tell whether it had one that counted."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    statement = delete(SecondFactor).where(SecondFactor.account_id == account_id)
    confirmed_at = (await session.execute(statement.returning(SecondFactor.confirmed_at))).scalar_one_or_none()
    return confirmed_at is not None


async def replace_recovery_codes(session: AsyncSession, account_id: UUID, code_hashes: Iterable[bytes]) -> None:
    """Put new recovery codes in the place of all that there were."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.add_all(RecoveryCode(account_id=account_id, code_hash=code_hash) for code_hash in code_hashes)
    await session.flush()


async def use_recovery_code(session: AsyncSession, account_id: UUID, code_hash: bytes) -> int | None:
    """Use up a recovery code and return how many are left; None if it is none, or was used."""
    statement = update(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None)
    )
    result = await session.execute(statement.values(used_at=func.now()))
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    if not result.rowcount:
        return None
    query = select(func.count()).select_from(RecoveryCode)
    return await session.scalar(query.where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)))


async def delete_abandoned(connection: AsyncConnection, after: timedelta) -> int:
    """Delete the secrets whose first code was never shown; return how many."""
    abandoned = SecondFactor.confirmed_at.is_(None) & (SecondFactor.created_at < func.now() - after)
    result = await connection.execute(delete(SecondFactor).where(abandoned))
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    return result.rowcount
