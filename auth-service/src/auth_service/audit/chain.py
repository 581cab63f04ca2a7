"""Checks that the audit trail is whole: no event changed, taken out, put in or moved since it was sealed."""

import hmac
from dataclasses import dataclass

from auth_service.audit.models import AuditEvent
from auth_service.audit.repository import stored_events
from auth_service.audit.trail import FIRST_SEAL, AuditTrail
from auth_service.listing import AnyRow
from service_kit.database import Database

_COLUMNS = AuditEvent.__table__.c.keys()


@dataclass(frozen=True, slots=True)
class Noted:
    """The number and the seal of an event, as somebody noted them down elsewhere."""

    number: int
    seal: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many events fit one to the other, the last of them, and the first number that does not fit, with a reason."""

    events: int
    last: Noted | None
    misfit: int | None = None
    reason: str | None = None


async def verify(database: Database, trail: AuditTrail, noted: Noted | None = None) -> Verdict:
    """Walk the trail from its first event to its last.

    Events that were cut off its end leave no trace in it. Only ``noted`` tells of them.
    """
    last = Noted(0, FIRST_SEAL)
    async for rows in stored_events(database):
        for row in rows:
            if reason := _misfit(trail, row, last, noted):
                # Of a gap, the first that is missing.
                number = min(row.number, last.number + 1)
                return Verdict(last.number, last if last.number else None, number, reason)
            last = Noted(row.number, row.seal)
    if noted is not None and noted.number > last.number:
        return Verdict(last.number, last if last.number else None, last.number + 1, "it is missing")
    return Verdict(last.number, last if last.number else None)


def _misfit(trail: AuditTrail, row: AnyRow, last: Noted, noted: Noted | None) -> str | None:
    if row.number != last.number + 1:
        return "it is missing" if row.number > last.number else "there is no such number"
    event = AuditEvent(**{name: row._mapping[name] for name in _COLUMNS})  # noqa: SLF001 (public)
    if not hmac.compare_digest(trail.seal(event, last.seal), row.seal):
        return "it is not what was sealed"
    if noted is not None and row.number == noted.number and not hmac.compare_digest(noted.seal, row.seal):
        return "it has another seal than the one that was noted down"
    return None
