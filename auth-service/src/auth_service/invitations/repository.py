"""SQL on invitations. All times are the database's."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.models import Account
from auth_service.invitations.models import Invitation
from auth_service.listing import AnyRow, Listed, Wanted, read_page

_NOT_ENDED = and_(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
_OPEN = and_(_NOT_ENDED, Invitation.expires_at > func.now())
_STATE: ColumnElement[str] = case(
    (Invitation.accepted_at.is_not(None), "accepted"),
    (Invitation.withdrawn_at.is_not(None), "withdrawn"),
    (Invitation.expires_at <= func.now(), "expired"),
    else_="open",
)
_SHOWN = (
    select(
        Invitation.id,
        Invitation.email,
        Invitation.role,
        _STATE.label("state"),
        Invitation.created_at,
        Invitation.expires_at,
        Invitation.invited_by,
        Account.email.label("invited_by_email"),
    )
    .select_from(Invitation)
    .outerjoin(Account, Account.id == Invitation.invited_by)
)


async def add_invitation(session: AsyncSession, invitation: Invitation, *, days: int) -> AnyRow:
    """Insert an invitation that is good for so many days, and return it as it is shown."""
    invitation.expires_at = (await session.execute(select(func.now() + timedelta(days=days)))).scalar_one()
    session.add(invitation)
    await session.flush()
    return (await session.execute(_SHOWN.where(Invitation.id == invitation.id))).one()


async def count_open(session: AsyncSession) -> int:
    """Count the open invitations."""
    return (await session.execute(select(func.count()).select_from(Invitation).where(_OPEN))).scalar_one()


async def list_invitations(connection: AsyncConnection, wanted: Wanted) -> Listed:
    """Return a page of invitations, open or not."""
    return await read_page(connection, _SHOWN, Invitation.id, wanted)


async def find_open(connection: AsyncConnection, token_hash: bytes) -> AnyRow | None:
    """Return an open invitation by its token, or None."""
    return (await connection.execute(_SHOWN.where(Invitation.token_hash == token_hash, _OPEN))).one_or_none()


async def lock_open(session: AsyncSession, token_hash: bytes) -> Invitation | None:
    """Return an open invitation, and keep others from using it until the transaction ends; or None.

    Who comes second waits, and then finds that it was used.
    """
    query = select(Invitation).where(Invitation.token_hash == token_hash, _OPEN).with_for_update(key_share=True)
    invitation: Invitation | None = await session.scalar(query)
    return invitation


async def accept(session: AsyncSession, invitation: Invitation, account_id: UUID) -> None:
    """Note that a locked invitation was used."""
    statement = update(Invitation).where(Invitation.id == invitation.id)
    await session.execute(statement.values(accepted_at=func.now(), accepted_by=account_id))


async def withdraw(session: AsyncSession, invitation_id: UUID) -> str | None:
    """Withdraw an open invitation. Return the state in which it was, or None when there is none."""
    query = select(_STATE).where(Invitation.id == invitation_id).with_for_update(key_share=True)
    state: str | None = await session.scalar(query)
    if state == "open":
        statement = update(Invitation).where(Invitation.id == invitation_id)
        await session.execute(statement.values(withdrawn_at=func.now()))
    return state


async def withdraw_all_of(session: AsyncSession, account_id: UUID) -> list[UUID]:
    """Withdraw the open invitations that an account has made, and return them."""
    statement = update(Invitation).where(Invitation.invited_by == account_id, _NOT_ENDED)
    withdrawn = await session.execute(statement.values(withdrawn_at=func.now()).returning(Invitation.id))
    return list(withdrawn.scalars())


async def forget_address(session: AsyncSession, account_id: UUID, email_key: str) -> None:
    """Take an address out of the invitations that were for it, or that led to the account."""
    of_the_person = or_(Invitation.email_key == email_key, Invitation.accepted_by == account_id)
    # An open one would be good for anybody without its address.
    ended = func.coalesce(Invitation.withdrawn_at, case((_NOT_ENDED, func.now())))
    statement = update(Invitation).where(of_the_person)
    await session.execute(statement.values(email=None, email_key=None, withdrawn_at=ended))


async def delete_old(session: AsyncSession, *, kept: timedelta) -> None:
    """Delete the invitations that ended so long ago."""
    ended_at = func.coalesce(Invitation.accepted_at, Invitation.withdrawn_at, Invitation.expires_at)
    await session.execute(delete(Invitation).where(ended_at < func.now() - kept))
