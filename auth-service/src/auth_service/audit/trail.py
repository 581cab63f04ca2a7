"""Writes the audit trail, each event sealed together with the one before it.

The seal is an HMAC over the event and the previous seal, so whoever changes, reorders or takes out an event in the
database, as its owner may, would have to make all later seals anew, for which they lack the key.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.audit.actions import Action
from auth_service.audit.models import AuditEvent
from auth_service.places import Place

_LOCK = 7_203_913
FIRST_SEAL = bytes(32)
"""What the first event is sealed with in place of an event before it."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be written: who (``actor``) did what to whose account (``subject``), and from where."""

    action: Action
    actor: UUID | None = None
    subject: UUID | None = None
    place: Place = field(default_factory=Place)
    detail: Mapping[str, Any] = field(default_factory=dict)


class AuditTrail:
    """Adds events to the trail and computes their seals."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret of the installation's data, from which the key of the seals is made."""
        self._key = hmac.digest(secret, b"quire audit trail", "sha256")

    async def record(self, session: AsyncSession, happening: Happening) -> None:
        """Add an event in the transaction of what it tells of, as the last thing before the commit.

        Until then no other event can be added: they are sealed one after the other.
        """
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        last = (
            await session.execute(
                select(AuditEvent.number, AuditEvent.seal).order_by(AuditEvent.number.desc()).limit(1)
            )
        ).one_or_none()
        number, seal = (last.number + 1, last.seal) if last is not None else (1, FIRST_SEAL)
        event = AuditEvent(
            number=number,
            at=await session.scalar(select(func.clock_timestamp())),
            action=happening.action.value,
            actor=happening.actor,
            subject=happening.subject,
            address=happening.place.address,
            user_agent=happening.place.user_agent,
            detail=dict(happening.detail),
        )
        event.seal = self.seal(event, seal)
        session.add(event)
        await session.flush()

    def seal(self, event: AuditEvent, previous: bytes) -> bytes:
        """Return the seal of ``event`` after the event with the seal ``previous``: 32 bytes (HMAC-SHA-256)."""
        content = [
            event.number,
            _timestamp(event.at),
            event.action,
            str(event.actor or ""),
            str(event.subject or ""),
            str(event.address or ""),
            event.user_agent or "",
            event.detail,
        ]
        written = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
        return hmac.digest(self._key, previous + hashlib.sha256(written).digest(), "sha256")


def _timestamp(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1_000_000))
