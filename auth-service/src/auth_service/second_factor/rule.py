"""Whose role counts only once a second factor was shown."""

from auth_service.accounts.roles import SCOPES, Role
from auth_service.config import SecondFactorRule

_COVERED: dict[SecondFactorRule, frozenset[Role]] = {
    "nobody": frozenset(),
    "admin": frozenset({Role.ADMIN}),
    "staff": frozenset({Role.ADMIN, Role.STAFF}),
    "everybody": frozenset(Role),
}


class ScopeRule:
    """Decides on the scopes of a session's tokens."""

    def __init__(self, rule: SecondFactorRule) -> None:
        """Take the setting ``REQUIRE_SECOND_FACTOR``."""
        self._covered = _COVERED[rule]

    def requires(self, role: Role) -> bool:
        """Tell whether somebody with this role has to have a second factor."""
        return role in self._covered

    def scopes(self, role: Role, *, shown: bool) -> tuple[str, ...]:
        """Return the scopes of a role, without those beyond a customer's where a second factor was not ``shown``."""
        return SCOPES[role] if shown or not self.requires(role) else SCOPES[Role.CUSTOMER]
