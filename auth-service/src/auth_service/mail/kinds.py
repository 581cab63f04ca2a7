"""The mails that the service writes."""

from enum import StrEnum
from typing import Final

from auth_service.links.purposes import Purpose


class MailKind(StrEnum):
    """What a mail is about."""

    RESET_PASSWORD = "reset_password"
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    INVITATION = "invitation"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ENABLED = "second_factor_enabled"
    SECOND_FACTOR_DISABLED = "second_factor_disabled"
    RECOVERY_CODE_USED = "recovery_code_used"
    API_KEY_CREATED = "api_key_created"


LINKS: Final = {
    MailKind.RESET_PASSWORD: Purpose.RESET_PASSWORD,
    MailKind.VERIFY_EMAIL: Purpose.VERIFY_EMAIL,
    MailKind.CHANGE_EMAIL: Purpose.CHANGE_EMAIL,
    MailKind.INVITATION: Purpose.INVITATION,
}
"""The mails that carry a link, and what for. All others are notices of what has happened."""
