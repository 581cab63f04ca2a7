"""SQL that reads the audit trail. What is written is ``trail``'s."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from auth_service.accounts.models import Account
from auth_service.audit.models import AuditEvent
from auth_service.listing import AnyRow, AnySelect, Listed, Wanted, read_page
from service_kit.database import Database

AT_A_TIME = 500
"""Events that are read at once, so that neither memory nor a connection is held for a long export."""

_Actor, _Subject = aliased(Account), aliased(Account)
_SHOWN = (
    select(
        AuditEvent.number,
        AuditEvent.at,
        AuditEvent.action,
        AuditEvent.actor,
        AuditEvent.subject,
        AuditEvent.address,
        AuditEvent.user_agent,
        AuditEvent.detail,
        _Actor.email.label("actor_email"),
        _Subject.email.label("subject_email"),
    )
    .select_from(AuditEvent)
    .outerjoin(_Actor, _Actor.id == AuditEvent.actor)
    .outerjoin(_Subject, _Subject.id == AuditEvent.subject)
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which events. ``about`` is an account that either did it or had it done to it."""

    actor: UUID | None = None
    subject: UUID | None = None
    actions: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    about: UUID | None = None


async def account_by_email(connection: AsyncConnection, email_key: str) -> UUID | None:
    """Return the account that has this address now."""
    found: UUID | None = await connection.scalar(select(Account.id).where(Account.email_key == email_key))
    return found


async def list_events(connection: AsyncConnection, which: Which, wanted: Wanted) -> Listed:
    """Return a page of events."""
    return await read_page(connection, _narrowed(_SHOWN, which), AuditEvent.number, wanted)


async def last_number(connection: AsyncConnection) -> int:
    """Return the number of the last event, 0 when there is none."""
    return int(await connection.scalar(select(func.max(AuditEvent.number))) or 0)


async def all_events(
    database: Database, which: Which, *, up_to: int, after: int = 0
) -> AsyncIterator[Sequence[AnyRow]]:
    """Yield events as they are shown, the oldest first, in batches each of which is read by itself."""
    while True:
        query = _narrowed(_SHOWN, which).where(AuditEvent.number > after, AuditEvent.number <= up_to)
        async with database.read() as connection:
            rows = (await connection.execute(query.order_by(AuditEvent.number).limit(AT_A_TIME))).all()
        if rows:
            yield rows
        if len(rows) < AT_A_TIME:
            return
        after = rows[-1].number


async def stored_events(database: Database) -> AsyncIterator[Sequence[AnyRow]]:
    """Yield all events as they are stored, with their seals, the lowest number first."""
    after: int | None = None
    while True:
        query = select(AuditEvent.__table__).order_by(AuditEvent.number).limit(AT_A_TIME)
        if after is not None:
            query = query.where(AuditEvent.number > after)
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        if rows:
            yield rows
        if len(rows) < AT_A_TIME:
            return
        after = rows[-1].number


def _narrowed(query: AnySelect, which: Which) -> AnySelect:
    if which.actor is not None:
        query = query.where(AuditEvent.actor == which.actor)
    if which.subject is not None:
        query = query.where(AuditEvent.subject == which.subject)
    if which.about is not None:
        query = query.where((AuditEvent.actor == which.about) | (AuditEvent.subject == which.about))
    if which.actions:
        query = query.where(AuditEvent.action.in_(which.actions))
    if which.since is not None:
        query = query.where(AuditEvent.at >= which.since)
    if which.until is not None:
        query = query.where(AuditEvent.at < which.until)
    return query
