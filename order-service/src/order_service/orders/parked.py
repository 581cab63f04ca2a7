"""What a person does with work that was tried too often, or that book-service has refused."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from order_service.orders import parked_repository
from order_service.orders.actors import Actor
from order_service.orders.errors import WorkNotParked
from order_service.orders.numbers import order_number
from order_service.orders.staff_schemas import ParkedList, ParkedWork
from order_service.orders.states import StockStep
from service_kit.database import Database

MOST_SHOWN = 100


class ParkedService:
    """Work that waits for a person: try it again, or settle it by hand."""

    def __init__(self, database: Database, *, wake: Callable[[], None]) -> None:
        """Take the database, and what tells the reconciler that there is work."""
        self._database = database
        self._wake = wake

    async def find(self) -> ParkedList:
        """List parked work, what waits longest first."""
        async with self._database.read() as connection:
            rows = await parked_repository.parked_work(connection, limit=MOST_SHOWN)
            total = await parked_repository.count_parked(connection)
        return ParkedList(items=[ParkedWork.model_validate(_fields(row)) for row in rows], total=total)

    async def retry(self, order_id: UUID, step: StockStep) -> None:
        """Have parked work tried again at once, and as often as new work. Raises ``WorkNotParked``."""
        async with self._database.transaction() as session:
            if not await parked_repository.retry(session, order_id, step):
                raise WorkNotParked
        self._wake()

    async def retry_all(self) -> int:
        """Have all parked work tried again; return how much there was."""
        async with self._database.transaction() as session:
            count = await parked_repository.retry_all(session)
        self._wake()
        return count

    async def resolve(self, order_id: UUID, step: StockStep, note: str, actor: Actor) -> None:
        """Drop work that a person has settled by hand; the order's timeline says who, and ``note``.

        Raises ``WorkNotParked``.
        """
        async with self._database.transaction() as session:
            dropped = await parked_repository.resolve(
                session,
                order_id,
                step,
                actor=actor,
                detail=f"Settled by hand ({step}): {note}",
            )
            if not dropped:
                raise WorkNotParked


def _fields(row: Any) -> dict[str, Any]:  # noqa: ANN401 (a row of the repository)
    return dict(row._mapping) | {"number": order_number(row.number)}  # noqa: SLF001 (SQLAlchemy's public name)
