"""A worker's claim on something that book-service has to be told."""

import random
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from order_service.orders.states import StockStep
from order_service.stock_client import WantedLine, WriteOff

LONGEST_DELAY = {StockStep.RESERVE: 5.0}
"""Seconds between two tries, at the most. A customer waits for a reservation, so that is tried more often."""
_LONGEST_DELAY_OTHERWISE = 60.0


@dataclass(frozen=True, slots=True)
class Work:
    """One row of ``stock_work`` in a worker's hands, with what it needs to know of the order.

    ``lease`` is good until another worker takes the row over. ``overdue`` says that the placing deadline has passed.
    """

    order_id: UUID
    step: StockStep
    lease: UUID
    attempts: int
    account_id: UUID
    lines: tuple[WantedLine, ...] = ()
    expected_total: Decimal | None = None
    from_cart: bool = False
    overdue: bool = False
    write_off: WriteOff | None = None


def retry_delay(step: StockStep, attempts: int) -> float:
    """Return the seconds until the next try: none after the first one, then twice as long each time, with jitter."""
    if attempts <= 1:
        return 0.0
    longest = LONGEST_DELAY.get(step, _LONGEST_DELAY_OTHERWISE)
    return min(longest, 2.0 ** min(attempts - 2, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)
