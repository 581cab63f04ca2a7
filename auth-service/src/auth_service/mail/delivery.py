"""Sends the mails that are due, in the background of every replica.

A request only adds a row, in the same time whoever it names; whether there is such an account is looked up here, where
nobody waits for it.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import Counter

from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens
from auth_service.mail import repository
from auth_service.mail.addressing import Addressing, Destination
from auth_service.mail.composing import Composer, Draft
from auth_service.mail.kinds import LINKS
from auth_service.mail.repository import ClaimedMail
from auth_service.mail.transports import MailRefused, Transport
from service_kit.database import Database

log = structlog.get_logger(__name__)

_AT_ONCE = 4
_PATIENCE = timedelta(days=1)
_MAILS = Counter("mails_total", "Mails, by what became of them.", ["kind", "outcome"])


@dataclass(frozen=True, slots=True)
class Delivery:
    """Takes mails that are due and hands them to the transport."""

    database: Database
    transport: Transport
    composer: Composer
    tokens: LinkTokens
    addressing: Addressing

    async def send_due(self) -> None:
        """Send all mails that are due, a few at a time."""
        while True:
            async with self.database.autocommit() as connection:
                mails = await repository.claim_mails(connection, limit=_AT_ONCE, patience=_PATIENCE)
            # Links are made one after the other: the latest mail is to have the one that is good.
            addressed = [(mail, await self._address(mail)) for mail in mails]
            await asyncio.gather(*(self._send(mail, to) for mail, to in addressed if to is not None))
            if len(mails) < _AT_ONCE:
                return

    async def _address(self, mail: ClaimedMail) -> Destination | None:
        try:
            to = await self.addressing.find(mail)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with one mail, the others go out)
            await self._try_again(mail, error)
            return None
        if to is None:
            await self._finish(mail, "needless")
        return to

    async def _send(self, mail: ClaimedMail, to: Destination) -> None:
        try:
            await self._hand_over(mail, to)
        except MailRefused as error:
            await self._finish(mail, "refused", error)
        except Exception as error:  # noqa: BLE001
            await self._try_again(mail, error)
        else:
            await self._finish(mail, "sent")

    async def _hand_over(self, mail: ClaimedMail, to: Destination) -> None:
        link = self.tokens.address(Purpose(LINKS[mail.kind]), to.link_id) if to.link_id is not None else None
        draft = Draft(mail.id, mail.kind, to.recipient, to.name, link, mail.created_at, mail.language, mail.data)
        message = self.composer.compose(draft, now=datetime.now(UTC))
        await self.transport.send(mail.id, message, sender=self.composer.sender.addr_spec, recipient=to.recipient)

    async def _finish(self, mail: ClaimedMail, outcome: str, error: Exception | None = None) -> None:
        async with self.database.autocommit() as connection:
            await repository.finish_mail(connection, mail.id)
            if error is not None:
                await repository.note_failure(connection, mail.id, _told(error))
        _MAILS.labels(mail.kind, outcome).inc()
        if error is not None:
            log.error("mail given up", mail=str(mail.id), kind=mail.kind, outcome=outcome, error=_told(error))

    async def _try_again(self, mail: ClaimedMail, error: Exception) -> None:
        _MAILS.labels(mail.kind, "failed").inc()
        if mail.is_last_try:
            await self._finish(mail, "given_up", error)
            return
        log.warning("mail not sent", mail=str(mail.id), kind=mail.kind, error=_told(error))
        async with self.database.autocommit() as connection:
            await repository.note_failure(connection, mail.id, _told(error))


def _told(error: Exception) -> str:
    """Name an error without its text: servers like to repeat whom the mail was for."""
    code = getattr(error, "code", None)
    if isinstance(error, MailRefused):
        return str(error)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__
