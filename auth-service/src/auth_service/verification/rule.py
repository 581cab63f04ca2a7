"""Who may sign in, as far as the e-mail address is concerned."""

from dataclasses import dataclass

from auth_service.accounts.models import Account
from auth_service.verification.errors import EmailNotVerified


@dataclass(frozen=True, slots=True)
class VerifiedEmailRule:
    """The setting ``REQUIRE_VERIFIED_EMAIL``."""

    required: bool

    def admit(self, account: Account) -> None:
        """Raise ``EmailNotVerified`` unless the account may sign in. To be asked after the password was right."""
        if self.required and account.email_verified_at is None:
            raise EmailNotVerified
