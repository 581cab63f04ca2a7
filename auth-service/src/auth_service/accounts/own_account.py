"""An account as its owner sees it."""

from dataclasses import dataclass

from auth_service.accounts.models import Account


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account, and what the session that asks may do with it."""

    account: Account
    scopes: tuple[str, ...]
    second_factor_enabled: bool
    second_factor_required: bool
