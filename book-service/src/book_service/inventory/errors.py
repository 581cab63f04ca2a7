"""What can go wrong with stock and reservations."""

import datetime as dt

from service_kit.languages.texts import N_, _
from service_kit.problems import DomainError


def _second(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


class StockBelowReserved(DomainError):
    """Fewer copies would be left than are promised to orders.

    ``on_hand``, ``reserved`` and ``available`` tell how many there are, and ``orders`` who holds them: ``order_id``,
    ``quantity`` and ``held_since``, newest first, at most a hundred.
    """

    code = "stock_below_reserved"
    status = 409
    title = N_("That would leave fewer copies than are promised to orders")


class StockTooHigh(DomainError):
    """More copies than the system counts."""

    code = "stock_too_high"
    status = 409
    title = N_("That would be more copies than can be counted here")


class UnknownAsOf(DomainError):
    """What a count is to be compared with is no row of this book's ledger."""

    code = "unknown_as_of"
    status = 422
    title = N_("The ledger of this book has no such row")

    def __init__(self) -> None:
        """Name the field."""
        message = _("is not the id of a row of this book's ledger")
        super().__init__(errors=[{"loc": ["body", "as_of"], "msg": message}])


class CountedInFuture(DomainError):
    """A count says that it was made later than now."""

    code = "counted_in_future"
    status = 422
    title = N_("Nothing can be counted in the future")

    def __init__(self, now: dt.datetime) -> None:
        """Name the field, and say what time it is."""
        message = _("is in the future: it is %(now)s UTC", now=_second(now))
        super().__init__(errors=[{"loc": ["body", "counted_at"], "msg": message}])


class CountedBeforeBook(DomainError):
    """A count says that it was made before the book was in the catalogue."""

    code = "counted_before_book"
    status = 422
    title = N_("The book was not in the catalogue yet when it was counted")

    def __init__(self, created_at: dt.datetime) -> None:
        """Name the field, and say when the book was added."""
        message = _("is before the book was added: %(added)s UTC", added=_second(created_at))
        super().__init__(errors=[{"loc": ["body", "counted_at"], "msg": message}])


class CountedTwice(DomainError):
    """A book is counted in two lines of one list."""

    code = "counted_twice"
    status = 422
    title = N_("A book is in the list twice")

    def __init__(self, place: int, field: str, earlier: int) -> None:
        """Take the index of the line, the field that names the book there, and the index of the line before it."""
        message = _("is the book of counts[%(place)s], too", place=earlier)
        super().__init__(errors=[{"loc": ["body", "counts", place, field], "msg": message}])


class InsufficientStock(DomainError):
    """Not all copies can be had.

    ``lines`` names each short line: ``book_id``, ``title`` (null for an unknown book), ``wanted``, ``available`` (what
    is left) and ``problem``: ``insufficient_stock``, ``unknown_book`` or ``archived_book``.
    """

    code = "insufficient_stock"
    status = 409
    title = N_("There are not enough copies left")


class ReservationConflict(DomainError):
    """The order has a reservation of other lines."""

    code = "reservation_conflict"
    status = 409
    title = N_("This order has reserved something else")


class ReservationReleased(DomainError):
    """The order gave its copies back, or never wanted them; it cannot hold any again."""

    code = "reservation_released"
    status = 409
    title = N_("This reservation was released")


class ReservationCommitted(DomainError):
    """The copies have been shipped."""

    code = "reservation_committed"
    status = 409
    title = N_("These copies have been shipped already")


class ReservationNotHeld(DomainError):
    """There are no held copies to ship; ``state`` is that of the reservation, or null when nothing is known of it."""

    code = "reservation_not_held"
    status = 409
    title = N_("No copies are held for this order")


class ReservationNotCommitted(DomainError):
    """The copies have not been shipped; ``state`` is that of the reservation, or null when nothing is known of it."""

    code = "reservation_not_committed"
    status = 409
    title = N_("The copies of this order have not been shipped")


class ReservationNotFound(DomainError):
    """Nothing is known of this order here."""

    code = "reservation_not_found"
    status = 404
    title = N_("There is no reservation for this order")
