"""What can go wrong with stock and reservations."""

from service_kit.problems import DomainError


class StockBelowReserved(DomainError):
    """Fewer copies would be left than are promised to orders; ``on_hand`` and ``reserved`` tell how many there are."""

    code = "stock_below_reserved"
    status = 409
    title = "That would leave fewer copies than are promised to orders"


class StockTooHigh(DomainError):
    """More copies than the system counts."""

    code = "stock_too_high"
    status = 409
    title = "That would be more copies than can be counted here"


class InsufficientStock(DomainError):
    """Not all copies can be had.

    ``lines`` names each short line: ``book_id``, ``title`` (null for an unknown book), ``wanted``, ``available`` (what
    is left) and ``problem``: ``insufficient_stock``, ``unknown_book`` or ``archived_book``.
    """

    code = "insufficient_stock"
    status = 409
    title = "There are not enough copies left"


class ReservationConflict(DomainError):
    """The order has a reservation of other lines."""

    code = "reservation_conflict"
    status = 409
    title = "This order has reserved something else"


class ReservationReleased(DomainError):
    """The order gave its copies back, or never wanted them; it cannot hold any again."""

    code = "reservation_released"
    status = 409
    title = "This reservation was released"


class ReservationCommitted(DomainError):
    """The copies have been shipped."""

    code = "reservation_committed"
    status = 409
    title = "These copies have been shipped already"


class ReservationNotHeld(DomainError):
    """There are no held copies to ship; ``state`` is that of the reservation, or null when nothing is known of it."""

    code = "reservation_not_held"
    status = 409
    title = "No copies are held for this order"


class ReservationNotCommitted(DomainError):
    """The copies have not been shipped; ``state`` is that of the reservation, or null when nothing is known of it."""

    code = "reservation_not_committed"
    status = 409
    title = "The copies of this order have not been shipped"


class ReservationNotFound(DomainError):
    """Nothing is known of this order here."""

    code = "reservation_not_found"
    status = 404
    title = "There is no reservation for this order"
