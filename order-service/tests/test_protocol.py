"""What book-service is asked about an order, and what its answer means, without either of the two."""

from decimal import Decimal

import pytest

from order_service.orders.protocol import Answer, GoOn, Request, Settle, TryLater, conclude, is_agreed, requests
from order_service.orders.states import StockStep

SETTLED = {
    ("reserve", "held"): ("reserved", None),
    ("reserve", "short"): ("refused", None),
    ("reserve", "released"): ("given up", "reservation_released"),
    ("look up", "held"): ("reserved", None),
    ("look up", "not held"): ("given up", "not_placed_in_time"),
    ("look up", "unknown"): ("given up", "not_placed_in_time"),
}
TOLD = {"release", "commit", "take back"}


@pytest.mark.parametrize("request_", Request)
@pytest.mark.parametrize("answer", Answer)
def test_every_answer_to_every_request_means_one_thing(request_, answer):
    conclusion = conclude(request_, answer)
    if (request_, answer) in SETTLED:
        assert conclusion == Settle(*SETTLED[request_, answer])
    elif request_ in TOLD and answer is Answer.DONE:
        assert conclusion == GoOn()
    else:
        assert conclusion == TryLater(hopeless=answer is Answer.REFUSED)


@pytest.mark.parametrize("request_", [Request.RESERVE, Request.LOOK_UP])
def test_copies_that_cost_something_else_than_was_agreed_to_are_not_sold(request_):
    assert conclude(request_, Answer.HELD, agreed=False) == Settle("price differed")


@pytest.mark.parametrize(
    ("expected", "total", "agreed"),
    [(None, "9.99", True), ("9.99", "9.99", True), ("9.990", "9.99", True), ("9.98", "9.99", False), ("0", "1", False)],
)
def test_a_customer_agrees_to_the_expected_total_alone(expected, total, agreed):
    assert is_agreed(expected and Decimal(expected), Decimal(total)) is agreed


@pytest.mark.parametrize(
    ("step", "overdue", "asked"),
    [
        ("reserve", False, ["reserve"]),
        ("reserve", True, ["look up"]),
        ("release", True, ["release"]),
        ("commit", False, ["commit"]),
        ("return", False, ["commit", "take back"]),
    ],
)
def test_what_a_step_asks_in_turn(step, overdue, asked):
    assert list(requests(StockStep(step), overdue=overdue)) == asked
