"""SQL on outgoing mails. All times are the database's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.mail.kinds import MailKind
from auth_service.mail.models import OutgoingMail

_KEPT = timedelta(days=1)

# Whoever takes a mail has it to himself until it is due again, which is longer than handing it over can take: several
# replicas do not send it twice, and when one of them dies with it another tries again.
_CLAIM = text("""
    UPDATE outgoing_mails AS mail
    SET tries = tries + 1, due_at = now() + make_interval(secs => least(60 * 2 ^ tries, 3600))
    WHERE id IN (
        SELECT id FROM outgoing_mails WHERE done_at IS NULL AND due_at <= now()
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, recipient, account_id, link_id, language, data, created_at,
              created_at < now() - CAST(:patience AS interval) AS is_last_try
""").columns(data=JSONB)


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that is ours to send for the moment."""

    id: UUID
    kind: MailKind
    recipient: str
    account_id: UUID | None
    link_id: UUID | None
    language: str | None
    data: dict[str, Any]
    created_at: datetime
    is_last_try: bool


async def count_mails(session: AsyncSession, account_id: UUID, kind: MailKind, within: timedelta) -> int:
    """Return how many mails of that kind were written to the account of late."""
    query = select(func.count()).where(
        OutgoingMail.account_id == account_id,
        OutgoingMail.kind == kind,
        OutgoingMail.created_at > func.clock_timestamp() - within,
    )
    return await session.scalar(query) or 0


async def claim_mails(connection: AsyncConnection, *, limit: int, patience: timedelta) -> list[ClaimedMail]:
    """Take up to ``limit`` mails that are due, oldest first; those older than ``patience`` have their last try."""
    rows = await connection.execute(_CLAIM, {"limit": limit, "patience": patience})
    claimed = (ClaimedMail(row.id, MailKind(row.kind), *row[2:]) for row in rows)
    return sorted(claimed, key=lambda mail: mail.created_at)


async def give_link(session: AsyncSession, mail_id: UUID, *, account_id: UUID, link_id: UUID, recipient: str) -> None:
    """Say for which account and with which link the mail is, and where it really goes."""
    statement = update(OutgoingMail).where(OutgoingMail.id == mail_id)
    await session.execute(statement.values(account_id=account_id, link_id=link_id, recipient=recipient))


async def finish_mail(connection: AsyncConnection | AsyncSession, mail_id: UUID) -> None:
    """Have the mail not tried again, and forget what its text was made from."""
    statement = update(OutgoingMail).where(OutgoingMail.id == mail_id)
    await connection.execute(statement.values(done_at=func.now(), data={}))


async def note_failure(connection: AsyncConnection, mail_id: UUID, error: str) -> None:
    """Remember why the mail could not be sent, for whoever looks."""
    await connection.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(last_error=error))


async def delete_done_mails(session: AsyncSession) -> None:
    """Delete what was done with a day ago."""
    await session.execute(delete(OutgoingMail).where(OutgoingMail.done_at < func.now() - _KEPT))


async def forget_recipient(session: AsyncSession, email: str) -> None:
    """Delete the mails to an address that belong to no account: those that were asked for by it, and invitations."""
    to_it = func.lower(OutgoingMail.recipient) == email.lower()
    await session.execute(delete(OutgoingMail).where(OutgoingMail.account_id.is_(None), to_it))
