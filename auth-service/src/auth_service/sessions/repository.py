"""SQL on sessions and refresh tokens. All times are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.clock import EPOCH
from auth_service.listing import AnyRow
from auth_service.places import Place
from auth_service.sessions.models import RefreshToken, Session
from service_kit.paging import Cursor
from service_kit.revocations import RevocationList


@dataclass(frozen=True, slots=True)
class SessionLife:
    """How long sessions and their refresh tokens live."""

    unused: timedelta
    longest: timedelta
    grace: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A refresh token that somebody sent, with what decides on it."""

    token: RefreshToken
    session: Session
    alive: bool
    in_grace: bool


async def start_session(
    session: AsyncSession, account_id: UUID, token_hash: bytes, place: Place, *, second_factor: bool
) -> Session:
    """Add a session and its first refresh token."""
    started = Session(
        account_id=account_id, address=place.address, user_agent=place.user_agent, second_factor=second_factor
    )
    session.add(started)
    await session.flush()
    session.add(RefreshToken(token_hash=token_hash, session_id=started.id))
    return started


async def lock_refresh_token(session: AsyncSession, token_hash: bytes, life: SessionLife) -> PresentedToken | None:
    """Return the token, locked so that parallel refreshes come one after the other, or None."""
    now = func.now()
    alive = (
        Session.ended_at.is_(None)
        & (RefreshToken.created_at > now - life.unused)
        & (Session.created_at > now - life.longest)
    )
    in_grace = func.coalesce(RefreshToken.rotated_at > now - life.grace, False)
    query = (
        select(RefreshToken, Session, alive, in_grace)
        .join(Session, Session.id == RefreshToken.session_id)
        .where(RefreshToken.token_hash == token_hash)
        .with_for_update(of=RefreshToken, key_share=True)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else PresentedToken(*row)


async def rotate(session: AsyncSession, presented: PresentedToken, successor_hash: bytes, place: Place) -> None:
    """Retire the presented token, add its successor, and note from where the session is used."""
    statement = update(RefreshToken).where(RefreshToken.token_hash == presented.token.token_hash)
    await session.execute(statement.values(rotated_at=func.now()))
    session.add(RefreshToken(token_hash=successor_hash, session_id=presented.session.id))
    used = {"refreshed_at": func.now(), "address": place.address, "user_agent": place.user_agent}
    await session.execute(update(Session).where(Session.id == presented.session.id).values(used))


async def end_session(session: AsyncSession, account_id: UUID, session_id: UUID) -> bool:
    """End one session of an account; False if there is no such session, or it has ended already."""
    statement = update(Session).where(
        Session.id == session_id, Session.account_id == account_id, Session.ended_at.is_(None)
    )
    result = await session.execute(statement.values(ended_at=func.clock_timestamp()))
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    return result.rowcount > 0


async def end_sessions(session: AsyncSession, account_id: UUID, *, but: UUID | None = None) -> int:
    """End the sessions of an account, all or all but one, and return how many."""
    statement = update(Session).where(Session.account_id == account_id, Session.ended_at.is_(None))
    if but is not None:
        statement = statement.where(Session.id != but)
    result = await session.execute(statement.values(ended_at=func.clock_timestamp()))
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    return result.rowcount


async def goes_on(session: AsyncSession, account_id: UUID, session_id: UUID) -> bool:
    """Tell whether the session has not been ended; asked with the account locked, that stays so."""
    ended = select(Session.ended_at).where(Session.id == session_id, Session.account_id == account_id)
    row = (await session.execute(ended)).one_or_none()
    return row is not None and row.ended_at is None


async def mark_second_factor(session: AsyncSession, account_id: UUID, *, shown: bool) -> None:
    """Have the sessions of an account that have not ended count as having shown a second factor, or not."""
    statement = update(Session).where(Session.account_id == account_id, Session.ended_at.is_(None))
    await session.execute(statement.values(second_factor=shown))


async def list_sessions(
    connection: AsyncConnection, account_id: UUID, life: SessionLife, cursor: Cursor | None, limit: int
) -> Sequence[AnyRow]:
    """Return up to ``limit + 1`` sessions of an account that go on, newest first (for ``prev`` oldest first)."""
    columns = (
        Session.id,
        Session.created_at,
        Session.refreshed_at.label("last_used_at"),
        Session.address,
        Session.user_agent,
        Session.second_factor,
    )
    statement = select(*columns).where(*_goes_on(account_id, life))
    if cursor is not None:
        place = cursor.keys[0]
        statement = statement.where(Session.id < place if cursor.direction == "next" else Session.id > place)
    backwards = cursor is not None and cursor.direction == "prev"
    order = Session.id.asc() if backwards else Session.id.desc()
    return (await connection.execute(statement.order_by(order).limit(limit + 1))).all()


async def count_sessions(connection: AsyncConnection, account_id: UUID, life: SessionLife) -> int:
    """Count the sessions of an account that go on."""
    statement = select(func.count()).select_from(Session).where(*_goes_on(account_id, life))
    return await connection.scalar(statement) or 0


def _goes_on(account_id: UUID, life: SessionLife) -> tuple[ColumnElement[bool], ...]:
    return (
        Session.account_id == account_id,
        Session.ended_at.is_(None),
        Session.refreshed_at > func.now() - life.unused,
        Session.created_at > func.now() - life.longest,
    )


async def database_time(session: AsyncSession) -> float:
    """Return the database's clock, in Unix seconds."""
    return float(await session.scalar(select(EPOCH)) or 0)


async def read_revocations(connection: AsyncConnection, reach: timedelta) -> RevocationList:
    """Return what ended early within ``reach``, the time in which tokens issued before may still be in use."""
    as_of = float(await connection.scalar(select(EPOCH)) or 0)
    ended = await connection.scalars(select(Session.id).where(Session.ended_at > func.now() - reach))
    changed = await connection.execute(
        select(Account.id, Account.tokens_not_before).where(Account.tokens_not_before > as_of - reach.total_seconds())
    )
    return RevocationList(
        as_of=as_of,
        sessions=frozenset(str(session_id) for session_id in ended),
        accounts={str(account_id): limit for account_id, limit in changed},
    )


async def delete_finished(session: AsyncSession, life: SessionLife, reach: timedelta) -> int:
    """Delete the sessions that no token can belong to any more, with their refresh tokens; return how many."""
    now = func.now()
    finished = or_(
        Session.ended_at < now - reach,
        Session.refreshed_at < now - life.unused - reach,
        Session.created_at < now - life.longest - reach,
    )
    result = await session.execute(delete(Session).where(finished))
    await session.execute(delete(RefreshToken).where(RefreshToken.created_at < now - life.unused))
    assert isinstance(result, CursorResult)  # noqa: S101 (narrows the type for the checker)
    return result.rowcount
