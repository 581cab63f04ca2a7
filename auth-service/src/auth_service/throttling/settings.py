"""Reads the limits of each purpose from the settings."""

from collections.abc import Mapping

from auth_service.config import Settings
from auth_service.throttling.limits import Limit, Limits, Purpose


def limits_of(settings: Settings) -> Mapping[Purpose, Limits]:
    """Return the limits that the settings name."""
    read = Limit.from_setting
    return {
        Purpose.PASSWORD: Limits(
            address=read(settings.limit_address),
            account_and_address=read(settings.limit_account_and_address),
            account=read(settings.limit_account),
        ),
        Purpose.CODE: Limits(
            account_and_address=read(settings.limit_codes_at_address), account=read(settings.limit_codes)
        ),
        Purpose.REGISTRATION: Limits(address=read(settings.limit_registrations)),
        Purpose.MAIL: Limits(address=read(settings.limit_mails_from_address)),
        Purpose.MAIL_TO_ACCOUNT: Limits(account=read(settings.limit_mails)),
    }
