"""Takes a second factor from an account whose owner has lost it."""

from dataclasses import dataclass
from uuid import UUID

from auth_service.accounts.repository import lock_account
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.second_factor import repository
from auth_service.sessions.repository import end_sessions
from service_kit.database import Database
from service_kit.revocations import RevocationFeed


@dataclass(frozen=True, slots=True)
class SecondFactorReset:
    """What an administrator or the operator does. Without ``revocations`` it bites when the list is next read.

    Without ``notices`` nobody is told: the operator's command does not know whether there is mail.
    """

    database: Database
    trail: AuditTrail
    revocations: RevocationFeed | None = None
    notices: Notices | None = None

    async def reset_second_factor(self, account_id: UUID, *, actor: UUID | None, place: Place) -> bool:
        """Take the second factor away, with the recovery codes, and end all sessions; False if there was none.

        ``actor`` is the account that decided it, or None for the operator.
        """
        async with self.database.transaction() as session:
            account = await lock_account(session, account_id)
            if account is None or not await repository.delete_factor(session, account_id):
                return False
            detail: dict[str, str | int] = {"reset": "by administrator" if actor else "by operator"}
            detail["sessions"] = await end_sessions(session, account_id)
            if self.notices is not None:
                # Where an administrator sits is not for the account to know.
                await self.notices.enqueue(session, MailKind.SECOND_FACTOR_DISABLED, account, Place())
            happening = Happening(
                Action.SECOND_FACTOR_DISABLED, actor=actor, subject=account_id, place=place, detail=detail
            )
            await self.trail.record(session, happening)
        if self.revocations is not None:
            await self.revocations.refresh()
        return True
