"""How often strangers may ask for mails. What counts is plugged in where the service is put together."""

from collections.abc import Sequence
from typing import Final, Protocol

RESET_ASKED: Final = "password_reset"
"""Keys: the caller's network client. 20 an hour."""
VERIFICATION_ASKED: Final = "email_verification"
"""Keys: the caller's network client. 20 an hour."""
EMAIL_CHANGE_ASKED: Final = "email_change"
"""Keys: the account. Counts guesses of the current password, and mails to addresses of strangers."""
SIGN_IN: Final = "sign_in"
"""Keys: the account's e-mail key, the client. Forgiven once the account's owner has shown to be one by a link."""


class Throttle(Protocol):
    """Counts what is tried."""

    async def reserve(self, kind: str, keys: Sequence[str]) -> None:
        """Count one try. Raises the error that is to be answered when there were too many."""

    async def forgive(self, kind: str, keys: Sequence[str]) -> None:
        """Forget the tries of these keys."""


class NoThrottle:
    """Lets everything through."""

    async def reserve(self, kind: str, keys: Sequence[str]) -> None:
        """Count nothing."""

    async def forgive(self, kind: str, keys: Sequence[str]) -> None:
        """Forget nothing."""
