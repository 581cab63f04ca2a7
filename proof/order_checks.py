"""What must hold of orders: that they are there, once, with what was acknowledged, and have one history."""

from collections import Counter, defaultdict
from decimal import Decimal

from proof.evidence import Evidence, quantities
from proof.findings import Check
from proof.history import Call
from proof.snapshot import OrderRow

NEXT = {
    "": {"pending"},
    "pending": {"placed", "rejected", "cancelled"},
    "placed": {"shipped", "cancelled"},
    "shipped": {"delivered"},
    "delivered": {"returned"},
    "rejected": set(),
    "cancelled": set(),
    "returned": set(),
}
"""The life of an order, written down here once more: what is checked must not be asked of what is being checked."""

_CREATED, _CONFLICT, _UNPROCESSABLE = 201, 409, 422
_ACKNOWLEDGED = frozenset({200, 201, 202})
_DONE = {"cancel": "cancelled", "ship": "shipped", "deliver": "delivered", "return": "returned"}
_REFUSED = {
    "order_not_cancellable": "cancelled",
    "order_not_shippable": "shipped",
    "order_not_deliverable": "delivered",
    "order_not_returnable": "returned",
}
_REJECTIONS = frozenset({"insufficient_stock", "unknown_book", "price_changed"})


def check_acknowledged(evidence: Evidence) -> Check:
    """I2: whatever a client was told of an order is so."""
    check = Check("I2", "every order that was acknowledged exists, with the lines that it acknowledged")
    for call in evidence.calls:
        if call.operation != "place" or call.order_id is None:
            continue
        check.counted["acknowledgements"] += 1
        order = evidence.orders.get(call.order_id)
        if order is None:
            check.violated(f"order {call.order_id} was acknowledged and does not exist", call.order_id, calls=[call])
            continue
        wanted = _wanted(call)
        found = quantities(evidence.order_lines.get(order.id, []))
        check.counted["lines"] += len(found)
        check.expect(
            holds=found == wanted and (order.account_id, order.mark) == (call.account, call.mark),
            text=f"order {order.id} has the lines {found} of {order.account_id}, asked were {wanted} by {call.account}",
            orders=[order.id],
            calls=evidence.log_of(order),
        )
        _check_told(check, evidence, order, call)
    return check


def check_keys(evidence: Evidence) -> Check:
    """I3: however often a request was sent with a key, one order came of it."""
    check = Check("I3", "one order per account and idempotency key, and per request without a key")
    marks: dict[tuple[str, str], set[str]] = defaultdict(set)
    placements = [call for call in evidence.calls if call.operation == "place"]
    for call in placements:
        if call.key is not None and call.mark is not None:
            marks[call.account, call.key].add(call.mark)
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in placements:
        if call.key is not None and call.order_id is not None:
            named[call.account, call.key].add(call.order_id)
    for (account, key), of_key in marks.items():
        check.counted["keys"] += 1
        orders = {
            order.id
            for mark in of_key
            for order in evidence.orders_by_mark.get(mark, [])
            if order.account_id == account
        }
        calls = (
            [call for call in placements if (call.account, call.key) == (account, key)]
            if len(orders | named[account, key]) > 1
            else []
        )
        check.expect(
            holds=len(orders) <= 1 and len(named[account, key]) <= 1 and named[account, key] <= orders,
            text=f"key {key} of {account}: orders {sorted(orders)}, told of {sorted(named[account, key])}",
            orders=orders,
            calls=calls,
        )
    _check_origins(check, evidence, placements)
    _check_key_rows(check, evidence)
    return check


def check_timelines(evidence: Evidence) -> Check:
    """I6: an order has one history, without gaps, that ends where it stands."""
    check = Check("I6", "every order has exactly one outcome in its timeline, and a legal way to it")
    for order in evidence.snapshot.orders:
        entries = evidence.timelines.get(order.id, [])
        way = [entry.status for entry in entries]
        check.counted["orders"] += 1
        check.counted["entries"] += len(entries)
        legal = all(after in NEXT.get(before, set()) for before, after in zip(["", *way], way, strict=False))
        numbered = [entry.version for entry in entries] == list(range(1, order.version + 1))
        check.expect(
            holds=bool(way) and legal and numbered and way[-1] == order.status,
            text=f"order {order.id} is {order.status} at version {order.version}, its timeline is {way}",
            orders=[order.id],
            calls=evidence.log_of(order),
        )
    for order_id in set(evidence.timelines) - set(evidence.orders):
        check.violated(f"a timeline without an order: {order_id}", order_id)
    return check


def check_changes(evidence: Evidence) -> Check:
    """Whatever was answered to a cancellation, a shipping, a delivery or a return is in the timeline, or is not."""
    check = Check("S2", "an acknowledged change of an order is in its timeline; a refused one was not possible")
    for call in evidence.calls:
        wanted = _DONE.get(call.operation)
        if wanted is None:
            continue
        order_id = call.path.split("/")[2]
        way = [entry.status for entry in evidence.timelines.get(order_id, [])]
        if call.status in _ACKNOWLEDGED:
            check.counted["acknowledged"] += 1
            check.expect(
                holds=wanted in way,
                text=f"{call.operation} of {order_id} was acknowledged, the timeline is {way}",
                orders=[order_id],
                calls=evidence.calls_by_order.get(order_id, []),
            )
        elif call.code in _REFUSED:
            check.counted["refused"] += 1
            said = str(call.answer.get("order_status"))
            check.expect(
                holds=said in way and wanted not in NEXT[said],
                text=f"{call.operation} of {order_id} was refused because it was {said}, the timeline is {way}",
                orders=[order_id],
                calls=evidence.calls_by_order.get(order_id, []),
            )
    return check


def check_order_of_reads(evidence: Evidence) -> Check:
    """Who asks after somebody was told something is told nothing older."""
    check = Check("S3", "nobody is told of an older state after somebody was told of a newer one")
    for order_id, calls in evidence.calls_by_order.items():
        place = {entry.status: number for number, entry in enumerate(evidence.timelines.get(order_id, []))}
        told = [
            (call, place.get(str(call.answer.get("status")), -1))
            for call in calls
            if call.status in _ACKNOWLEDGED and call.order_id == order_id and not call.replayed
        ]
        check.counted["answers"] += len(told)
        newest, ends = -1, sorted(told, key=lambda each: each[0].ended)
        finished = 0
        for call, at in sorted(told, key=lambda each: each[0].began):
            while finished < len(ends) and ends[finished][0].ended < call.began:
                newest = max(newest, ends[finished][1])
                finished += 1
            if at < newest:
                check.violated(f"order {order_id}: an older state was told later", order_id, calls=calls)
                break
    return check


def check_prices(evidence: Evidence) -> Check:
    """Whatever an order costs is what book-service says, and what the customer agreed to."""
    check = Check("S4", "prices come from book-service alone; nothing is placed at another total than was agreed to")
    prices = _prices_that_were_set(evidence)
    for order in evidence.snapshot.orders:
        if order.status in {"pending", "rejected", "cancelled"} and order.total is None:
            continue
        check.counted["orders"] += 1
        lines = evidence.order_lines.get(order.id, [])
        held = {line.book_id: line.unit_price for line in evidence.held_lines.get(order.id, [])}
        check.counted["lines"] += len(lines)
        told = {line.book_id: line.unit_price for line in lines}
        total = sum((Decimal(line.unit_price or "NaN") * line.quantity for line in lines), Decimal(0))
        was_placed = any(entry.status == "placed" for entry in evidence.timelines.get(order.id, []))
        agreed = order.expected_total is None or Decimal(order.expected_total) == total or not was_placed
        from_catalogue = all(line.unit_price in prices.get(line.book_id, {line.unit_price}) for line in lines)
        check.expect(
            holds=told == held
            and order.total is not None
            and Decimal(order.total) == total
            and agreed
            and from_catalogue,
            text=f"order {order.id}: total {order.total} (expected {order.expected_total}), prices {told}, held {held}",
            orders=[order.id],
            calls=evidence.log_of(order),
        )
    return check


def _wanted(call: Call) -> dict[str, int]:
    body = call.body or {}
    wanted: Counter[str] = Counter()
    for item in body.get("items") or [body]:
        wanted[item["book_id"]] += item["quantity"]
    return dict(wanted)


def _check_told(check: Check, evidence: Evidence, order: OrderRow, call: Call) -> None:
    way = [entry.status for entry in evidence.timelines.get(order.id, [])]
    if call.code in _REJECTIONS:
        is_so, told = order.status == "rejected" and order.reason == call.code, f"rejected: {call.code}"
    else:
        told = str(call.answer.get("status"))
        is_so = told in way and (call.status != _CREATED or told == "placed")
        if call.answer.get("total") is not None:
            is_so = is_so and call.answer["total"] == order.total
    check.expect(
        holds=is_so,
        text=f"order {order.id} was told to be {told} (total {call.answer.get('total')}); it is {order.status}"
        f" ({order.reason}, total {order.total}), its timeline {way}",
        orders=[order.id],
        calls=evidence.log_of(order),
    )


def _check_origins(check: Check, evidence: Evidence, placements: list[Call]) -> None:
    """Every order has a request that asked for it, and no more orders than that came of it."""
    sent: dict[str, list[Call]] = defaultdict(list)
    for call in placements:
        sent[call.mark or ""].append(call)
    for mark, orders in evidence.orders_by_mark.items():
        check.counted["placements"] += 1
        calls = sent.get(mark, [])
        without_key = sum(call.key is None for call in calls)
        check.expect(
            holds=len(orders) <= max(without_key, 1 if calls else 0),
            text=f"{len(orders)} orders came of the placement {mark}, which was sent {len(calls)} times",
            orders=[order.id for order in orders],
            calls=calls,
        )
        if calls and all(call.status == _UNPROCESSABLE for call in calls):
            check.violated(f"the placement {mark} was refused, yet there is an order", orders[0].id, calls=calls)


def _check_key_rows(check: Check, evidence: Evidence) -> None:
    """Every key that order-service remembers names an order that is there."""
    for row in evidence.snapshot.keys:
        check.counted["stored keys"] += 1
        order = evidence.orders.get(row.resource_id or "")
        check.expect(
            holds=order is not None,
            text=f"the key {row.key} of {row.account_id} names the order {row.resource_id}, which does not exist",
        )


def _prices_that_were_set(evidence: Evidence) -> dict[str, set[str | None]]:
    prices: dict[str, set[str | None]] = defaultdict(set)
    for call in evidence.calls:
        if call.operation == "add book" and call.answer.get("id"):
            prices[call.answer["id"]].add(call.answer["price"])
        if call.operation == "price" and call.body is not None:
            prices[call.path.split("/")[2]].add(call.body["price"])
    return prices
