"""SQL on links. All times are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.links.models import Link
from auth_service.links.purposes import LIFETIMES, Purpose

_ALIVE = Link.ended_at.is_(None) & (Link.expires_at > func.clock_timestamp())
_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LiveLink:
    """A link that can still be followed."""

    id: UUID
    account_id: UUID
    purpose: Purpose
    email: str
    email_key: str


async def add_link(session: AsyncSession, link: Link) -> None:
    """Add ``link``, good from now on for as long as its purpose allows; older ones of that purpose end."""
    await end_links(session, link.account_id, Purpose(link.purpose))
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None  # noqa: S101 (narrows the type for the checker)
    link.created_at, link.expires_at = now, now + LIFETIMES[Purpose(link.purpose)]
    session.add(link)
    await session.flush()


async def find_link(
    connection: AsyncConnection | AsyncSession, token_hash: bytes, purposes: Sequence[Purpose]
) -> LiveLink | None:
    """Return the link with this token if it can be followed for one of ``purposes``, or None."""
    query = select(Link.id, Link.account_id, Link.purpose, Link.email, Link.email_key).where(
        Link.token_hash == token_hash, Link.purpose.in_(purposes), _ALIVE
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else LiveLink(row[0], row[1], Purpose(row[2]), row[3], row[4])


async def use_link(session: AsyncSession, link_id: UUID) -> bool:
    """Use the link up; False if it was used or ended in the meantime. Of several at once, one is told True."""
    statement = update(Link).where(Link.id == link_id, _ALIVE).values(ended_at=func.clock_timestamp())
    result = await session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    return result.rowcount == 1


async def is_alive(session: AsyncSession, link_id: UUID) -> bool:
    """Tell whether the link can still be followed."""
    return bool(await session.scalar(select(Link.id).where(Link.id == link_id, _ALIVE)))


async def end_links(session: AsyncSession, account_id: UUID, purpose: Purpose | None = None) -> None:
    """Make the account's links worthless, all or those of one purpose."""
    statement = update(Link).where(Link.account_id == account_id, Link.ended_at.is_(None))
    if purpose is not None:
        statement = statement.where(Link.purpose == purpose)
    statement = statement.values(ended_at=func.clock_timestamp())
    await session.execute(statement, execution_options={"synchronize_session": False})


async def delete_old_links(session: AsyncSession) -> None:
    """Delete what has long expired."""
    await session.execute(delete(Link).where(Link.expires_at < func.now() - _KEPT))
