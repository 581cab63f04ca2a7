"""What must hold between the two services once all is quiet, and of every answer at any time."""

from collections import Counter

from proof.clients import LONGEST_CALL
from proof.evidence import Evidence, quantities
from proof.findings import Check

WANTED = {
    "placed": "held",
    "shipped": "committed",
    "delivered": "committed",
    "returned": "returned",
}
HOLDING = frozenset({"held", "committed", "returned"})
_INTERNAL_ERROR = 500


def check_agreement(evidence: Evidence) -> Check:
    """I4: the two services say the same of every order."""
    check = Check("I4", "placed ⇔ held, shipped and delivered ⇔ committed, returned ⇔ returned; else nothing is held")
    for order in evidence.snapshot.orders:
        check.counted[order.status] += 1
        state = evidence.states.get(order.id)
        wanted = WANTED.get(order.status)
        if wanted is None:
            agrees = state not in HOLDING
        else:
            ordered = quantities(evidence.order_lines.get(order.id, []))
            agrees = state == wanted and quantities(evidence.held_lines.get(order.id, [])) == ordered
        check.expect(
            holds=agrees,
            text=f"order {order.id} is {order.status}, its reservation is {state}",
            orders=[order.id],
            calls=evidence.log_of(order),
        )
    return check


def check_nothing_is_left(evidence: Evidence) -> Check:
    """I5: nothing is pending, nothing waits or is parked, and no hold is without an order that wants it."""
    check = Check("I5", "once quiet no order is pending, no work is left, and every hold has an order that wants it")
    for order in evidence.snapshot.orders:
        check.counted["orders"] += 1
        check.expect(
            holds=order.status != "pending",
            text=f"order {order.id} is still pending after {order.age:.0f} s",
            orders=[order.id],
            calls=evidence.log_of(order),
        )
    for work in evidence.snapshot.work:
        what = "parked" if work.parked else "left"
        check.violated(
            f"{work.step} of order {work.order_id} is {what} after {work.attempts} tries: {work.last_error}",
            work.order_id,
            calls=evidence.calls_by_order.get(work.order_id, []),
        )
    for order_id, state in evidence.states.items():
        check.counted["reservations"] += 1
        wanted = evidence.orders.get(order_id)
        check.expect(
            holds=state not in HOLDING or (wanted is not None and wanted.status in WANTED),
            text=f"a reservation is {state} for {'an order that is ' + wanted.status if wanted else 'no order'}",
            orders=[order_id],
            calls=evidence.calls_by_order.get(order_id, []),
        )
    return check


def check_answers(evidence: Evidence) -> Check:
    """No call hangs, and nothing is answered with 500."""
    check = Check(
        "S5", f"no answer is 500, and no call takes longer than {LONGEST_CALL:.0f} s (the run's own lateness apart)"
    )
    statuses: Counter[str] = Counter(str(call.status or "no answer") for call in evidence.calls)
    check.counted.update(statuses)
    for call in evidence.calls:
        check.expect(holds=call.status != _INTERNAL_ERROR, text="an answer is 500", calls=[call])
        check.expect(holds=call.took - call.late <= LONGEST_CALL, text=f"a call took {call.took:.1f} s", calls=[call])
    return check
