"""A worker's hold on an import."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from book_service.actors import SYSTEM, Actor
from book_service.importing import work_repository

LEASE_SECONDS = 15.0
BATCH = 500


class LeaseLost(Exception):
    """Another worker has the import, or somebody cancelled or deleted it; nothing of the batch is done."""


@dataclass(frozen=True, slots=True)
class Held:
    """An import in a worker's hands, as it was when it was claimed or last moved on."""

    row: Any
    lease: UUID

    @property
    def id(self) -> UUID:
        """Return the import's id."""
        import_id: UUID = self.row.id
        return import_id

    @property
    def restores_archived(self) -> bool:
        """Tell whether archived books are brought back."""
        return bool(self.row.options.get("restore_archived"))

    @property
    def decider(self) -> Actor:
        """Return who said that the import is to be applied or undone."""
        return Actor(self.row.deciding_actor, self.row.deciding_actor_name) if self.row.deciding_actor else SYSTEM

    def size_of(self, batch: int) -> int:
        """Return how many rows to take at a time: fewer after failures, for the batch may have taken too long."""
        failures: int = self.row.failures
        return max(batch >> min(failures, 6), 1)

    async def hold(self, connection: AsyncSession | AsyncConnection) -> "Held":
        """Lock the import for a batch, and lengthen the lease. Raises ``LeaseLost``."""
        row = await work_repository.hold(
            connection, self.id, lease=self.lease, state=self.row.state, lease_seconds=LEASE_SECONDS
        )
        if row is None:
            raise LeaseLost
        return Held(row, self.lease)

    async def advance(self, session: AsyncSession, **progress: Any) -> "Held":  # noqa: ANN401 (values of any column)
        """Write how far the import has come, in the batch's transaction."""
        return Held(await work_repository.advance(session, self.id, **progress), self.lease)
