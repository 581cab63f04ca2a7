"""The life of an order, as a pure function of its status and of what happens to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    PLACED = "placed"
    REJECTED = "rejected"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class OrderEvent(StrEnum):
    """What can happen to an order."""

    RESERVED = "reserved"
    """book-service holds all copies."""
    REFUSED = "refused"
    """book-service has not enough copies."""
    PRICE_DIFFERED = "price differed"
    """The copies are held, but cost something else than the customer agreed to."""
    GIVEN_UP = "given up"
    """book-service gave no answer until the deadline."""
    CANCEL = "cancel"
    SHIP = "ship"
    DELIVER = "deliver"
    RETURN = "return"


class StockStep(StrEnum):
    """What book-service has to be told, again and again until it has answered."""

    RESERVE = "reserve"
    RELEASE = "release"
    COMMIT = "commit"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an order goes, and what book-service is told then."""

    status: OrderStatus
    stock_step: StockStep | None = None


class ImpossibleTransition(Exception):
    """This does not happen to an order in this state."""

    def __init__(self, status: OrderStatus, event: OrderEvent) -> None:
        """Take what was asked."""
        super().__init__(f"{event} does not happen to a {status} order")
        self.status = status
        self.event = event


TRANSITIONS: Mapping[tuple[OrderStatus, OrderEvent], Transition] = {
    (OrderStatus.PENDING, OrderEvent.RESERVED): Transition(OrderStatus.PLACED),
    (OrderStatus.PENDING, OrderEvent.REFUSED): Transition(OrderStatus.REJECTED),
    (OrderStatus.PENDING, OrderEvent.PRICE_DIFFERED): Transition(OrderStatus.REJECTED, StockStep.RELEASE),
    # Its reservation may stand, or still be on its way: the release ends it in either case.
    (OrderStatus.PENDING, OrderEvent.GIVEN_UP): Transition(OrderStatus.CANCELLED, StockStep.RELEASE),
    (OrderStatus.PENDING, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED, StockStep.RELEASE),
    (OrderStatus.PLACED, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED, StockStep.RELEASE),
    (OrderStatus.CANCELLED, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED),
    (OrderStatus.PLACED, OrderEvent.SHIP): Transition(OrderStatus.SHIPPED, StockStep.COMMIT),
    (OrderStatus.SHIPPED, OrderEvent.SHIP): Transition(OrderStatus.SHIPPED),
    (OrderStatus.SHIPPED, OrderEvent.DELIVER): Transition(OrderStatus.DELIVERED),
    (OrderStatus.DELIVERED, OrderEvent.DELIVER): Transition(OrderStatus.DELIVERED),
    (OrderStatus.DELIVERED, OrderEvent.RETURN): Transition(OrderStatus.RETURNED, StockStep.RETURN),
    (OrderStatus.RETURNED, OrderEvent.RETURN): Transition(OrderStatus.RETURNED),
}

UNPRICED = frozenset({OrderStatus.PENDING, OrderStatus.REJECTED, OrderStatus.CANCELLED})
"""In these states an order may have no prices: book-service sets them when it holds the copies."""


UNDER_WAY = frozenset({OrderStatus.PENDING, OrderStatus.PLACED, OrderStatus.SHIPPED})
"""In these states somebody has still to do something for the customer. The others are settled."""


def decide(status: OrderStatus, event: OrderEvent) -> Transition:
    """Return where ``event`` takes an order in ``status``. Raises ``ImpossibleTransition``.

    A transition to the same status changes nothing: it says that the wish is fulfilled already.
    """
    transition = TRANSITIONS.get((status, event))
    if transition is None:
        raise ImpossibleTransition(status, event)
    return transition


def would_change(status: OrderStatus, event: OrderEvent) -> bool:
    """Tell whether ``event`` can happen to an order in ``status`` and would change it."""
    transition = TRANSITIONS.get((status, event))
    return transition is not None and transition.status != status
