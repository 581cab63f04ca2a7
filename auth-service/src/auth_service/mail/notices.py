"""Notices: mails to the account in whose name something of weight was done."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Account
from auth_service.mail import repository
from auth_service.mail.kinds import MailKind
from auth_service.mail.models import OutgoingMail
from auth_service.places import Place

_MOST_WITHIN, _MOST = timedelta(hours=1), 5
"""More of one kind say nothing new; whoever made an account with somebody else's address could bury them in mail."""


class Notices:
    """Writes mails that one's own doing, or a thief's, brings about. Without mail it does nothing."""

    def __init__(self, *, mail_works: bool) -> None:
        """Say whether this installation sends mail."""
        self._mail_works = mail_works

    async def enqueue(
        self, session: AsyncSession, kind: MailKind, account: Account, place: Place, *, recipient: str | None = None
    ) -> None:
        """Add a notice in the transaction of what it tells of, before the audit trail is written.

        It goes to the account's address as it is now, or to ``recipient`` (the address that it had).
        """
        if not self._mail_works:
            return
        if await repository.count_mails(session, account.id, kind, _MOST_WITHIN) < _MOST:
            session.add(
                OutgoingMail(
                    kind=kind,
                    account_id=account.id,
                    recipient=recipient or account.email,
                    data={"address": place.address},
                )
            )

    async def ask_to_verify(self, session: AsyncSession, account: Account) -> None:
        """Send a new account the link that verifies its address."""
        if self._mail_works and account.email_verified_at is None:
            session.add(OutgoingMail(kind=MailKind.VERIFY_EMAIL, account_id=account.id, recipient=account.email))
