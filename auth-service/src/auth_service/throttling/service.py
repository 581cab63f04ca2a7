"""Lets people try passwords, codes and forms only so often, whichever worker or replica they come to.

An attempt is taken from its counters before the work is done, so that many at once cannot all slip through, and given
back when it succeeded. Counters are found by keyed digests of what the caller typed, so those of accounts that do not
exist are the same to work with, and the table tells nobody who tried what.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.places import Place
from auth_service.throttling import repository
from auth_service.throttling.errors import TooManyAttempts
from auth_service.throttling.limits import Limit, Limits, Purpose
from auth_service.throttling.repository import Counter
from service_kit.database import Database

PLACES_KEPT = timedelta(days=90)
_TOLD_ONCE = Limit(1, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Reservation:
    """An attempt that was taken, to be given back if it succeeds."""

    keys: tuple[bytes, ...] = ()


class Throttle:
    """Counts attempts. Everything is kept in the database, so all workers and replicas count together."""

    def __init__(
        self, *, database: Database, secret: bytes, limits: Mapping[Purpose, Limits], trail: AuditTrail
    ) -> None:
        """Take the secret of the installation's data, from which the key of the digests is made."""
        self._database = database
        self._key = hmac.digest(secret, b"quire throttle", "sha256")
        self._limits = limits
        self._trail = trail

    async def reserve_mail(self, email_key: str, *, place: Place) -> None:
        """Take one of the mails that somebody may ask for, and of those for one address. Raises ``TooManyAttempts``."""
        await self.reserve(Purpose.MAIL, place=place)
        await self.reserve(Purpose.MAIL_TO_ACCOUNT, place=place, account=email_key)

    async def reserve(self, purpose: Purpose, *, place: Place, account: str | None = None) -> Reservation:
        """Take one attempt, before the work is done. Raises ``TooManyAttempts``.

        ``account`` is the ``email_key`` that was named, whether there is such an account or not. When strangers have
        used up what all together may try at an account, its owner still may from where they have signed in before.
        """
        of_account = self._counter(purpose, "account", account, None)
        counters = self._counters(purpose, account, place)
        denied, wait = await self._take(counters)
        if denied == {of_account} and account is not None and await self._is_known(account, place):
            counters = [counter for counter in counters if counter.key != of_account]
            denied, wait = await self._take(counters)
        if denied:
            await self._tell(purpose, denied, account, place)
            raise TooManyAttempts(wait)
        return Reservation(tuple(counter.key for counter in counters))

    async def refund(self, reservation: Reservation) -> None:
        """Give an attempt back: it succeeded, or could not be made."""
        if reservation.keys:
            async with self._database.autocommit() as connection:
                await repository.give_back(connection, reservation.keys)

    async def forgive(self, session: AsyncSession, *, account_id: UUID, account: str, place: Place) -> None:
        """Let the owner of an account, who has proved it in another way (a link by mail), try again from ``place``.

        ``account`` is its ``email_key``. Whatever strangers do then, the owner can sign in from there.
        """
        for purpose in (Purpose.PASSWORD, Purpose.CODE):
            await repository.empty(session, self._counter(purpose, "both", account, place))
        await self.remember_place(session, account_id, place)

    async def remember_place(self, session: AsyncSession, account_id: UUID, place: Place) -> None:
        """Note that the owner of an account uses it from ``place``."""
        if place.address is not None:
            await repository.remember(session, account_id, self._client(place))

    async def sweep(self) -> int:
        """Delete what is of no use any more, and return how many rows that were."""
        async with self._database.autocommit() as connection:
            return await repository.sweep(connection, PLACES_KEPT)

    async def _take(self, counters: Sequence[Counter]) -> tuple[set[bytes], timedelta]:
        """Take an attempt from all counters or from none; return those without room, and how long they want."""
        if not counters:
            return set(), timedelta()
        try:
            async with self._database.transaction() as session:
                await _take_all(session, counters)
        except _NoRoom as no_room:
            return no_room.denied, no_room.wait
        return set(), timedelta()

    async def _is_known(self, account: str, place: Place) -> bool:
        if place.address is None or not account.isprintable():
            return False
        async with self._database.read() as connection:
            return await repository.is_known(connection, account, self._client(place), PLACES_KEPT)

    async def _tell(self, purpose: Purpose, denied: set[bytes], account: str | None, place: Place) -> None:
        """Write into the audit trail that somebody tries too often: once in a while, for the trail is never cut."""
        counters = [Counter(self._digest("told", key.hex()), _TOLD_ONCE) for key in denied]
        async with self._database.autocommit() as connection:
            if len(await repository.take(connection, counters)) == len(counters):
                return
        async with self._database.transaction() as session:
            is_text = account is not None and account.isprintable()
            subject = await repository.account_id_of(session, account) if account is not None and is_text else None
            detail = {"purpose": purpose.value}
            await self._trail.record(
                session, Happening(Action.SIGN_IN_THROTTLED, subject=subject, place=place, detail=detail)
            )

    def _counters(self, purpose: Purpose, account: str | None, place: Place) -> list[Counter]:
        limits = self._limits[purpose]
        found = [(limits.address, self._counter(purpose, "address", None, place))]
        if account is not None:
            found.append((limits.account_and_address, self._counter(purpose, "both", account, place)))
            found.append((limits.account, self._counter(purpose, "account", account, None)))
        return [Counter(key, limit) for limit, key in found if limit is not None]

    def _counter(self, purpose: Purpose, kind: str, account: str | None, place: Place | None) -> bytes:
        return self._digest("counter", purpose.value, kind, account, place.client if place else None)

    def _client(self, place: Place) -> bytes:
        return self._digest("place", place.client)

    def _digest(self, *parts: str | None) -> bytes:
        # As JSON, so that no two lists of parts are written alike, and half a surrogate pair can be written at all.
        return hmac.digest(self._key, json.dumps(parts, ensure_ascii=True).encode(), "sha256")


async def _take_all(session: AsyncSession, counters: Sequence[Counter]) -> None:
    denied = await repository.take(session, counters)
    if denied:
        raise _NoRoom(denied, await repository.wait(session, denied))


class _NoRoom(Exception):
    """Rolls back what was taken from other counters."""

    def __init__(self, denied: set[bytes], wait: timedelta) -> None:
        super().__init__()
        self.denied = denied
        self.wait = wait
