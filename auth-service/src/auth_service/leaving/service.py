"""Taking one's data along, and having one's account erased."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import WrongPassword
from auth_service.accounts.models import Account
from auth_service.accounts.reauthentication import existing
from auth_service.accounts.repository import find_account
from auth_service.accounts.roles import Role
from auth_service.administration.errors import LastAdmin
from auth_service.administration.repository import another_administrator, change_administrators_in_turn
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.invitations.repository import forget_address, withdraw_all_of
from auth_service.leaving import repository
from auth_service.leaving.export import personal_data
from auth_service.listing import AnyRow
from auth_service.mail.repository import forget_recipient
from auth_service.places import Place
from auth_service.second_factor.confirmation import OwnerConfirmation
from service_kit.database import Database
from service_kit.languages.texts import N_
from service_kit.revocations import RevocationFeed


class LeavingService:
    """One's own data."""

    def __init__(
        self,
        *,
        database: Database,
        revocations: RevocationFeed,
        trail: AuditTrail,
        confirmation: OwnerConfirmation,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._revocations = revocations
        self._trail = trail
        self._confirmation = confirmation

    async def export(self, account_id: UUID, place: Place) -> AsyncIterator[bytes]:
        """Return the person's data as JSON. Raises ``NotAuthenticated``."""
        async with self._database.transaction() as session:
            account = existing(await find_account(session, account_id))
            exported = Happening(Action.ACCOUNT_EXPORTED, actor=account_id, subject=account_id, place=place)
            await self._trail.record(session, exported)
        return personal_data(self._database, account)

    async def erase(self, account_id: UUID, *, password: str, code: str | None, place: Place) -> None:
        """Erase the account, once its owner has shown the password.

        Raises ``WrongPassword``, ``CodeMissing``, ``WrongCode``, ``TooManyAttempts``, ``LastAdmin``,
        ``NotAuthenticated``. The other services
        learn of it and erase the person, too; tokens are refused everywhere within ten seconds.
        """
        async with self._database.transaction() as session:
            account = existing(await find_account(session, account_id))
        await self._confirmation(account, password=password, code=code, place=place)
        async with self._database.transaction() as session:
            await self._erase(session, account, place)
        await self._revocations.refresh()

    async def erased_after(self, number: int, limit: int) -> Sequence[AnyRow]:
        """Return the accounts that were erased after the one with this number."""
        async with self._database.read() as connection:
            return await repository.erased_after(connection, number, limit)

    async def _erase(self, session: AsyncSession, confirmed: Account, place: Place) -> None:
        await change_administrators_in_turn(session)
        account = existing(await repository.lock_for_erasure(session, confirmed.id))
        if account.password_hash != confirmed.password_hash:
            raise WrongPassword  # It was changed while it was compared.
        if account.role == Role.ADMIN and not await another_administrator(session, account.id):
            detail = N_("Make somebody else an administrator first.")
            raise LastAdmin(detail)
        withdrawn = await withdraw_all_of(session, account.id)
        await forget_address(session, account.id, account.email_key)
        await forget_recipient(session, account.email)
        await repository.delete_account(session, account.id)
        for invitation in withdrawn:
            detail_of_one = {"invitation": str(invitation)}
            await self._trail.record(
                session, Happening(Action.INVITATION_WITHDRAWN, actor=account.id, place=place, detail=detail_of_one)
            )
        erased = Happening(Action.ACCOUNT_ERASED, actor=account.id, subject=account.id, place=place)
        await self._trail.record(session, erased)
