"""Accounts that were erased at auth-service, followed by the services that name people in what they keep.

A service keeps a table of them, made from ``ErasureRecord``: it is the cursor, and what has still to be done. Each
replica looks again and again for what is new, and erases some of it at a time; a piece of work is a transaction, which
holds the account's row, so that replicas share the work and one that dies leaves it to the others.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

import structlog
from sqlalchemy import BigInteger, DateTime, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from service_kit.auth_client import ErasedAccount, ErasedAccounts
from service_kit.database import Database

log = structlog.get_logger(__name__)

POLL_SECONDS = 30.0
AT_A_TIME = 100
"""Accounts that are fetched at once, and pieces of work that are done before looking for new ones again."""
LOOK_AGAIN = timedelta(minutes=5)
WATCHED = timedelta(hours=1)
"""How long one looks again: what the account began before its tokens were refused has ended by then."""


class Progress(Enum):
    """What a piece of work came to."""

    MORE = auto()
    """There may be more to erase at once."""
    WAITING = auto()
    """Something cannot be erased yet."""
    NOTHING_LEFT = auto()


class ErasureRecord:
    """The columns of a service's table of erased accounts (a declarative mixin). It holds ids alone."""

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Of auth-service; 0 when it knows nothing of the account any more, having been set back to an earlier state.
    number: Mapped[int] = mapped_column(BigInteger, index=True)
    noted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ErasureFollower:
    """Learns of erased accounts, and has them erased here."""

    def __init__(
        self,
        database: Database,
        records: type[ErasureRecord],
        *,
        fetch: Callable[[int, int], Awaitable[ErasedAccounts]],
        erase: Callable[[AsyncSession, UUID], Awaitable[Progress]],
    ) -> None:
        """Take the table, what fetches up to so many accounts after a number, and what does a piece of the work."""
        self._database = database
        self._records = records
        self._fetch = fetch
        self._erase = erase

    async def follow(self) -> None:
        """Note the accounts that are new, and do some of the work that is due."""
        try:
            await self._note_new()
        finally:
            # What is known can be done while auth-service is away.
            for _ in range(AT_A_TIME):
                if not await self._do_one():
                    break

    async def _note_new(self) -> None:
        last = await self._last()
        after = last.number if last else 0
        if last is not None:
            # The last one that is known is asked for again. If it is another one now, auth-service was set back to an
            # earlier state (a backup), and has given its numbers anew.
            found = await self._fetch(after - 1, 1)
            if [(one.number, one.account_id) for one in found.items] != [(last.number, last.account_id)]:
                log.warning("erased accounts are numbered anew")
                await self._forget_numbers()
                after = 0
        while items := (await self._fetch(after, AT_A_TIME)).items:
            await self._note(items)
            after = items[-1].number

    async def _last(self) -> ErasedAccount | None:
        records = self._records
        query = select(records.number, records.account_id).where(records.number > 0)
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(records.number.desc()).limit(1))).first()
        return None if row is None else ErasedAccount(number=row.number, account_id=row.account_id)

    async def _forget_numbers(self) -> None:
        async with self._database.transaction() as session:
            await session.execute(update(self._records).values(number=0))

    async def _note(self, items: Sequence[ErasedAccount]) -> None:
        new = insert(self._records).values([one.model_dump() for one in items])
        noted = new.on_conflict_do_update(
            index_elements=["account_id"],
            # Erased again: it had come back with a backup, and may have left something once more.
            set_={"number": new.excluded.number, "noted_at": func.now(), "due_at": func.now(), "done_at": None},
            where=self._records.number != new.excluded.number,
        )
        async with self._database.transaction() as session:
            await session.execute(noted)

    async def _do_one(self) -> bool:
        """Do a piece of the work that has waited longest; return whether there was one."""
        account_id = None
        try:
            async with self._database.transaction() as session:
                account_id = await self._claim(session)
                if account_id is None:
                    return False
                progress = await self._erase(session, account_id)
                await self._put_off(session, account_id, progress)
        except Exception as error:
            if account_id is None:
                raise
            # Others are not to wait behind an account that makes trouble.
            log.warning("an account could not be erased yet", account=str(account_id), error=f"{type(error).__name__}")
            async with self._database.transaction() as session:
                await self._put_off(session, account_id, Progress.WAITING)
        return True

    async def _claim(self, session: AsyncSession) -> UUID | None:
        records = self._records
        due = select(records.account_id).where(records.done_at.is_(None), records.due_at <= func.now())
        claimed: UUID | None = await session.scalar(
            due.order_by(records.due_at).limit(1).with_for_update(skip_locked=True, key_share=True)
        )
        return claimed

    async def _put_off(self, session: AsyncSession, account_id: UUID, progress: Progress) -> None:
        records = self._records
        if progress is Progress.MORE:
            return
        this = update(records).where(records.account_id == account_id)
        await session.execute(this.values(due_at=func.now() + LOOK_AGAIN))
        if progress is Progress.NOTHING_LEFT:
            long_ago = records.noted_at < func.now() - WATCHED
            await session.execute(this.where(long_ago).values(done_at=func.now()))
