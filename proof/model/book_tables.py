"""book-service's tables of stock and reservations."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from proof.model.clock import Clock
from proof.model.tables import Tables, Violation


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row of ``books`` with its row of ``stock_levels``."""

    title: str
    price: Decimal
    on_hand: int = 0
    reserved: int = 0

    def __post_init__(self) -> None:
        """Check what the table checks."""
        if not 0 <= self.reserved <= self.on_hand:
            message = f"{self.title}: {self.reserved} reserved of {self.on_hand}"
            raise Violation(message)

    @property
    def available(self) -> int:
        """What can be ordered."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A row of ``stock_movements``."""

    book_id: UUID
    change: int
    kind: str
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """A row of ``reservations`` with its rows of ``reservation_lines``, as JSON has them."""

    state: str
    requested: tuple[dict[str, Any], ...] = ()
    lines: tuple[dict[str, Any], ...] = ()
    short_lines: tuple[dict[str, Any], ...] | None = None

    def quantities(self) -> dict[UUID, int]:
        """Return how many copies of each book there are in it."""
        return {UUID(line["book_id"]): line["quantity"] for line in self.lines}


class BookTables(Tables):
    """Rows by primary key."""

    def __init__(self, clock: Clock) -> None:
        """Begin empty."""
        super().__init__(clock)
        self.books: dict[UUID, BookRow] = {}
        self.ledger: dict[int, MovementRow] = {}
        self.reservations: dict[UUID, ReservationRow] = {}

    def note(self, movement: MovementRow) -> None:
        """Add a row to the ledger."""
        self.ledger[len(self.ledger)] = movement
