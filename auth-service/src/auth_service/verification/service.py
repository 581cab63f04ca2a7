"""Verifying e-mail addresses, and changing them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts import repository as accounts
from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.errors import WrongPassword
from auth_service.accounts.models import Account
from auth_service.accounts.passwords import PasswordHasher
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.links import repository as links
from auth_service.links.errors import LinkExpired, MailNotConfigured
from auth_service.links.limits import EMAIL_CHANGE_ASKED, VERIFICATION_ASKED, Throttle
from auth_service.links.making import add_link, may_have_another
from auth_service.links.purposes import Purpose
from auth_service.links.tokens import LinkTokens, token_digest
from auth_service.mail.kinds import MailKind
from auth_service.mail.models import OutgoingMail
from auth_service.mail.notices import Notices
from auth_service.places import Place
from service_kit.database import Database
from service_kit.identity import NotAuthenticated
from service_kit.revocations import RevocationFeed

_PURPOSES = (Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL)


@dataclass(frozen=True, slots=True)
class VerificationService:
    """Believes an address once a link that was mailed to it is followed."""

    database: Database
    passwords: PasswordHasher
    revocations: RevocationFeed
    trail: AuditTrail
    tokens: LinkTokens
    notices: Notices
    throttle: Throttle
    mail_works: bool

    async def ask(self, email: EmailAddress, place: Place) -> None:
        """Have the link mailed once more to the account with this address, if there is one that needs it.

        Raises ``MailNotConfigured``, or what the throttle raises.
        """
        if not self.mail_works:
            raise MailNotConfigured
        await self.throttle.reserve(VERIFICATION_ASKED, (place.client,))
        async with self.database.transaction() as session:
            session.add(OutgoingMail(kind=MailKind.VERIFY_EMAIL, recipient=email.text))

    async def ask_to_change(self, account_id: UUID, email: EmailAddress, *, current_password: str) -> None:
        """Have a link mailed to the new address. Whether another account has it is told to who reads its mails.

        Raises ``MailNotConfigured``, ``WrongPassword``, ``PasswordsBusy``, or what the throttle raises.
        """
        if not self.mail_works:
            raise MailNotConfigured
        await self.throttle.reserve(EMAIL_CHANGE_ASKED, (str(account_id),))
        async with self.database.transaction() as session:
            account = _existing(await accounts.find_account(session, account_id))
        if not await self.passwords.matches(current_password, account.password_hash):
            raise WrongPassword
        async with self.database.transaction() as session:
            locked = _existing(await accounts.lock_account(session, account_id))
            if locked.password_hash != account.password_hash:
                raise WrongPassword  # It was changed while we compared.
            await self._mail_link_for_change(session, account_id, email)

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
                await accounts.mark_verified(session, account)
                await self._record(session, Action.EMAIL_VERIFIED, account, place)
        await self.revocations.refresh()

    async def _mail_link_for_change(self, session: AsyncSession, account_id: UUID, email: EmailAddress) -> None:
        # The link is made here and not when the mail is sent, so that another password in between ends it.
        if await may_have_another(session, Purpose.CHANGE_EMAIL, account_id, email.key):
            link = await add_link(session, self.tokens, Purpose.CHANGE_EMAIL, account_id, email)
            session.add(
                OutgoingMail(kind=MailKind.CHANGE_EMAIL, account_id=account_id, recipient=email.text, link_id=link.id)
            )

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


def _existing(account: Account | None) -> Account:
    if account is None:
        detail = "The account no longer exists."
        raise NotAuthenticated(detail)
    return account
