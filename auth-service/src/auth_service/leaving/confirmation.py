"""How somebody who is signed in shows again who they are, before something that cannot be taken back."""

from typing import Protocol

from auth_service.accounts.errors import WrongPassword
from auth_service.accounts.models import Account
from auth_service.accounts.passwords import PasswordHasher
from auth_service.places import Place


class Confirmation(Protocol):
    """Checks what somebody shows."""

    async def __call__(self, account: Account, *, password: str, code: str | None, place: Place) -> None:
        """Return when it is right. Raises a domain error that says what is wrong or wanted."""


class PasswordConfirmation:
    """The password alone."""

    def __init__(self, passwords: PasswordHasher) -> None:
        """Take what compares passwords."""
        self._passwords = passwords

    async def __call__(self, account: Account, *, password: str, code: str | None, place: Place) -> None:  # noqa: ARG002 (the protocol's)
        """Compare the password. Raises ``WrongPassword`` or ``PasswordsBusy``."""
        if not await self._passwords.matches(password, account.password_hash):
            raise WrongPassword
