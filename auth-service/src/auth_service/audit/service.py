"""Reading the audit trail, and writing it into files."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from auth_service.accounts.emails import EmailAddress
from auth_service.audit import repository
from auth_service.audit.actions import Action
from auth_service.audit.repository import Which
from auth_service.audit.schemas import AuditFilters, AuditQuery, ExportFormat
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.audit.writers import Writer, writer_of
from auth_service.listing import Listed, Wanted
from auth_service.places import Place
from service_kit.database import Database

_NOBODY = UUID(int=0)
"""Stands for an account that nobody has, whose events there are none."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is written while it is sent. One that breaks off in the middle raises."""

    name: str
    media_type: str
    content: AsyncIterator[bytes]


class AuditService:
    """The audit trail, for those who may read it."""

    def __init__(self, *, database: Database, trail: AuditTrail) -> None:
        """Take what it works with."""
        self._database = database
        self._trail = trail

    async def list_events(self, query: AuditQuery) -> Listed:
        """Return a page of events, the newest first."""
        which = await self._which(query)
        filters = query.model_dump(mode="json", exclude={"limit", "cursor"})
        async with self._database.read() as connection:
            return await repository.list_events(connection, which, Wanted(query.limit, query.cursor, filters))

    async def export(
        self, filters: AuditFilters, export_format: ExportFormat, *, actor: UUID | None, place: Place
    ) -> Export:
        """Write the events that match until now, the oldest first, and note in the trail that they were taken along."""
        which = await self._which(filters)
        async with self._database.transaction() as session:
            chosen = filters.model_dump(
                mode="json", exclude={"export_format", "actor", "subject"}, exclude_defaults=True
            )
            accounts = {"actor": which.actor, "subject": which.subject}
            chosen |= {name: str(account) for name, account in accounts.items() if account is not None}
            detail = {"format": export_format.value, **chosen}
            if actor is None:
                detail["by"] = "operator"
            await self._trail.record(session, Happening(Action.AUDIT_EXPORTED, actor=actor, place=place, detail=detail))
            up_to = await repository.last_number(await session.connection())
        writer = writer_of(export_format)
        name = f"audit-{dt.datetime.now(dt.UTC):%Y-%m-%d}.{export_format}"
        return Export(name, writer.media_type, _content(self._database, writer, which, up_to))

    async def _which(self, filters: AuditFilters) -> Which:
        return Which(
            actor=await self._account(filters.actor),
            subject=await self._account(filters.subject),
            actions=tuple(sorted({action.value for action in filters.action})),
            since=filters.since,
            until=filters.until,
        )

    async def _account(self, text: str | None) -> UUID | None:
        if text is None:
            return None
        try:
            return UUID(text)
        except ValueError:
            pass
        try:
            key = EmailAddress.parse(text).key
        except ValueError:
            return _NOBODY
        async with self._database.read() as connection:
            return await repository.account_by_email(connection, key) or _NOBODY


async def _content(database: Database, writer: Writer, which: Which, up_to: int) -> AsyncIterator[bytes]:
    if beginning := writer.beginning():
        yield beginning
    async for rows in repository.all_events(database, which, up_to=up_to):
        yield writer.events(rows)
