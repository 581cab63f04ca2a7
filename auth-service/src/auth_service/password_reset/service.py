"""Asking for a new password, and choosing it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.models import Account
from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.repository import lock_account
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.links import repository as links
from auth_service.links.errors import LinkExpired, MailNotConfigured
from auth_service.links.purposes import Purpose
from auth_service.links.repository import LiveLink
from auth_service.links.tokens import token_digest
from auth_service.mail.kinds import MailKind
from auth_service.mail.models import OutgoingMail
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.sessions.repository import end_sessions
from auth_service.throttling.service import Throttle
from auth_service.verification.first_time import FirstVerification
from service_kit.database import Database
from service_kit.revocations import RevocationFeed


@dataclass(frozen=True, slots=True)
class PasswordResetService:
    """Gives a new password to who can read the mails of an account."""

    database: Database
    passwords: PasswordHasher
    policy: PasswordPolicy
    revocations: RevocationFeed
    trail: AuditTrail
    notices: Notices
    throttle: Throttle
    first_verification: FirstVerification
    mail_works: bool

    async def ask(self, email: EmailAddress, place: Place) -> None:
        """Have a link mailed to the account with this address, if there is one; the caller is not told.

        Raises ``MailNotConfigured`` or ``TooManyAttempts``.
        """
        if not self.mail_works:
            raise MailNotConfigured
        await self.throttle.reserve_mail(email.key, place=place)
        async with self.database.transaction() as session:
            data = {"address": place.address, "user_agent": place.user_agent}
            session.add(OutgoingMail(kind=MailKind.RESET_PASSWORD, recipient=email.text, data=data))

    async def send_to(self, session: AsyncSession, account: Account) -> None:
        """Have a link mailed to ``account`` for somebody who manages accounts and notes it in the audit trail.

        Raises ``MailNotConfigured``.
        """
        if not self.mail_works:
            raise MailNotConfigured
        session.add(OutgoingMail(kind=MailKind.RESET_PASSWORD, account_id=account.id, recipient=account.email))

    async def check(self, token: str) -> str:
        """Return the address of the account whose link this is. Raises ``LinkExpired``."""
        return (await self._live_link(token)).email

    async def confirm(self, token: str, password: str, place: Place) -> None:
        """Set the password that the link allows, once, and end all sessions.

        Raises ``LinkExpired``, ``UnacceptablePassword`` or ``PasswordsBusy``.
        """
        # Before anything is hashed: a made-up token costs us one look into an index.
        link = await self._live_link(token)
        self.policy.check(password, email=link.email, field="password")
        password_hash = await self.passwords.hash(password)
        async with self.database.transaction() as session:
            account = await lock_account(session, link.account_id)
            if account is None or account.disabled_at is not None or not await links.use_link(session, link.id):
                raise LinkExpired
            account.password_hash = password_hash
            ended = await end_sessions(session, account.id)
            # Who follows the link reads the mails of this address.
            verified = await self.first_verification.believe(session, account, place)
            await links.end_links(session, account.id)
            await self.throttle.forgive(session, account_id=account.id, account=account.email_key, place=place)
            await self.notices.enqueue(session, MailKind.PASSWORD_RESET, account, place)
            detail = {"sessions_ended": ended}
            reset = Happening(Action.PASSWORD_RESET, actor=account.id, subject=account.id, place=place, detail=detail)
            for happening in (*verified, reset):
                await self.trail.record(session, happening)
        await self.revocations.refresh()

    async def _live_link(self, token: str) -> LiveLink:
        async with self.database.read() as connection:
            link = await links.find_link(connection, token_digest(token), (Purpose.RESET_PASSWORD,))
        if link is None:
            raise LinkExpired
        return link
