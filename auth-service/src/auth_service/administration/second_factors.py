"""What administrators see of second factors, and may do with them."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession


class SecondFactors(Protocol):
    """The second factors of accounts."""

    async def having(self, connection: AsyncConnection, account_ids: Collection[UUID]) -> frozenset[UUID]:
        """Return those of the accounts that have one."""

    async def remove(self, session: AsyncSession, account_id: UUID) -> bool:
        """Take the second factor of an account away, with its recovery codes; return whether it had one."""


class NoSecondFactors:
    """Where there are none."""

    async def having(self, connection: AsyncConnection, account_ids: Collection[UUID]) -> frozenset[UUID]:  # noqa: ARG002 (the protocol's)
        """Return no account."""
        return frozenset()

    async def remove(self, session: AsyncSession, account_id: UUID) -> bool:  # noqa: ARG002 (the protocol's)
        """Say that there was none."""
        return False
