"""The first proof that an address belongs to whoever has the account.

Anybody can sign up with the address of somebody else and get the account ready: with a second factor of their own, and
with API keys, which outlive another password. So nothing of that lives on once the owner of the address turns up.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Account
from auth_service.accounts.repository import mark_verified
from auth_service.api_keys.repository import revoke_keys
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.second_factor.repository import delete_factor
from auth_service.sessions.repository import end_sessions


@dataclass(frozen=True, slots=True)
class FirstVerification:
    """Believes the address of an account for the first time."""

    trail: AuditTrail
    notices: Notices

    async def believe(self, session: AsyncSession, account: Account, place: Place) -> list[Happening]:
        """Believe the locked account's address, and drop what was made before; nothing if it was believed already.

        Returns what is to be recorded in the audit trail, as the last thing in the transaction.
        """
        if account.email_verified_at is not None:
            return []
        await mark_verified(session, account)
        had_factor = await delete_factor(session, account.id)
        dropped = {"api_keys": await revoke_keys(session, account.id)}
        if had_factor or dropped["api_keys"]:
            # Else whoever goes on knows the password, and the owner alone would have to sign in again.
            dropped["sessions"] = await end_sessions(session, account.id)
        happenings = [_of(Action.EMAIL_VERIFIED, account, place, **{name: n for name, n in dropped.items() if n})]
        if had_factor:
            await self.notices.enqueue(session, MailKind.SECOND_FACTOR_DISABLED, account, place)
            happenings.append(_of(Action.SECOND_FACTOR_DISABLED, account, place, reset="by first verification"))
        return happenings


def _of(action: Action, account: Account, place: Place, **detail: str | int) -> Happening:
    return Happening(action, actor=account.id, subject=account.id, place=place, detail=detail)
