"""The life of an order, without a database."""

import pytest

from order_service.orders.states import (
    UNPRICED,
    ImpossibleTransition,
    OrderEvent,
    OrderStatus,
    StockStep,
    decide,
    would_change,
)

POSSIBLE = {
    ("pending", "reserved"): ("placed", None),
    ("pending", "refused"): ("rejected", None),
    ("pending", "price differed"): ("rejected", "release"),
    ("pending", "given up"): ("cancelled", "release"),
    ("pending", "cancel"): ("cancelled", "release"),
    ("placed", "cancel"): ("cancelled", "release"),
    ("cancelled", "cancel"): ("cancelled", None),
    ("placed", "ship"): ("shipped", "commit"),
    ("shipped", "ship"): ("shipped", None),
    ("shipped", "deliver"): ("delivered", None),
    ("delivered", "deliver"): ("delivered", None),
    ("delivered", "return"): ("returned", "return"),
    ("returned", "return"): ("returned", None),
}


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("event", OrderEvent)
def test_every_event_in_every_state_is_decided(status, event):
    expected = POSSIBLE.get((status, event))
    if expected is None:
        with pytest.raises(ImpossibleTransition):
            decide(status, event)
    else:
        transition = decide(status, event)
        assert (transition.status, transition.stock_step) == expected


@pytest.mark.parametrize(
    ("event", "statuses"),
    [
        ("cancel", {"pending", "placed"}),
        ("ship", {"placed"}),
        ("deliver", {"shipped"}),
        ("return", {"delivered"}),
    ],
)
def test_what_would_change_an_order(event, statuses):
    assert {status for status in OrderStatus if would_change(status, OrderEvent(event))} == statuses


def test_whatever_ends_an_order_that_may_hold_copies_releases_them():
    for status in (OrderStatus.PENDING, OrderStatus.PLACED):
        assert decide(status, OrderEvent.CANCEL).stock_step is StockStep.RELEASE


def test_what_a_customer_pays_for_has_a_price():
    assert {"placed", "shipped", "delivered", "returned"}.isdisjoint(UNPRICED)
