"""What a link is for, and how long it is good."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What following the link does. A link of one purpose is worth nothing for another."""

    RESET_PASSWORD = "reset_password"
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    INVITATION = "invitation"


LIFETIMES: Final = {
    Purpose.RESET_PASSWORD: timedelta(minutes=30),
    Purpose.VERIFY_EMAIL: timedelta(days=3),
    Purpose.CHANGE_EMAIL: timedelta(hours=1),
}
"""Of the links of accounts. An invitation has no account yet and says itself how long it is good."""
