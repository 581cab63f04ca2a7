"""Verifying e-mail addresses, and changing them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts import repository as accounts
from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.models import Account
from auth_service.accounts.reauthentication import Reauthentication
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.links import repository as links
from auth_service.links.errors import LinkExpired, MailNotConfigured
from auth_service.links.making import add_link
from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens, token_digest
from auth_service.mail.kinds import MailKind
from auth_service.mail.models import OutgoingMail
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.throttling.service import Throttle
from auth_service.verification.first_time import FirstVerification
from service_kit.database import Database
from service_kit.revocations import RevocationFeed

_PURPOSES = (Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL)


@dataclass(frozen=True, slots=True)
class VerificationService:
    """Believes an address once a link that was mailed to it is followed."""

    database: Database
    reauthentication: Reauthentication
    revocations: RevocationFeed
    trail: AuditTrail
    tokens: LinkTokens
    notices: Notices
    throttle: Throttle
    first_verification: FirstVerification
    mail_works: bool

    async def ask(self, email: EmailAddress, place: Place) -> None:
        """Have the link mailed once more to the account with this address, if there is one that needs it.

        Raises ``MailNotConfigured`` or ``TooManyAttempts``.
        """
        if not self.mail_works:
            raise MailNotConfigured
        await self.throttle.reserve_mail(email.key, place=place)
        async with self.database.transaction() as session:
            session.add(OutgoingMail(kind=MailKind.VERIFY_EMAIL, recipient=email.text))

    async def ask_to_change(self, account_id: UUID, email: EmailAddress, *, password: str, place: Place) -> None:
        """Have a link mailed to the new address. Whether another account has it is told to who reads its mails.

        Raises ``MailNotConfigured``, ``WrongPassword``, ``TooManyAttempts`` or ``PasswordsBusy``.
        """
        if not self.mail_works:
            raise MailNotConfigured
        confirmed = await self.reauthentication.by_password(account_id, password, place)
        await self.throttle.reserve_mail(email.key, place=place)
        async with self.database.transaction() as session:
            confirmed.unchanged(await accounts.lock_account(session, account_id))
            # The link is made here and not when the mail is sent, so that another password in between ends it.
            link = await add_link(session, self.tokens, Purpose.CHANGE_EMAIL, account_id, email)
            mail = OutgoingMail(kind=MailKind.CHANGE_EMAIL, account_id=account_id, recipient=email.text)
            mail.link_id = link.id
            session.add(mail)

    async def confirm(self, token: str, place: Place) -> None:
        """Believe the address that the link was mailed to. Raises ``LinkExpired`` or ``EmailTaken``."""
        async with self.database.read() as connection:
            link = await links.find_link(connection, token_digest(token), _PURPOSES)
        if link is None:
            raise LinkExpired
        async with self.database.transaction() as session:
            account = await accounts.lock_account(session, link.account_id)
            if account is None or account.disabled_at is not None or not await links.use_link(session, link.id):
                raise LinkExpired
            if link.purpose is Purpose.CHANGE_EMAIL:
                await self._change(session, account, EmailAddress(link.email, link.email_key), place)
            else:
                for happening in await self.first_verification.believe(session, account, place):
                    await self.trail.record(session, happening)
        await self.revocations.refresh()

    async def _change(self, session: AsyncSession, account: Account, email: EmailAddress, place: Place) -> None:
        former = account.email
        await accounts.change_email(session, account, email)
        # Links that wait in the former mailbox open this account no more.
        await links.end_links(session, account.id)
        # Tokens name the address.
        await accounts.refuse_earlier_tokens(session, account)
        await self.notices.enqueue(session, MailKind.EMAIL_CHANGED, account, place, recipient=former)
        await self._record(session, Action.EMAIL_CHANGED, account, place)

    async def _record(self, session: AsyncSession, action: Action, account: Account, place: Place) -> None:
        await self.trail.record(session, Happening(action, actor=account.id, subject=account.id, place=place))
