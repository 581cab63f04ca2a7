"""What waits, as metrics: read from the database by every replica for itself, so that each tells of all orders.

A figure that cannot be read any more is no figure: it becomes NaN, and how old the last reading is says why.
"""

import math
import time
from collections.abc import Callable

from prometheus_client import Gauge

from order_service.orders.settlement import Backlog

STALE_SECONDS = 30.0
"""How long a reading counts; several times as long as there is between two."""


class _Reading:
    def __init__(self) -> None:
        self.backlog: Backlog | None = None
        self.read_at = time.monotonic()

    @property
    def age(self) -> float:
        return time.monotonic() - self.read_at


_last = _Reading()
_OLDEST_PENDING = Gauge("orders_oldest_pending_seconds", "Age of the oldest pending order; 0 when there is none.")
_WAITING = Gauge("stock_work_waiting", "What book-service has still to be told.")
_PARKED = Gauge("stock_work_parked", "What was tried too often and waits for a person.")
_AGE = Gauge("stock_work_reading_age_seconds", "Time since these three were read from the database.")


def note(backlog: Backlog) -> None:
    """Keep a reading."""
    _last.backlog, _last.read_at = backlog, time.monotonic()


def _figure(of: Callable[[Backlog], float]) -> Callable[[], float]:
    def read() -> float:
        if _last.backlog is None or _last.age > STALE_SECONDS:
            return math.nan
        return of(_last.backlog)

    return read


_OLDEST_PENDING.set_function(_figure(lambda backlog: backlog.oldest_pending_seconds))
_WAITING.set_function(_figure(lambda backlog: backlog.waiting))
_PARKED.set_function(_figure(lambda backlog: backlog.parked))
_AGE.set_function(lambda: _last.age)
