"""The life of a reservation, as a pure function of its state and of what order-service asks.

Requests come late, twice and out of order, so each state has an answer to each of them. The table in docs/stock.md is
this module, and nothing else decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class ReservationState(StrEnum):
    """Where a reservation stands. An order that nothing is known of has none."""

    HELD = "held"
    REFUSED = "refused"
    """There were not enough copies; it stays so when some arrive."""
    RELEASED = "released"
    """The order gave its copies back, or was given up before its reserve arrived: no reserve can take any."""
    COMMITTED = "committed"
    RETURNED = "returned"


class StockRequest(StrEnum):
    """What order-service asks for an order."""

    RESERVE = "reserve"
    RELEASE = "release"
    COMMIT = "commit"
    RETURN = "return"


class Refusal(StrEnum):
    """Why a request is not carried out: the codes of the answers."""

    INSUFFICIENT_STOCK = "insufficient_stock"
    CONFLICT = "reservation_conflict"
    RELEASED = "reservation_released"
    COMMITTED = "reservation_committed"
    NOT_HELD = "reservation_not_held"
    NOT_COMMITTED = "reservation_not_committed"


@dataclass(frozen=True, slots=True)
class CopiesMove:
    """What one copy of each line does to its book's stock: added to ``on_hand`` and to ``reserved``."""

    on_hand: Literal[-1, 0, 1]
    reserved: Literal[-1, 0, 1]


HOLD = CopiesMove(on_hand=0, reserved=1)
GIVE_BACK = CopiesMove(on_hand=0, reserved=-1)
TAKE_OFF_SHELF = CopiesMove(on_hand=-1, reserved=-1)
PUT_BACK = CopiesMove(on_hand=1, reserved=0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """In which state a request leaves a reservation, which copies it moves, and why it is refused, if it is."""

    state: ReservationState | None
    move: CopiesMove | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The one way in which a request moves copies: from a state to a state."""

    before: ReservationState
    after: ReservationState
    move: CopiesMove


_S, _R = ReservationState, StockRequest

CHANGES: Mapping[StockRequest, Change] = {
    _R.RELEASE: Change(_S.HELD, _S.RELEASED, GIVE_BACK),
    _R.COMMIT: Change(_S.HELD, _S.COMMITTED, TAKE_OFF_SHELF),
    _R.RETURN: Change(_S.COMMITTED, _S.RETURNED, PUT_BACK),
}

_REFUSALS: Mapping[tuple[StockRequest, ReservationState | None], Refusal] = {
    (_R.RELEASE, _S.COMMITTED): Refusal.COMMITTED,
    (_R.RELEASE, _S.RETURNED): Refusal.COMMITTED,
    (_R.COMMIT, None): Refusal.NOT_HELD,
    (_R.COMMIT, _S.REFUSED): Refusal.NOT_HELD,
    (_R.COMMIT, _S.RELEASED): Refusal.NOT_HELD,
    (_R.RETURN, None): Refusal.NOT_COMMITTED,
    (_R.RETURN, _S.HELD): Refusal.NOT_COMMITTED,
    (_R.RETURN, _S.REFUSED): Refusal.NOT_COMMITTED,
    (_R.RETURN, _S.RELEASED): Refusal.NOT_COMMITTED,
}


def decide_first_reserve(*, enough: bool) -> Outcome:
    """Return what a reserve does that is the first to be heard of its order: all lines or none."""
    if enough:
        return Outcome(_S.HELD, HOLD)
    return Outcome(_S.REFUSED, refusal=Refusal.INSUFFICIENT_STOCK)


def decide_later_reserve(state: ReservationState, *, same_lines: bool) -> Outcome:
    """Return what a reserve is answered when the order has been answered before: the same, and nothing moves."""
    if state is _S.RELEASED:
        return Outcome(state, refusal=Refusal.RELEASED)
    if not same_lines:
        return Outcome(state, refusal=Refusal.CONFLICT)
    if state is _S.REFUSED:
        return Outcome(state, refusal=Refusal.INSUFFICIENT_STOCK)
    return Outcome(state)


def decide(request: StockRequest, state: ReservationState | None) -> Outcome:
    """Return what a release, a commit or a return does to a reservation in ``state``; None is one that is not there.

    A request that was carried out before changes nothing and is not refused.
    """
    refusal = _REFUSALS.get((request, state))
    if refusal is not None:
        return Outcome(state, refusal=refusal)
    change = CHANGES[request]
    if state is change.before:
        return Outcome(change.after, change.move)
    if state is None:  # Only a release gets here: it leaves a tombstone for the reserve that may still come.
        return Outcome(_S.RELEASED)
    return Outcome(state)
