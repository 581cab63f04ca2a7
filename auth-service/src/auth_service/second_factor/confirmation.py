"""Asks the owner of an account for everything again, before something that cannot be taken back."""

from dataclasses import dataclass

from auth_service.accounts.models import Account
from auth_service.accounts.reauthentication import Reauthentication
from auth_service.accounts.repository import lock_account
from auth_service.audit.trail import AuditTrail
from auth_service.places import Place
from auth_service.second_factor.checking import CodeCheck
from auth_service.second_factor.errors import CodeMissing, WrongCode
from auth_service.throttling.limits import Purpose
from auth_service.throttling.service import Throttle
from service_kit.database import Database


@dataclass(frozen=True, slots=True)
class OwnerConfirmation:
    """The password, and a code where the account has a second factor."""

    database: Database
    reauthentication: Reauthentication
    throttle: Throttle
    codes: CodeCheck
    trail: AuditTrail

    async def __call__(self, account: Account, *, password: str, code: str | None, place: Place) -> None:
        """Return when both are right. To be called before the transaction of what is confirmed.

        Raises ``WrongPassword``, ``CodeMissing``, ``WrongCode``, ``TooManyAttempts`` or ``PasswordsBusy``.
        """
        confirmed = await self.reauthentication.by_password(account.id, password, place)
        async with self.database.transaction() as session:
            if not await self.codes.is_enabled(session, account.id):
                return
        if not code:
            raise CodeMissing
        reservation = await self.throttle.reserve(Purpose.CODE, account=confirmed.email_key, place=place)
        async with self.database.transaction() as session:
            confirmed.unchanged(await lock_account(session, account.id))
            accepted = await self.codes.accept(session, account.id, code)
            if accepted is None:
                raise WrongCode
            for happening in accepted.happenings(account.id, place):
                await self.trail.record(session, happening)
        await self.throttle.refund(reservation)
