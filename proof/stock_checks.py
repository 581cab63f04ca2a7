"""What must hold of the stock: the ledger, and what is promised to whom."""

from collections import Counter, defaultdict

from proof.evidence import Evidence, quantities
from proof.findings import Check
from proof.history import Call

SOLD_IN = frozenset({"committed", "returned"})
_CREATED = 201
_FINAL_REFUSALS = frozenset({400, 401, 403, 404, 409, 422})


def check_ledger(evidence: Evidence) -> Check:
    """I1: the ledger adds up to what is on the shelf, and what is promised to what reservations hold."""
    check = Check("I1", "per book: the ledger = on_hand ≥ reserved ≥ 0, and reserved = the held lines")
    held: Counter[str] = Counter()
    for line in evidence.snapshot.reservation_lines:
        if evidence.states.get(line.order_id) == "held":
            held[line.book_id] += line.quantity
    for book in evidence.snapshot.stock:
        rows = evidence.movements.get(book.book_id, [])
        check.counted["books"] += 1
        check.counted["ledger rows"] += len(rows)
        total = sum(row.change for row in rows)
        check.expect(
            holds=total == book.on_hand,
            text=f"book {book.book_id}: the ledger adds up to {total}, on_hand is {book.on_hand}",
        )
        check.expect(
            holds=0 <= book.reserved <= book.on_hand,
            text=f"book {book.book_id}: reserved is {book.reserved} of {book.on_hand}",
        )
        check.expect(
            holds=held[book.book_id] == book.reserved,
            text=f"book {book.book_id}: reserved is {book.reserved}, but reservations hold {held[book.book_id]}",
            orders=[
                line.order_id
                for line in evidence.snapshot.reservation_lines
                if line.book_id == book.book_id and evidence.states.get(line.order_id) == "held"
            ][:20],
        )
        _check_running_total(check, evidence, book.book_id)
    known = {book.book_id for book in evidence.snapshot.stock}
    for book_id in set(evidence.movements) - known:
        check.violated(f"book {book_id} has a ledger and no stock")
    return check


def check_sales(evidence: Evidence) -> Check:
    """I1, by orders: what left the shelf for an order and what came back is what its reservation says, once."""
    check = Check(
        "I1b", "a committed order is in the ledger exactly once as sold, a returned one once more as returned"
    )
    moved: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for movement in evidence.snapshot.movements:
        if movement.kind in {"sold", "returned"} and movement.order_id is not None:
            check.counted["rows of orders"] += 1
            moved[movement.order_id, movement.kind][movement.book_id] += movement.change
    for order_id, state in evidence.states.items():
        lines = quantities(evidence.held_lines.get(order_id, []))
        sold = {book: -count for book, count in lines.items()} if state in SOLD_IN else {}
        returned = lines if state == "returned" else {}
        for kind, expected in (("sold", sold), ("returned", returned)):
            found = dict(moved.pop((order_id, kind), {}))
            check.expect(
                holds=found == expected,
                text=f"order {order_id} is {state}: {kind} in the ledger {found}, expected {expected}",
                orders=[order_id],
                calls=evidence.calls_by_order.get(order_id, []),
            )
    for order_id, kind in moved:
        check.violated(f"the ledger has {kind} copies for an order without a reservation", order_id)
    return check


def check_stock_changes(evidence: Evidence) -> Check:
    """Every acknowledged change of stock is in the ledger exactly once; a refused one not at all."""
    check = Check("S1", "an acknowledged change of stock is in the ledger exactly once, a refused one not at all")
    rows: Counter[str] = Counter(movement.reason for movement in evidence.snapshot.movements)
    changes = {movement.reason: movement.change for movement in evidence.snapshot.movements}
    by_mark: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.calls:
        if call.operation == "stock" and call.mark is not None:
            by_mark[call.mark].append(call)
    for mark, calls in by_mark.items():
        check.counted["changes"] += 1
        acknowledged = any(call.status == _CREATED for call in calls)
        refused = all(call.status in _FINAL_REFUSALS for call in calls)
        least, most = int(acknowledged), 0 if refused else 1
        check.counted["acknowledged"] += acknowledged
        check.counted["refused"] += refused
        check.expect(
            holds=least <= rows[mark] <= most,
            text=f"change of stock {mark}: {rows[mark]} rows in the ledger, expected {least} to {most}",
            calls=calls,
        )
        if acknowledged and calls[0].body is not None:
            check.expect(
                holds=changes.get(mark) == calls[0].body["change"],
                text=f"change of stock {mark}: {changes.get(mark)} in the ledger, {calls[0].body['change']} was asked",
                calls=calls,
            )
    return check


def _check_running_total(check: Check, evidence: Evidence, book_id: str) -> None:
    # A book's rows are written under the lock of its stock, so that their numbers are the order of the changes.
    total = 0
    for row in evidence.movements.get(book_id, []):
        total += row.change
        if row.on_hand_after != total:
            check.violated(
                f"book {book_id}: after row {row.id} of the ledger {total} were there, it says {row.on_hand_after}",
                *([row.order_id] if row.order_id else []),
            )
            return
