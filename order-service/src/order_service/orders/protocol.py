"""The protocol between an order and its copies, as pure functions: what book-service is asked, what its answer means.

Nothing here waits, tells the time or keeps anything. ``saga`` carries it out against the database and the network.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from order_service.orders.states import OrderEvent, StockStep


class Request(StrEnum):
    """What book-service can be asked about an order."""

    RESERVE = "reserve"
    LOOK_UP = "look up"
    """What is held already; nothing new is asked for."""
    RELEASE = "release"
    COMMIT = "commit"
    TAKE_BACK = "take back"


class Answer(StrEnum):
    """What book-service can say."""

    HELD = "held"
    SHORT = "short"
    """Not all copies can be had. The same reservation will never be held."""
    RELEASED = "released"
    """The copies were given back for good."""
    NOT_HELD = "not held"
    DONE = "done"
    REFUSED = "refused"
    """What is kept of the order there does not allow this, now or later."""
    UNKNOWN = "unknown"
    """No answer that says what happened: it may have been carried out or not."""


class GivingUp(StrEnum):
    """Why the system cancels a pending order."""

    NOT_PLACED_IN_TIME = "not_placed_in_time"
    RESERVATION_RELEASED = "reservation_released"


@dataclass(frozen=True, slots=True)
class Settle:
    """The pending order goes where ``event`` takes it, and the work is done."""

    event: OrderEvent
    giving_up: GivingUp | None = None


@dataclass(frozen=True, slots=True)
class GoOn:
    """Ask the next request of this step; after the last one the work is done."""


@dataclass(frozen=True, slots=True)
class TryLater:
    """The work stays. ``hopeless`` work is parked at once, for a person to look at both sides."""

    hopeless: bool = False


Conclusion = Settle | GoOn | TryLater

_REQUESTS = {
    StockStep.RESERVE: (Request.RESERVE,),
    StockStep.RELEASE: (Request.RELEASE,),
    StockStep.COMMIT: (Request.COMMIT,),
    # The commit may still be waiting when the order comes back; told twice, it is carried out once.
    StockStep.RETURN: (Request.COMMIT, Request.TAKE_BACK),
}
_SETTLED_BY = {
    (Request.RESERVE, Answer.SHORT): Settle(OrderEvent.REFUSED),
    (Request.RESERVE, Answer.RELEASED): Settle(OrderEvent.GIVEN_UP, GivingUp.RESERVATION_RELEASED),
    (Request.LOOK_UP, Answer.NOT_HELD): Settle(OrderEvent.GIVEN_UP, GivingUp.NOT_PLACED_IN_TIME),
    # The order is not kept waiting for ever: what may be held for it is released.
    (Request.LOOK_UP, Answer.UNKNOWN): Settle(OrderEvent.GIVEN_UP, GivingUp.NOT_PLACED_IN_TIME),
}


def requests(step: StockStep, *, overdue: bool) -> tuple[Request, ...]:
    """Return what to ask, in turn. For an ``overdue`` order nothing new is reserved: what stands is what counts."""
    if step is StockStep.RESERVE and overdue:
        return (Request.LOOK_UP,)
    return _REQUESTS[step]


def conclude(request: Request, answer: Answer, *, agreed: bool = True) -> Conclusion:
    """Say what an answer means; ``agreed`` tells whether held copies cost what the customer expects.

    An answer that does not belong to the request says nothing, so it is asked again.
    """
    if answer is Answer.HELD and request in {Request.RESERVE, Request.LOOK_UP}:
        return Settle(OrderEvent.RESERVED if agreed else OrderEvent.PRICE_DIFFERED)
    if settle := _SETTLED_BY.get((request, answer)):
        return settle
    if answer is Answer.DONE and request not in {Request.RESERVE, Request.LOOK_UP}:
        return GoOn()
    return TryLater(hopeless=answer is Answer.REFUSED)


def is_agreed(expected_total: Decimal | None, total: Decimal) -> bool:
    """Tell whether ``total`` is what the customer expects to pay; who expects nothing agrees to the prices of now."""
    return expected_total is None or expected_total == total
