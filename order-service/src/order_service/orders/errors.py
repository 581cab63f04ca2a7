"""What can go wrong with orders."""

from collections.abc import Mapping

from order_service.orders.states import OrderEvent, OrderStatus
from service_kit.languages.texts import N_
from service_kit.problems import DomainError


class OrderNotFound(DomainError):
    """There is no such order, or it is somebody else's."""

    code = "order_not_found"
    status = 404
    title = N_("There is no such order")


class OrderNotCancellable(DomainError):
    """The order has been shipped, or has ended otherwise; ``order_status`` says how it stands."""

    code = "order_not_cancellable"
    status = 409
    title = N_("This order cannot be cancelled any more")


class OrderNotShippable(DomainError):
    """Only a placed order is shipped; ``order_status`` says how it stands."""

    code = "order_not_shippable"
    status = 409
    title = N_("This order cannot be shipped")


class OrderNotDeliverable(DomainError):
    """Only a shipped order is delivered; ``order_status`` says how it stands."""

    code = "order_not_deliverable"
    status = 409
    title = N_("This order is not on its way")


class OrderNotReturnable(DomainError):
    """Only a delivered order comes back; ``order_status`` says how it stands."""

    code = "order_not_returnable"
    status = 409
    title = N_("This order cannot be taken back")


class InsufficientStock(DomainError):
    """Not all copies can be had; ``lines`` names each short line with what is left."""

    code = "insufficient_stock"
    status = 409
    title = N_("There are not enough copies left")


class UnknownBook(DomainError):
    """There is no such book (any more); ``lines`` names it, and the lines that are short besides."""

    code = "unknown_book"
    status = 409
    title = N_("A book of this order is not in the catalogue")


class PriceChanged(DomainError):
    """The order costs something else than was expected; ``total`` and ``lines`` are what it costs now."""

    code = "price_changed"
    status = 409
    title = N_("The price has changed")


class WorkNotParked(DomainError):
    """There is no such work, or it is being done again, or somebody has settled it."""

    code = "work_not_parked"
    status = 404
    title = N_("There is no such parked work")


class BookNotInOrder(DomainError):
    """Copies of a book are written off from orders that have it; ``orders`` names those that have not."""

    code = "book_not_in_order"
    status = 422
    title = N_("An order does not contain this book")


class OrderMoved(DomainError):
    """The order was changed by others again and again while this request tried to."""

    code = "order_changing"
    status = 503
    title = N_("The order is being changed by others")


class LeaseLost(Exception):
    """Another worker has taken over, or the order has moved on: what this one found out counts no more."""


REJECTIONS: dict[str, type[DomainError]] = {
    error.code: error for error in (InsufficientStock, UnknownBook, PriceChanged)
}
"""The error that tells of a rejected order, by the code of its reason."""

IMPOSSIBLE: Mapping[OrderEvent, type[DomainError]] = {
    OrderEvent.CANCEL: OrderNotCancellable,
    OrderEvent.SHIP: OrderNotShippable,
    OrderEvent.DELIVER: OrderNotDeliverable,
    OrderEvent.RETURN: OrderNotReturnable,
}
"""The error that tells what a person cannot do with an order as it stands."""

STANDING: Mapping[OrderStatus, str] = {
    OrderStatus.PENDING: N_("The order is pending."),
    OrderStatus.PLACED: N_("The order is placed."),
    OrderStatus.REJECTED: N_("The order is rejected."),
    OrderStatus.SHIPPED: N_("The order is shipped."),
    OrderStatus.DELIVERED: N_("The order is delivered."),
    OrderStatus.RETURNED: N_("The order is returned."),
    OrderStatus.CANCELLED: N_("The order is cancelled."),
}
"""How an order stands, for people who wanted something of it that does not go any more."""
