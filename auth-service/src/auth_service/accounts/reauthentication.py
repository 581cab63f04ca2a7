"""Asks somebody who is signed in for the password again, before something that a stolen session must not do."""

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from auth_service.accounts import repository
from auth_service.accounts.errors import PasswordsBusy, WrongPassword
from auth_service.accounts.models import Account
from auth_service.accounts.passwords import PasswordHasher
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.places import Place
from auth_service.throttling.limits import Purpose
from auth_service.throttling.service import Throttle
from service_kit.database import Database
from service_kit.identity import NotAuthenticated
from service_kit.languages.texts import N_

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class ConfirmedPassword:
    """An account whose password was shown."""

    account_id: UUID
    email: str
    email_key: str
    password_hash: str

    def unchanged(self, locked: Account | None) -> Account:
        """Return the account, now that it is locked. Raises ``WrongPassword`` when it has another password by now."""
        account = existing(locked)
        if account.password_hash != self.password_hash:
            raise WrongPassword
        return account


class Reauthentication:
    """Compares passwords of people who are signed in. Their attempts count together with those to sign in."""

    def __init__(self, *, database: Database, passwords: PasswordHasher, throttle: Throttle, trail: AuditTrail) -> None:
        """Take what it works with."""
        self._database = database
        self._passwords = passwords
        self._throttle = throttle
        self._trail = trail

    async def by_password(self, account_id: UUID, password: str, place: Place) -> ConfirmedPassword:
        """Return the account if ``password`` is its password.

        Raises ``WrongPassword``, ``TooManyAttempts``, ``PasswordsBusy``, or ``NotAuthenticated`` when the account is
        gone.
        """
        async with self._database.transaction() as session:
            account = existing(await repository.find_account(session, account_id))
        reservation = await self._throttle.reserve(Purpose.PASSWORD, account=account.email_key, place=place)
        try:
            matches = await self._passwords.matches(password, account.password_hash)
        except PasswordsBusy:
            await self._throttle.refund(reservation)
            raise
        if not matches:
            await self._record_refusal(account_id, place)
            raise WrongPassword
        await self._throttle.refund(reservation)
        return ConfirmedPassword(account.id, account.email, account.email_key, account.password_hash)

    async def _record_refusal(self, account_id: UUID, place: Place) -> None:
        refused = Happening(
            Action.SIGN_IN_REFUSED,
            actor=account_id,
            subject=account_id,
            place=place,
            detail={"reason": "current password"},
        )
        async with self._database.transaction() as session:
            await self._trail.record(session, refused)


def existing(found: Found | None) -> Found:
    """Return what was found of the caller's account. Raises ``NotAuthenticated`` when the account is gone."""
    if found is None:
        detail = N_("The account no longer exists.")
        raise NotAuthenticated(detail)
    return found
