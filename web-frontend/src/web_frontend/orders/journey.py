"""An order's way to its customer, as the stops that there are on it."""

from dataclasses import dataclass

from service_kit.languages.texts import N_, _
from web_frontend.orders.order import Order

_STOPS = {
    "pending": N_("Received"),
    "placed": N_("Placed"),
    "shipped": N_("On its way"),
    "delivered": N_("Delivered"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: behind the order, where it is now, or ahead of it."""

    words: str
    is_behind: bool
    is_here: bool

    @property
    def kind(self) -> str:
        """Return ``here``, ``behind`` or ``ahead``."""
        return "here" if self.is_here else "behind" if self.is_behind else "ahead"


def journey_of(order: Order) -> list[Stop]:
    """Return the stops of ``order``; none when it is not on that way any more: rejected, cancelled, returned."""
    if order.status not in _STOPS:
        return []
    statuses = list(_STOPS)
    here = statuses.index(order.status)
    return [
        Stop(_(words), is_behind=place < here, is_here=place == here) for place, words in enumerate(_STOPS.values())
    ]
