"""SQL of administrators on accounts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.accounts.roles import Role
from auth_service.audit.actions import Action
from auth_service.audit.models import AuditEvent
from auth_service.listing import AnyRow, AnySelect, Listed, Wanted, read_page
from auth_service.second_factor.models import SecondFactor
from auth_service.sessions.models import Session
from auth_service.sessions.repository import SessionLife

_ADMINISTRATORS_LOCK = 7_203_914


async def change_administrators_in_turn(session: AsyncSession) -> None:
    """Let only one transaction at a time go past this point, so that two cannot take each other's rights away."""
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_ADMINISTRATORS_LOCK})"))


async def is_administrator(session: AsyncSession, account_id: UUID) -> bool:
    """Tell whether an account is an administrator at this moment."""
    return bool(await session.scalar(select(exists().where(Account.id == account_id, *_ABLE_ADMIN))))


async def another_administrator(session: AsyncSession, account_id: UUID) -> bool:
    """Tell whether there is an administrator besides this account."""
    return bool(await session.scalar(select(exists().where(Account.id != account_id, *_ABLE_ADMIN))))


async def list_accounts(
    connection: AsyncConnection, wanted: Wanted, *, life: SessionLife, conditions: Mapping[str, Any]
) -> Listed:
    """Return a page of accounts; ``conditions`` are ``q``, ``role`` and ``disabled``, each with or without a value."""
    query = _accounts(life)
    if conditions["q"] is not None:
        query = query.where(
            or_(*(column.icontains(conditions["q"], autoescape=True) for column in (Account.email, Account.full_name)))
        )
    if conditions["role"]:
        query = query.where(Account.role.in_(conditions["role"]))
    if conditions["disabled"] is not None:
        query = query.where(Account.disabled_at.is_not(None) == conditions["disabled"])
    return await read_page(connection, query, Account.id, wanted)


async def find_account(connection: AsyncConnection, account_id: UUID, *, life: SessionLife) -> AnyRow | None:
    """Return an account as it is listed, or None."""
    row: AnyRow | None = (await connection.execute(_accounts(life).where(Account.id == account_id))).one_or_none()
    return row


_ABLE_ADMIN = (Account.role == Role.ADMIN, Account.disabled_at.is_(None))


def _is_open(life: SessionLife) -> tuple[Any, ...]:
    now = func.now()
    return (
        Session.ended_at.is_(None),
        Session.refreshed_at > now - life.unused,
        Session.created_at > now - life.longest,
    )


def _accounts(life: SessionLife) -> AnySelect:
    sessions = select(func.count()).where(Session.account_id == Account.id, *_is_open(life)).scalar_subquery()
    # The trail still knows when the session is long gone.
    last_signed_in = (
        select(AuditEvent.at)
        .where(AuditEvent.actor == Account.id, AuditEvent.action == text(f"'{Action.SIGNED_IN}'"))
        .order_by(AuditEvent.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        Account.id,
        Account.email,
        Account.full_name,
        Account.role,
        Account.created_at,
        Account.email_verified_at,
        Account.disabled_at,
        sessions.label("sessions"),
        last_signed_in.label("last_signed_in_at"),
        exists(SecondFactor.account_id)
        .where(SecondFactor.account_id == Account.id, SecondFactor.confirmed_at.is_not(None))
        .label("second_factor"),
    )
