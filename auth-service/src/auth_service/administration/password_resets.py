"""What administrators may ask of the mails with which people get another password."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Account
from auth_service.administration.errors import MailNotConfigured


class PasswordResets(Protocol):
    """Sends links with which one chooses another password."""

    async def send(self, session: AsyncSession, account: Account) -> None:
        """Take on a mail with a link for the account, in this transaction. Raises ``MailNotConfigured``."""


class NoPasswordResets:
    """Where there is no mail."""

    async def send(self, session: AsyncSession, account: Account) -> None:  # noqa: ARG002 (the protocol's)
        """Say that there is none."""
        raise MailNotConfigured
