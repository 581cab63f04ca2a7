"""order-service's tables."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from proof.model.clock import Clock
from proof.model.tables import Tables


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A row of ``orders`` with its rows of ``order_lines`` and ``order_timeline``."""

    id: UUID
    number: int
    account_id: UUID
    customer_email: str
    status: str
    currency: str
    expected_total: Decimal | None
    from_cart: bool
    delivery: dict[str, str | None]
    created_at: datetime
    updated_at: datetime
    lines: tuple[dict[str, Any], ...]
    timeline: tuple[dict[str, Any], ...]
    total: Decimal | None = None
    reason: dict[str, Any] | None = None
    version: int = 1

    def moved(self, entry: dict[str, Any], **columns: Any) -> "OrderRow":  # noqa: ANN401
        """Return the row with the next entry of its timeline, the status that it tells of, and other columns."""
        return replace(
            self,
            status=entry["status"],
            version=self.version + 1,
            updated_at=entry["at"],
            timeline=(*self.timeline, entry),
            **columns,
        )


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A row of ``stock_work``; times are seconds of the clock."""

    due_at: float
    lease: UUID | None
    attempts: int
    last_error: str | None = None
    parked_at: float | None = None
    write_off: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of ``idempotency_keys``."""

    fingerprint: bytes
    resource_id: UUID | None
    running_until: float
    status: int | None = None
    answer: Any = None


class OrderTables(Tables):
    """Rows by primary key."""

    def __init__(self, clock: Clock) -> None:
        """Begin empty."""
        super().__init__(clock)
        self.orders: dict[UUID, OrderRow] = {}
        self.work: dict[tuple[UUID, str], WorkRow] = {}
        self.keys: dict[tuple[str, str], KeyRow] = {}

    def entry(self, status: str, role: str, *, actor: str | None = None, detail: str | None = None) -> dict[str, Any]:
        """Return an entry of a timeline."""
        return {"status": status, "at": self.clock.now(), "actor": actor, "actor_role": role, "detail": detail}
