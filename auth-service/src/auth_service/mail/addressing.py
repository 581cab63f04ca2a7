"""Finds out to whom a mail goes, whether it is still wanted, and makes the link that it carries."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.models import Account
from auth_service.accounts.repository import lock_account, lock_account_by_email
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.links import repository as links
from auth_service.links.making import add_link
from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens
from auth_service.mail import repository
from auth_service.mail.kinds import LINKS, MailKind
from auth_service.mail.repository import ClaimedMail
from auth_service.places import Place
from service_kit.database import Database

_OWN_LINKS: Final = {MailKind.RESET_PASSWORD, MailKind.VERIFY_EMAIL}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a mail goes, the name to greet with (None: none that can be trusted), and its link."""

    recipient: str
    name: str | None
    link_id: UUID | None


@dataclass(frozen=True, slots=True)
class Addressing:
    """Looks up accounts and makes links, in the background."""

    database: Database
    tokens: LinkTokens
    trail: AuditTrail

    async def find(self, mail: ClaimedMail) -> Destination | None:
        """Return where ``mail`` goes, or None if it is needless: nobody's, or not wanted any more."""
        if mail.kind is MailKind.INVITATION:
            return Destination(mail.recipient, None, mail.link_id)
        async with self.database.transaction() as session:
            account = await _account_of(session, mail)
            if account is None or account.disabled_at is not None:
                return None
            link_id = mail.link_id
            if mail.kind in LINKS and link_id is not None and not await links.is_alive(session, link_id):
                return None
            recipient = mail.recipient
            if mail.kind in _OWN_LINKS:
                # What was typed is the same address by our rules; the mail system of its owner may have others.
                recipient = account.email
                link_id = link_id or await self._make_link(session, mail, account)
                if link_id is None:
                    return None
        name = account.full_name if account.email_verified_at is not None and recipient == account.email else None
        return Destination(recipient, name, link_id)

    async def _make_link(self, session: AsyncSession, mail: ClaimedMail, account: Account) -> UUID | None:
        purpose = LINKS[mail.kind]
        if purpose is Purpose.VERIFY_EMAIL and account.email_verified_at is not None:
            return None
        address = EmailAddress(account.email, account.email_key)
        link = await add_link(session, self.tokens, purpose, account.id, address)
        await repository.give_link(session, mail.id, account_id=account.id, link_id=link.id, recipient=account.email)
        if purpose is Purpose.RESET_PASSWORD and mail.account_id is None:
            place = Place(mail.data.get("address"), mail.data.get("user_agent"))
            await self.trail.record(session, Happening(Action.PASSWORD_RESET_ASKED, subject=account.id, place=place))
        return link.id


async def _account_of(session: AsyncSession, mail: ClaimedMail) -> Account | None:
    if mail.account_id is not None:
        return await lock_account(session, mail.account_id)
    try:
        address = EmailAddress.parse(mail.recipient)
    except ValueError:
        return None
    return await lock_account_by_email(session, address.key)
