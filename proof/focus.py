"""What a run is to press on: how often which kind of fault comes, and what the clients do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from proof import database_link, http_link, kinds


@dataclass(frozen=True, slots=True)
class Clients:
    """How many there are of each, and how often a customer does what (weights)."""

    customers: int = 8
    staff: int = 2
    keepers: int = 1
    pause: float = 0.15
    actions: Mapping[str, float] = field(
        default_factory=lambda: {
            "place": 10,
            "place twice at once": 2,
            "place again later": 2,
            "same key, other body": 1,
            "key of another account": 1,
            "place and cancel": 3,
            "cancel": 3,
            "cancel twice": 1,
            "read": 4,
            "list": 1,
        }
    )
    books: int = 10
    copies: int = 40
    hot_copies: int = 3
    hot: float = 0.3


@dataclass(frozen=True, slots=True)
class Focus:
    """A mix. ``faults`` are weights by kind; ``gap`` is the mean time between two faults in seconds."""

    about: str
    faults: Mapping[str, float]
    gap: float = 1.0
    clients: Clients = field(default_factory=Clients)
    opening: bool = True
    only: str | None = None


_ALL_CRASHES = {kind.name: 0.3 for kind in kinds.CRASH_POINTS}
_EVERYTHING: dict[str, float] = (
    dict.fromkeys(kinds.KINDS, 1.0)
    | _ALL_CRASHES
    | {
        kinds.KILL.name: 3.0,
        kinds.FREEZE.name: 1.5,
    }
)
_LOST = {http_link.REFUSED: 2.0, http_link.ANSWER_LOST: 3.0, http_link.ANSWER_CUT: 2.0, http_link.SILENT: 1.0}
_QUICK_CANCELS = {"place and cancel": 6.0, "place": 3.0, "cancel": 3.0}

FOCUSES: dict[str, Focus] = {
    "everything": Focus("All kinds of faults, all that clients do.", _EVERYTHING),
    "calm": Focus("No faults at all: the clients alone.", {}),
    "tombstone": Focus(
        "Reservations that arrive after the release that ends them.",
        {http_link.LATE: 6.0, http_link.REPEATED: 3.0},
        gap=0.7,
        clients=Clients(actions=_QUICK_CANCELS, hot=0.05, copies=300),
        opening=False,
        only=kinds.RESERVE,
    ),
    "stock": Focus(
        "Many buyers of few copies, and staff that changes the same stock.",
        {http_link.DELAYED: 1.0},
        clients=Clients(customers=16, keepers=4, pause=0.02, books=4, copies=60, hot_copies=20, hot=0.6),
    ),
    "unreachable": Focus(
        "book-service does not answer, or its answers are lost.",
        _LOST | {kinds.REFUSE.name: 2.0, kinds.KILL_ALL.name: 1.0},
        gap=0.8,
        clients=Clients(actions={"place": 6, "place and cancel": 3, "cancel": 4}, hot=0.1, copies=300),
        opening=False,
    ),
    "release": Focus(
        "What follows a cancellation, a shipping or a return is lost on its way.",
        {http_link.REFUSED: 3.0, http_link.SILENT: 1.0, http_link.ANSWER_LOST: 1.0},
        gap=0.7,
        clients=Clients(actions={"place": 5, "cancel": 5}, hot=0.05, copies=300),
        opening=False,
        only=kinds.RELEASE,
    ),
    "lease": Focus(
        "Workers that freeze for longer than their lease, and others that take over.",
        {kinds.FREEZE.name: 4.0, http_link.DELAYED: 2.0, http_link.ANSWER_LOST: 1.0, database_link.STALLED: 1.0},
        gap=1.2,
        clients=Clients(customers=12, actions={"place": 6, "place and cancel": 4, "cancel": 3}, hot=0.3, copies=300),
        opening=False,
    ),
    "keys": Focus(
        "The same request again and again, while processes and connections end around its commit.",
        {
            database_link.COMMIT_LOST: 3.0,
            "a service dies at a commit": 3.0,
            "a service dies at a statement": 2.0,
            "order-service dies before it answers a customer": 2.0,
            kinds.RESET.name: 2.0,
        },
        gap=0.6,
        clients=Clients(
            actions={
                "place": 3,
                "place twice at once": 4,
                "place again later": 4,
                "same key, other body": 2,
                "key of another account": 2,
            },
            hot=0.05,
            copies=400,
        ),
        opening=False,
    ),
    "prices": Focus(
        "Customers who name a price of their own, and prices that change.",
        {http_link.DELAYED: 1.0, http_link.ANSWER_LOST: 1.0},
        clients=Clients(keepers=3, hot=0.05, copies=300),
        opening=False,
    ),
}
