"""What other features ask about the second factors of accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from auth_service.accounts.roles import Role
from auth_service.second_factor import repository
from auth_service.second_factor.rule import ScopeRule


@dataclass(frozen=True, slots=True)
class SecondFactorsOfAccounts:
    """For administrators, for API keys, and for who takes the data along."""

    rule: ScopeRule

    async def having(
        self, connection: AsyncConnection | AsyncSession, account_ids: Collection[UUID]
    ) -> frozenset[UUID]:
        """Return those of the accounts that have one."""
        return await repository.having(connection, account_ids)

    async def remove(self, session: AsyncSession, account_id: UUID) -> bool:
        """Take it away from an account, with its recovery codes; return whether it had one. Its sessions are to end."""
        return await repository.delete_factor(session, account_id)

    async def owner_scopes(
        self, connection: AsyncConnection | AsyncSession, account_id: UUID, role: Role, /
    ) -> tuple[str, ...]:
        """Return what the API keys of an account may do at the most: nothing that wants a second factor it lacks."""
        shown = bool(await repository.having(connection, [account_id]))
        return self.rule.scopes(role, shown=shown)

    async def tell(self, connection: AsyncConnection, account_id: UUID) -> Any:  # noqa: ANN401 (any JSON)
        """Say what is known of an account's second factor, as JSON; neither the secret nor a code."""
        state = await repository.read_state(connection, account_id)
        if state is None or state.enabled_at is None:
            return None
        return {"enabled_at": state.enabled_at.isoformat(), "recovery_codes_left": state.recovery_codes_left}
