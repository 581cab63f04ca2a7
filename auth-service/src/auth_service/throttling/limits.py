"""What is limited, and how tightly."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator

_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_TEXT = re.compile(rf"\s*(\d{{1,6}})\s*/\s*(\d{{0,6}})\s*({'|'.join(_UNITS)})s?\s*")


class Purpose(StrEnum):
    """What somebody tries. What has the same purpose shares its counters."""

    PASSWORD = "password"  # noqa: S105 (a name)
    """An account's password: to sign in, or again to be sure that it is still its owner."""
    CODE = "code"
    """A code of the second factor."""
    REGISTRATION = "registration"
    """Signing up. Those that succeed count too."""
    MAIL = "mail"
    """Asking for a mail (to reset a password, to verify an address): by whom."""
    MAIL_TO_ACCOUNT = "mail to account"
    """The same: to whom."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts at once; each is forgotten after its share of the time, so that many in ``period``."""

    attempts: int
    period: timedelta

    @property
    def cost(self) -> timedelta:
        """The time after which one attempt is forgotten."""
        return self.period / self.attempts

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a limit like ``10/minute`` or ``10/15 minutes``. Raises ``ValueError``."""
        found = _TEXT.fullmatch(text)
        attempts, units = (int(found[1]), int(found[2] or 1)) if found is not None else (0, 0)
        if found is None or not attempts or not units:
            message = "is not like 10/minute or 10/15 minutes"
            raise ValueError(message)
        return cls(attempts, units * _UNITS[found[3]])

    @classmethod
    def from_setting(cls, text: str) -> Self | None:
        """Read a limit, or None where there is none. Raises ``ValueError``."""
        return None if text.strip().lower() in {"", "none"} else cls.parse(text)


def _checked(text: str) -> str:
    Limit.from_setting(text)
    return text


LimitText = Annotated[str, AfterValidator(_checked)]
"""A setting like ``10/15 minutes``; empty or ``none`` is no limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one purpose; None is no limit.

    ``address`` is for all that one client tries, ``account_and_address`` for what one client tries at one account, and
    ``account`` for what all clients together try at one account.
    """

    address: Limit | None = None
    account_and_address: Limit | None = None
    account: Limit | None = None
